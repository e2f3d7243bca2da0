"""The roles of people, and which role a view needs."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, get_args

from flask import g

Role = Literal["viewer", "editor", "publisher", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the least to the most: each may do what those before it may."""

MEANINGS: Mapping[Role, str] = {
    "viewer": "reads the dashboard",
    "editor": "also edits drafts of the texts",
    "publisher": "also publishes texts, and rolls them back",
    "admin": "also manages people, links and roles",
}

NEEDED = "needed_role"
View = TypeVar("View", bound=Callable[..., Any])


def needs(role: Role) -> Callable[[View], View]:
    """Declare that a view needs `role`, or a greater one. The guard refuses views that declare none."""

    def declare(view: View) -> View:
        setattr(view, NEEDED, role)
        return view

    return declare


def needed_role(view: Callable[..., Any] | None) -> Role | None:
    """The role that `view` needs; None if it declares none."""
    return getattr(view, NEEDED, None)


def includes(role: Role, needed: Role) -> bool:
    """Whether `role` is `needed`, or a greater one."""
    return ROLES.index(role) >= ROLES.index(needed)


def may(needed: Role) -> bool:
    """Whether the current request's session has the role `needed`, or a greater one."""
    role: Role | None = g.get("role")
    return role is not None and includes(role, needed)


def known_role(text: str) -> Role:
    """The role that is stored as `text`; viewer for one that only a later version knows."""
    return next((role for role in ROLES if role == text), "viewer")
