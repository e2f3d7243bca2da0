"""Texts that say in a rendered page which key each is of, for the preview of a draft.

Templates and rendering functions get the texts between marks: characters for private use, which no text may have.
`marked_html` makes elements of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from string import Formatter

from wizard.questionnaire.text_limits import with_refused_shown
from wizard.questionnaire.wording import FORM, Wording, named_key
from wizard.questionnaire.wording_set import WordingSet

BEGIN, END = "\ue000", "\ue001"
"""The mark before the number of a key and its text, and the one after the text."""

DIGITS = "\ue010\ue011\ue012\ue013\ue014\ue015\ue016\ue017\ue018\ue019"
NUMBERED = str.maketrans("0123456789", DIGITS)


@dataclass
class Keys:
    """The keys of the texts that were asked for, numbered."""

    numbers: dict[str, int] = field(default_factory=dict)

    def mark(self, key: str, text: str) -> str:
        """`text` between the marks of `key`."""
        number = self.numbers.setdefault(key, len(self.numbers))
        return f"{BEGIN}{str(number).translate(NUMBERED)}{text}{END}"

    def all(self) -> tuple[str, ...]:
        """The keys by their numbers."""
        return tuple(self.numbers)


@dataclass(frozen=True)
class MarkedWording(Wording):
    """The texts of a locale, marked. It never fails: a draft's texts may be wrong.

    A text that it lacks is that of `otherwise`; a {name} that there is nothing to fill with, and a text whose braces
    can't be read, are shown as they are written. Characters that no text may have are shown as replacement characters.
    """

    otherwise: Mapping[str, str] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)

    def text(self, key: str, **values: object) -> str:
        """The marked text of `key`, with its placeholders replaced by `values`, which may be marked, too."""
        return self.keys.mark(key, "".join(self._filled(self._stored(key), values)))

    def named(self, answers: Mapping[str, str]) -> Mapping[str, str]:
        """The answers as phrases, by step name and form, each marked with its own key."""
        found = {}
        for step, choice in answers.items():
            key = named_key(step, choice)
            found[step] = self.keys.mark(key, self._stored(key))
            for form in self.forms.get(step, ()):
                own = f"{key}{FORM}{form}" if f"{key}{FORM}{form}" in self.texts else key
                found[f"{step}.{form}"] = self.keys.mark(own, self._stored(own))
        return found

    def _stored(self, key: str) -> str:
        """The text of `key`. It has no marks of its own, nor what would turn the direction of others."""
        return with_refused_shown(self.texts.get(key) or self.otherwise.get(key) or key)

    def _filled(self, text: str, values: Mapping[str, object]) -> Iterator[str]:
        try:
            parsed = list(Formatter().parse(text))
        except ValueError:
            yield text
            return
        for literal, name, spec, conversion in parsed:
            yield literal
            if name is not None:
                is_known = name in values and not spec and not conversion
                yield self._written(values[name]) if is_known else _as_typed(name, spec, conversion)


def _as_typed(name: str, spec: str | None, conversion: str | None) -> str:
    return "{" + name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"


def marked(texts: WordingSet, locale: str) -> tuple[WordingSet, MarkedWording]:
    """`texts` with those of `locale` marked, and these. A locale that `texts` lacks has those of the default one."""
    default = texts.wording()
    own = texts.wordings.get(locale, default)
    made = MarkedWording(own.locale, own.texts, texts.version, default.texts)
    return replace(texts, wordings={**texts.wordings, own.locale: made}), made
