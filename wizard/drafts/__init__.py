"""Drafts of the texts: changes over the published version, their checks, review and publishing."""
