"""Metrics for Prometheus, counted in each process of a server and served by a process of its own."""
