"""The Content-Security-Policy of each response: only what its page has asked for with `allow`."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from flask import g

Policy = Mapping[str, Sequence[str]]
"""Directive to sources."""

ALWAYS: Policy = {
    "default-src": ("'none'",),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
}
OWN = ("'self'",)
REMEMBERED = 256


def allow(directive: str, source: str) -> None:
    """Add `source`, an origin or a hash, to a directive of the current response's policy."""
    policy: Policy = g.get("policy", {})
    g.policy = {**policy, directive: (*policy.get(directive, ()), source)}


def allow_all(policy: Policy) -> None:
    """Make `policy`, which `recorded` has returned, the current response's."""
    g.policy = policy


def recorded(render: Callable[[], str]) -> tuple[str, Policy]:
    """What `render` returns, and the policy that it adds to."""
    g.policy = {}
    rendered = render()
    policy: Policy = g.policy
    return rendered, policy


def refuse_frames() -> None:
    """Forbid all frames for the current response, our own included."""
    g.frame_ancestors = ("'none'",)


def allow_own_frames() -> None:
    """Forbid frames for the current response, but for those in our own pages."""
    g.frame_ancestors = OWN


def refuses_frames() -> bool:
    """Whether no other site may show the current response in a frame."""
    return "frame_ancestors" in g


def allows_own_frames() -> bool:
    """Whether `allow_own_frames` was called for the current response."""
    return bool(g.get("frame_ancestors") == OWN)


def content_security_policy(embed_origins: Sequence[str]) -> str:
    """The policy of the current response, with its `frame-ancestors`."""
    ancestors = g.get("frame_ancestors") or ("'self'", *embed_origins)
    return _written(tuple(g.get("policy", {}).items()), ancestors)


@lru_cache(REMEMBERED)
def _written(policy: tuple[tuple[str, tuple[str, ...]], ...], ancestors: tuple[str, ...]) -> str:
    directives = {**ALWAYS, **dict(policy), "frame-ancestors": ancestors}
    return "; ".join(" ".join((name, *dict.fromkeys(sources))) for name, sources in directives.items())
