"""The parts of the address space that answer in a way of their own: the API, and the dashboard."""

from flask import request

API = "/api"
DASHBOARD = "/growth"


def is_for_api() -> bool:
    """Whether the current request is for an address of the API, or one that might have been."""
    return is_below(request.path, API)


def is_for_dashboard(path: str) -> bool:
    """Whether `path`, as a request has it, is one of the dashboard's, or might have been."""
    return is_below(path, DASHBOARD)


def is_below(path: str, root: str) -> bool:
    """Whether `path` is `root`, or lies below it."""
    return path == root or path.startswith(f"{root}/")
