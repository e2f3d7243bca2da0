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
REMEMBERED = 256


def allow(directive: str, source: str) -> None:
    """Let the page that is being made load what `source` names, or carry what it is the hash of."""
    policy: Policy = g.get("policy", {})
    g.policy = {**policy, directive: (*policy.get(directive, ()), source)}


def allow_all(policy: Policy) -> None:
    """Let the current page load what `policy` names, as `recorded` has returned it, and nothing else."""
    g.policy = policy


def recorded(render: Callable[[], str]) -> tuple[str, Policy]:
    """What `render` returns, and what it has allowed meanwhile."""
    g.policy = {}
    rendered = render()
    policy: Policy = g.policy
    return rendered, policy


def refuse_frames() -> None:
    """Forbid all frames for the current response, our own included."""
    g.frame_ancestors = ("'none'",)


def content_security_policy(embed_origins: Sequence[str]) -> str:
    """The policy of the current response, which also names who may frame it."""
    ancestors = g.get("frame_ancestors") or ("'self'", *embed_origins)
    return _written(tuple(g.get("policy", {}).items()), ancestors)


@lru_cache(REMEMBERED)
def _written(policy: tuple[tuple[str, tuple[str, ...]], ...], ancestors: tuple[str, ...]) -> str:
    directives = {**ALWAYS, **dict(policy), "frame-ancestors": ancestors}
    return "; ".join(" ".join((name, *dict.fromkeys(sources))) for name, sources in directives.items())
