"""Subscribers of the change feed: each gets every change of a journey, in batches, from one process at a time."""
