"""Tells which part a request is for: the API, or the dashboard."""

from flask import request

API = "/api"
DASHBOARD = "/growth"


def is_for_api() -> bool:
    """Whether the current request's path is below /api, whether or not it exists."""
    return is_below(request.path, API)


def is_for_dashboard(path: str) -> bool:
    """Whether `path` is below /growth, whether or not it exists."""
    return is_below(path, DASHBOARD)


def is_below(path: str, root: str) -> bool:
    """Whether `path` is `root` or below it."""
    return path == root or path.startswith(f"{root}/")
