"""The services of the visitor's pages: the application's, and what only these pages use."""

from dataclasses import dataclass

from flask import Flask, Response, current_app, g

from wizard.languages import like
from wizard.visitor.accepted_language import accepted_language
from wizard.visitor.effort import TypicalEffort
from wizard.visitor.journey import Seal
from wizard.visitor.new_journeys import NewJourneys
from wizard.visitor.presenting import presentation
from wizard.web.request_values import header
from wizard.web.services import Services
from wizard.web.services import services as shared_services

EXTENSION = "wizard.visitor"
VARY = "Sec-Fetch-Dest"


@dataclass(frozen=True)
class VisitorServices(Services):
    """The application's services, the seal of journeys, the counter of new ones, and what a visit takes."""

    seal: Seal
    new_journeys: NewJourneys
    effort: TypicalEffort

    def accepted_locale(self) -> str:
        """The locale that the current request asks for by its address, or prefers by `Accept-Language`, or the default.

        Where the header decides, the response varies with it: `add_vary`.
        """
        if asked := self.asked_locale():
            return asked
        wordings = self.wordings
        if len(wordings) == 1:
            return next(iter(wordings))
        g.is_by_accept_language = True
        return accepted_language(header("Accept-Language"), tuple(wordings))

    def asked_locale(self) -> str:
        """The locale that the current request's address asks for; "" where there is none of that name."""
        asked = presentation().locale
        return like(asked, self.wordings) if asked else ""


def add_vary(response: Response) -> None:
    """Name the request headers that a visitor's page depends on."""
    names = (VARY, "Accept-Language") if g.get("is_by_accept_language") else (VARY,)
    if response.headers.get("Vary"):
        response.vary.update(names)
    else:
        response.headers["Vary"] = ", ".join(names)


def add_services(app: Flask) -> None:
    """Make what only the visitor's pages of `app` use."""
    shared = shared_services(app)
    app.extensions[EXTENSION] = VisitorServices(
        **vars(shared),
        seal=Seal(shared.keys, shared.settings.journey_hours, shared.clock),
        new_journeys=NewJourneys(shared.settings.suspect_rate, shared.keys[0]),
        effort=TypicalEffort(shared.log, shared.clock),
    )


def services(app: Flask = current_app) -> VisitorServices:
    """The visitor's services of `app`, by default the current application."""
    found: VisitorServices = app.extensions[EXTENSION]
    return found
