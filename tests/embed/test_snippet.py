"""The snippet: HTML that says exactly what was chosen, whatever that is."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given
from hypothesis import strategies as st

from wizard.embed.options import MODES, Options, read_options
from wizard.embed.snippet import (
    RESERVED_HEIGHT,
    RESERVED_HEIGHT_PX,
    element_snippet,
    frame_address,
    frame_snippet,
    reserved_height_px,
)
from wizard.files.bundled import bundled
from wizard.presentation import Presentation, read_presentation
from wizard.questionnaire.questions import QUESTIONS

ORIGIN = "https://wizard.example.com"
TITLE = "Deployment Wizard"
SIZED = f"calc-size(auto,max(size,{RESERVED_HEIGHT} + size*.004))"
SIZING = f"height:{RESERVED_HEIGHT};height:{SIZED};frame-sizing:content-height"
"""The reserved height, and the content's above it where the browser knows that."""
ALL = Options(Presentation("dark", "#0b7a75", "en"), "pricing", {"who": "team"}, "inline", share_path=False)

OPTIONS = st.builds(
    Options,
    st.builds(
        Presentation,
        st.sampled_from(["auto", "light", "dark"]),
        st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}") | st.just(""),
        st.sampled_from(["", "en"]),
    ),
    st.text(st.characters(exclude_categories=["C"]), max_size=40).map(str.strip).filter(lambda text: "@" not in text),
    st.sampled_from([{}, *QUESTIONS.paths]),
    st.sampled_from(MODES),
    st.booleans(),
)


def parsed(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def one(html: BeautifulSoup, name: str) -> Tag:
    (found,) = html.find_all(name)
    assert isinstance(found, Tag)
    return found


def query_of(address: object) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(str(address)).query))


def test_the_element_stands_around_a_frame_that_needs_no_script() -> None:
    assert element_snippet(ORIGIN, ALL, TITLE).splitlines() == [
        f'<deployment-wizard src="{ORIGIN}/" theme="dark" accent="#0b7a75" locale="en" campaign="pricing" '
        'prefill="who=team">',
        f'  <iframe src="{ORIGIN}/?theme=dark&amp;accent=0b7a75&amp;locale=en&amp;campaign=pricing&amp;who=team" '
        f'title="Deployment Wizard" height="{RESERVED_HEIGHT_PX}" loading="lazy" allow="" '
        'sandbox="allow-forms allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts '
        'allow-top-navigation-by-user-activation" '
        f'style="display:block;border:0;border-radius:14px;width:100vw;max-width:100%;{SIZING}"></iframe>',
        "</deployment-wizard>",
        f'<script async="" src="{ORIGIN}/embed.js"></script>',
    ]


def test_a_dialog_is_opened_by_a_link_that_leads_to_the_wizard_without_a_script() -> None:
    assert element_snippet(ORIGIN, Options(campaign="pricing", mode="dialog"), TITLE).splitlines() == [
        f'<a href="{ORIGIN}/?campaign=pricing" data-deployment-wizard-open="">Find your deployment</a>',
        f'<deployment-wizard src="{ORIGIN}/" mode="dialog" campaign="pricing"></deployment-wizard>',
        f'<script async="" src="{ORIGIN}/embed.js"></script>',
    ]


def test_without_a_choice_the_snippet_says_nothing_but_where_the_wizard_is() -> None:
    html = parsed(element_snippet(ORIGIN, Options(), TITLE))
    assert one(html, "deployment-wizard").attrs == {"src": f"{ORIGIN}/"}
    assert one(html, "iframe")["src"] == f"{ORIGIN}/"


@given(OPTIONS)
def test_the_snippet_read_back_gives_the_options_again(options: Options) -> None:
    html = parsed(element_snippet(ORIGIN, options, TITLE))
    attributes = {name: str(value) for name, value in one(html, "deployment-wizard").attrs.items()}
    said = Options(
        presentation=read_presentation(attributes),
        campaign=attributes.get("campaign", ""),
        answers=dict(parse_qsl(attributes.get("prefill", ""))),
        mode="dialog" if attributes.get("mode") == "dialog" else "inline",
        share_path="share-path" in attributes,
    )
    assert said == options
    leads_to = one(html, "a")["href"] if options.mode == "dialog" else one(html, "iframe")["src"]
    framed = read_options(query_of(leads_to), QUESTIONS, ("en",)).options
    assert framed.wizard_parameters() == options.wizard_parameters()


@pytest.mark.parametrize(
    "hostile", ['"><script>alert(1)</script>', "javascript:alert(1)", "' onload='alert(1)", "</iframe><b>", "&quot;"]
)
@pytest.mark.parametrize("mode", MODES)
def test_no_value_gets_out_of_its_attribute(mode: str, hostile: str) -> None:
    options = read_options({"campaign": hostile, "mode": mode}, QUESTIONS, ("en",)).options
    html = parsed(element_snippet(f"https://{hostile}", options, hostile))
    tags = {"inline": ["deployment-wizard", "iframe", "script"], "dialog": ["a", "deployment-wizard", "script"]}
    assert [tag.name for tag in html.select("*")] == tags[mode]
    assert one(html, "deployment-wizard")["campaign"] == hostile
    assert not any(name.startswith("on") for tag in html.select("*") for name in tag.attrs)
    alone = parsed(frame_snippet(ORIGIN, options, hostile))
    assert one(alone, "iframe")["title"] == hostile
    assert query_of(one(alone, "iframe")["src"]) == {"campaign": hostile}


def test_the_address_may_say_more_than_the_options() -> None:
    assert query_of(frame_address(ORIGIN, ALL, {"utm_source": "a b", "preview": "1"})) == {
        **ALL.wizard_parameters(),
        "utm_source": "a b",
        "preview": "1",
    }


@pytest.mark.parametrize(
    ("presentation", "style"),
    [
        (Presentation(), "border-radius:14px"),
        (Presentation(radius="0"), "border-radius:0px"),
        (Presentation(background="#ffffff"), "border-radius:14px"),
        (Presentation(background="transparent"), "border-radius:14px;color-scheme:light dark"),
        (Presentation("dark", background="transparent"), "border-radius:14px;color-scheme:dark"),
    ],
)
def test_the_frame_has_the_radius_and_where_it_is_transparent_the_colour_scheme(
    presentation: Presentation, style: str
) -> None:
    (frame,) = parsed(frame_snippet(ORIGIN, Options(presentation), TITLE)).select("iframe")
    assert frame["style"] == f"display:block;border:0;{style};width:100vw;max-width:100%;{SIZING}"


def test_a_page_that_shares_its_path_tells_it_without_a_script_too() -> None:
    shared, kept = (
        one(parsed(frame_snippet(ORIGIN, Options(share_path=yes), TITLE)), "iframe") for yes in (True, False)
    )
    assert shared["referrerpolicy"] == "no-referrer-when-downgrade"
    assert "referrerpolicy" not in kept.attrs


def test_the_room_that_is_reserved_is_the_same_with_and_without_the_script() -> None:
    assert RESERVED_HEIGHT.replace(",", ", ") in (bundled("static") / "embed.js").read_text()


@pytest.mark.parametrize("width_px", [320, 390, 549, 550, 551, 880])
def test_the_room_that_is_reserved_is_what_a_browser_makes_of_it(width_px: int) -> None:
    assert reserved_height_px(width_px) == pytest.approx(max(560, 1000 - 0.8 * width_px), abs=1)
