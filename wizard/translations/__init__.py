"""Translations of the texts: which are stale, and their exchange with translators as PO files."""
