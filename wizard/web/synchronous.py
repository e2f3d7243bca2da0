"""A Flask application all of whose functions are synchronous."""

from collections.abc import Callable
from typing import Any

from flask import Flask


class SynchronousFlask(Flask):
    """Calls views and hooks as they are: Flask would look at each of some twenty, at each request, for coroutines."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func
