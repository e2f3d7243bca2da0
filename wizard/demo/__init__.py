"""Simulated visits."""
