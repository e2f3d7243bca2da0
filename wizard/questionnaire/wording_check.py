"""Checks the texts of a locale: missing and unknown keys, placeholders, and forms of answers."""

import re
from collections.abc import Iterator, Mapping
from string import Formatter

from wizard.printable import printable
from wizard.questionnaire.wording import FORM, Required, forms_of, is_named

DEFAULT_FORM = "default"
FORM_NAME = re.compile(r"[a-z][a-z0-9_]*")


def flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Flatten nested TOML tables to dotted keys. The forms of an answer get `#` and their name after its key."""
    flat: dict[str, object] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if not isinstance(value, dict):
            flat[name] = value
        elif is_named(name):
            flat |= {name if form == DEFAULT_FORM else f"{name}{FORM}{form}": text for form, text in value.items()}
        else:
            flat |= flatten(value, f"{name}.")
    return flat


def unknown(texts: Mapping[str, object], required: Required) -> list[str]:
    """A line for each text that nothing uses, sorted."""
    return sorted(
        f"{printable(key)} is unknown: nothing uses it" for key in texts if _required_key(key) not in required
    )


def problems(texts: Mapping[str, object], required: Required) -> list[str]:
    """The problems of texts that are missing or can't be used, sorted, each beginning with its key."""
    forms = forms_of(texts)
    found = [f"{key} {_missing(key, texts)}" for key in required if key not in texts]
    for key in texts:
        if (needed := _required_key(key)) in required:
            found += [f"{key} {problem}" for problem in _text_problems(texts[key], required[needed], forms)]
    return sorted([*found, *_form_problems(texts, required, forms)])


def _required_key(key: str) -> str:
    """The key that asks for a text: without the name of a form, where there may be forms."""
    base = key.partition(FORM)[0]
    return base if is_named(base) else key


def _missing(key: str, texts: Mapping[str, object]) -> str:
    has_forms = is_named(key) and any(other.startswith(f"{key}{FORM}") for other in texts)
    return f"has no form {DEFAULT_FORM}" if has_forms else "is missing"


def _form_problems(
    texts: Mapping[str, object], required: Required, forms: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    """A line for each form that is badly named, or that one choice lacks and another of its question has."""
    for key in filter(is_named, required):
        own = {other.partition(FORM)[2] for other in texts if other.startswith(f"{key}{FORM}")}
        for form in own:
            if not FORM_NAME.fullmatch(form):
                yield f"{key} has a form {form!r}; allowed: a name of lower-case letters, digits and _"
        if own:
            for form in forms[key.split(".")[1]] - own:
                yield f"{key} has no form {form}, which another choice of this question has"


def _text_problems(text: object, names: frozenset[str], forms: Mapping[str, frozenset[str]]) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"is {text!r}; it must be a text in quotes"
        return
    if not text.strip():
        yield "is empty"
    known = names | {f"{name}.{form}" for name in names for form in forms.get(name, ())}
    allowed = ", ".join(f"{{{name}}}" for name in sorted(known)) or "no {name} at all"
    try:
        fields = [(field, spec, conversion) for _, field, spec, conversion in Formatter().parse(text)]
    except ValueError as error:
        yield f"has a stray brace ({error}); write {{{{ or }}}} for a literal one"
        return
    for field, spec, conversion in fields:
        if field is not None and (field not in known or spec or conversion):
            yield f"uses {{{printable(field)}}}; it may use {allowed}"
