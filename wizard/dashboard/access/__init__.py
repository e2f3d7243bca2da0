"""Signing in to the dashboard: one-time links, sessions, the cookie, and the guard before every request."""
