"""What the growth team meets: reports over the log, and demo data to see them by."""
