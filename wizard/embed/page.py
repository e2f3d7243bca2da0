"""The data of the snippet builder's page, computed from the options."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from wizard.embed.contrast import Button, Ground, Replacement, button, grounds, replacements
from wizard.embed.options import Options, offered
from wizard.embed.react import react_snippet
from wizard.embed.site_check import SiteCheck
from wizard.embed.snippet import (
    OPENER,
    element_attributes,
    element_snippet,
    frame_address,
    frame_attributes,
    frame_snippet,
)
from wizard.events.admission import DAY_MS, day_of
from wizard.events.periods import Period, iso
from wizard.events.refused_frames import read_refused_sites
from wizard.intake.timeouts import with_timeout
from wizard.languages import own_name
from wizard.web.services import Services

PREVIEW = {"preview": "1"}
TABS = ("html", "react", "wordpress", "webflow", "iframe")
DAYS = 28
LOG_TIMEOUT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Prefill:
    """A question that can be prefilled, and the choices (id and label) that are offered after the answers before it."""

    step: str
    title: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The preview: the attributes of the element, and of the frame in it. Previews are not logged."""

    element: Mapping[str, str]
    frame: Mapping[str, str]
    opener: str = OPENER


@dataclass(frozen=True, slots=True)
class Tried:
    """How often pages of a site that isn't allowed loaded the wizard within `DAYS`, and the last day (UTC)."""

    frames: int
    last: str


@dataclass(frozen=True, slots=True)
class SnippetPage:
    """The page. `address` is the wizard's with the options; `button` is None for the default accent."""

    title: str
    address: str
    element_snippet: str
    react_snippet: str
    frame_snippet: str
    preview: Preview
    prefill: tuple[Prefill, ...]
    replacements: tuple[Replacement, ...]
    button: Button | None
    grounds: tuple[Ground, ...]
    languages: tuple[tuple[str, str], ...]
    site: SiteCheck | None
    tried: Tried | None
    tab: str


def snippet_page(
    services: Services, options: Options, root: str = "", site: SiteCheck | None = None, tab: str = ""
) -> SnippetPage:
    """The page for `options`, below the path `root`, with the check of a `site`, and this `tab` open."""
    address = services.own_address()
    presentation = options.presentation
    title = services.title(presentation.locale)
    return SnippetPage(
        title=title,
        address=frame_address(address, options),
        element_snippet=element_snippet(address, options, title),
        react_snippet=react_snippet(address, options),
        frame_snippet=frame_snippet(address, options, title),
        preview=Preview(
            {"src": frame_address(root, Options(), PREVIEW), **element_attributes(options)},
            frame_attributes(frame_address(root, options, PREVIEW), title),
        ),
        prefill=_prefill(services, options),
        replacements=replacements(presentation),
        button=button(presentation.accent) if presentation.accent else None,
        grounds=grounds(presentation),
        languages=tuple((locale, own_name(locale)) for locale in services.wordings),
        site=site,
        tried=_tried(services, site) if site and site.verdict == "refused" else None,
        tab=next((known for known in TABS if known == tab), TABS[0]),
    )


def _tried(services: Services, site: SiteCheck) -> Tried | None:
    """How often the site has tried; None if never, or if the log can't be read at once: the page does without."""
    period = Period(since_ms=day_of(services.clock() - DAYS * DAY_MS))
    try:
        found = with_timeout(lambda: read_refused_sites(services.log.database, period, site.site), LOG_TIMEOUT_SECONDS)
    except SQLAlchemyError:
        return None
    return Tried(found[0].frames, iso(found[0].last_day_ms)[:10]) if found else None


def _prefill(services: Services, options: Options) -> tuple[Prefill, ...]:
    text = services.wording().text
    return tuple(
        Prefill(
            step,
            text(f"questions.{step}.title"),
            tuple((choice, text(f"questions.{step}.choices.{choice}.label")) for choice in choices),
        )
        for step, choices in offered(services.flow, options.answers).items()
    )
