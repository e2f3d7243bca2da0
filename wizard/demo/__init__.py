"""Simulated visits for demonstrations and benchmarks."""
