"""The visitor's pages: the questions, the result and its links."""
