"""The commands of the `wizard` command line."""
