"""The overview: every figure of it as plain data, read from the folded tables."""
