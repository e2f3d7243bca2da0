"""Maintenance of a log: export, backup, rebuild, purge."""
