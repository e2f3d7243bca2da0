"""What an operator does to a log: export, back up, rebuild, purge."""
