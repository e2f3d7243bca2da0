"""Tells which part a request is for: the API, the dashboard and its studio, or a shared view."""

from flask import request

API = "/api"
DASHBOARD = "/growth"
STUDIO = "/studio"
SHARED = f"{DASHBOARD}/shared"


def is_for_api() -> bool:
    """Whether the current request's path is below /api, whether or not it exists."""
    return is_below(request.path, API)


def is_for_dashboard(path: str) -> bool:
    """Whether `path` is below /growth or /studio, which need a session, whether or not it exists."""
    return is_below(path, DASHBOARD) or is_below(path, STUDIO)


def is_for_shared_view(path: str) -> bool:
    """Whether `path` is that of a link to a view of the dashboard, whether or not it exists."""
    return path.startswith(f"{SHARED}/")


def is_below(path: str, root: str) -> bool:
    """Whether `path` is `root` or below it."""
    return path == root or path.startswith(f"{root}/")
