"""View models of the overview: figures as texts, numbers and links."""
