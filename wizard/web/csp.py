"""The content security policy, written for each response from what its page says that it needs.

Nothing is allowed that no page has asked for: not a style, not a script, not a frame.
"""

from collections.abc import Sequence

from flask import g

ALWAYS = {
    "default-src": ("'none'",),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
}


def allow(directive: str, source: str) -> None:
    """Let the page that is being made load what `source` names, or carry what it is the hash of."""
    g.setdefault("policy", {}).setdefault(directive, []).append(source)


def refuse_frames() -> None:
    """Let nobody show the current response in a frame, not even ourselves."""
    g.frame_ancestors = ("'none'",)


def content_security_policy(embed_origins: Sequence[str]) -> str:
    """The policy of the current response, which also names who may frame it."""
    ancestors = g.get("frame_ancestors", ("'self'", *embed_origins))
    directives = {**ALWAYS, **g.get("policy", {}), "frame-ancestors": ancestors}
    return "; ".join(" ".join((name, *dict.fromkeys(sources))) for name, sources in directives.items())
