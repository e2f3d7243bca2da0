"""The services of the visitor's pages: the application's, and what only these pages use."""

from dataclasses import dataclass
from functools import lru_cache

from flask import Flask, current_app
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from wizard.presentation import like
from wizard.visitor.effort import TypicalEffort
from wizard.visitor.journey import Seal
from wizard.visitor.new_journeys import NewJourneys
from wizard.visitor.presenting import presentation
from wizard.web.request_values import header
from wizard.web.services import Services
from wizard.web.services import services as shared_services

EXTENSION = "wizard.visitor"
REMEMBERED = 1024
REMEMBERED_CHARACTERS = 500
"""The longest `Accept-Language` whose locale is kept."""


@dataclass(frozen=True)
class VisitorServices(Services):
    """The application's services, the seal of journeys, the counter of new ones, and what a visit takes."""

    seal: Seal
    new_journeys: NewJourneys
    effort: TypicalEffort

    def accepted_locale(self) -> str:
        """The locale that the current request asks for by its address, or prefers by `Accept-Language`, or the default.

        Werkzeug's own match would give English to somebody who asks for Austrian German first and English last,
        where there is only German.
        """
        if asked := self.asked_locale():
            return asked
        languages = header("Accept-Language")
        match = _remembered if len(languages) <= REMEMBERED_CHARACTERS else _preferred
        return match(languages, tuple(self.wordings))

    def asked_locale(self) -> str:
        """The locale that the current request's address asks for; "" where there is none of that name."""
        asked = presentation().locale
        return like(asked, self.wordings) if asked else ""


def add_services(app: Flask) -> None:
    """Make what only the visitor's pages of `app` use."""
    shared = shared_services(app)
    app.extensions[EXTENSION] = VisitorServices(
        **vars(shared),
        seal=Seal(shared.keys, shared.settings.journey_hours, shared.clock),
        new_journeys=NewJourneys(shared.settings.suspect_rate, shared.keys[0]),
        effort=TypicalEffort(shared.log, shared.clock),
    )


def _preferred(accept_language: str, locales: tuple[str, ...]) -> str:
    """The one of `locales` that a header prefers, or else the first of them."""
    tags = parse_accept_header(accept_language, LanguageAccept)
    preferred = (like(tag, locales) for tag, quality in tags if quality > 0)
    return next(filter(None, preferred), locales[0])


_remembered = lru_cache(REMEMBERED)(_preferred)


def services(app: Flask = current_app) -> VisitorServices:
    """The visitor's services of `app`, by default the current application."""
    found: VisitorServices = app.extensions[EXTENSION]
    return found
