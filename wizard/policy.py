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


def content_security_policy(embed_origins: Sequence[str]) -> str:
    """The policy of the current response, which also names who may frame it."""
    directives = {**ALWAYS, **g.get("policy", {}), "frame-ancestors": ("'self'", *embed_origins)}
    return "; ".join(" ".join((name, *dict.fromkeys(sources))) for name, sources in directives.items())
