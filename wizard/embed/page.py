"""The data of the snippet builder's page, computed from the options."""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.embed.contrast import Button, Replacement, button, replacements
from wizard.embed.options import Options, offered
from wizard.embed.snippet import (
    OPENER,
    element_attributes,
    element_snippet,
    frame_address,
    frame_attributes,
    frame_snippet,
)
from wizard.web.services import Services

PREVIEW = {"preview": "1"}


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
class SnippetPage:
    """The page. `address` is the wizard's with the options; `button` is None for the default accent."""

    title: str
    address: str
    element_snippet: str
    frame_snippet: str
    preview: Preview
    prefill: tuple[Prefill, ...]
    replacements: tuple[Replacement, ...]
    button: Button | None


def snippet_page(services: Services, options: Options, address: str, root: str = "") -> SnippetPage:
    """The page for `options` of the wizard at `address`; the page itself is below the path `root`."""
    presentation = options.presentation
    title = services.title(presentation.locale)
    return SnippetPage(
        title=title,
        address=frame_address(address, options),
        element_snippet=element_snippet(address, options, title),
        frame_snippet=frame_snippet(address, options, title),
        preview=Preview(
            {"src": frame_address(root, Options(), PREVIEW), **element_attributes(options)},
            frame_attributes(frame_address(root, options, PREVIEW), title),
        ),
        prefill=_prefill(services, options),
        replacements=replacements(presentation.accent, presentation.theme),
        button=button(presentation.accent) if presentation.accent else None,
    )


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
