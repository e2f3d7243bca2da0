"""The subcommands of `wizard`."""
