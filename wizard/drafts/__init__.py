"""Drafts of the texts: changes of single texts by several people, which are published together as a version."""
