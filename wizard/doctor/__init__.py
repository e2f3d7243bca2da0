"""Checks an installation from inside and from outside, and says what to do about each problem."""
