"""The Content-Security-Policy of each response: only what its page has asked for with `allow`."""

from collections.abc import Sequence

from flask import g

ALWAYS = {
    "default-src": ("'none'",),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
}


def allow(directive: str, source: str) -> None:
    """Add `source`, an origin or a hash, to a directive of the current response's policy."""
    g.setdefault("policy", {}).setdefault(directive, []).append(source)


def refuse_frames() -> None:
    """Forbid all frames for the current response, our own included."""
    g.frame_ancestors = ("'none'",)


def content_security_policy(embed_origins: Sequence[str]) -> str:
    """The policy of the current response, with its `frame-ancestors`."""
    ancestors = g.get("frame_ancestors", ("'self'", *embed_origins))
    directives = {**ALWAYS, **g.get("policy", {}), "frame-ancestors": ancestors}
    return "; ".join(" ".join((name, *dict.fromkeys(sources))) for name, sources in directives.items())
