"""The copy studio: drafts of the texts, their preview, review and publishing, under /studio."""
