"""From a request to the log, also while the log can't be written."""
