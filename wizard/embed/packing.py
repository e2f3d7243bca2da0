"""Makes `static/embed.js` shorter for browsers: what it does stays the same.

It knows the syntax of that one file, not of every script. In code, a line that ends a statement stays one, so that
semicolons can be left out.
"""

import re
from collections.abc import Iterable
from string import ascii_letters, ascii_uppercase

COMMENT = re.compile(r"^ *//.*\n| // .*$", re.MULTILINE)
LINES = re.compile(r"\s*\n\s*")
PRIVATE = re.compile(r"^(?:get )?#(\w+)", re.MULTILINE)
"""The declaration of a private field, method or property."""

DECLARED = re.compile(r"\b(?:const|let|class) (\w+)")
NO_NAME_ALONE = r"[{{,] ?{0} ?[,}}]|[^.]\.{0}\b|\b{0}:|\$\{{{0}\}}"
"""Where the name {0} may be a property's as well, or is in a template."""

QUOTED = re.compile(r"(`[^`]*`|'[^'\n]*'|/\^[^/\n]*/)")
"""A text, a template, or a regular expression, which begins with `^`."""

OPERATOR = re.compile(r" ?([-+*{}()\[\],;:=?|&<>!]) ?")
RULES = re.compile(r"\s*([{};,]|(?<=\w):)\s*")
"""What separates the rules of a stylesheet, of which all templates with several lines consist."""

ARROW = re.compile(r"\((\w+)\)=>")


def pack(script: str) -> str:
    """`script` without comments and indentation, and with short names for what no other script can see."""
    packed = LINES.sub("\n", COMMENT.sub("", script))
    packed = _renamed(packed, "#", PRIVATE.findall(packed), ascii_letters)
    parts = QUOTED.split(packed)
    names = [name for name in DECLARED.findall(packed) if not re.search(NO_NAME_ALONE.format(name), packed)]
    parts[::2] = [_packed_code(_renamed(code, r"(?<![#\w])", names, ascii_uppercase)) for code in parts[::2]]
    parts[1::2] = [RULES.sub(r"\1", quoted) if "\n" in quoted else quoted for quoted in parts[1::2]]
    return ARROW.sub(r"\1=>", "".join(parts)).replace("{\n", "{").replace("\n}", "}").strip()


def _renamed(code: str, before: str, names: Iterable[str], letters: str) -> str:
    """`code` with one of `letters` for each of `names`, where the regular expression `before` matches before it."""
    short = dict(zip(sorted(set(names)), letters, strict=False))
    if not short:
        return code
    return re.sub(rf"({before})({'|'.join(short)})\b", lambda found: found[1] + short[found[2]], code)


def _packed_code(code: str) -> str:
    return OPERATOR.sub(r"\1", code).replace("const ", "let ")
