"""Pages from prepared parts are, byte for byte, what the templates render; and memory stays within its bounds."""

import gc
import gzip
import tracemalloc
from collections.abc import Callable, Iterator
from typing import NamedTuple

import brotli
import pytest
from factories import NOV_1
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from support import BROWSER, KEY, Client, client_of, every_path, settings
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from wizard.app import create_app
from wizard.events.attribution import Attribution
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.rules import Answers
from wizard.visitor import prepared_pages
from wizard.visitor.journey import Journey, Seal, new_journey
from wizard.visitor.prepared_pages import MAX_BROTLI_FORMS, PreparedPage, PreparedPages, S, VisitorValues
from wizard.visitor.rendering import EXTENSION, QuestionState
from wizard.web.content_encoding import NEGOTIATED, negotiated
from wizard.web.parts import Parts

SEAL = Seal([KEY], 24)
FRAMED = {"Sec-Fetch-Dest": "iframe"}
UNPACK: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
BROWSERS = "gzip, deflate, br, zstd"
DIFFERENT = {"X-Request-Id", "Content-Length", "Date"}
HTML = "<\"'>&amp;{{ 1 }}%00\r\n\u00e9\u202e😀"
TEXT = st.text(max_size=30) | st.sampled_from([HTML, *HTML, "dark", "#0b7", "de-AT", "0b7a75", "1", "hobby", "avoid"])
LONG = 40_000
NAMES = ("theme", "accent", "locale", "preview", "campaign", "utm_source", "utm_term", "who", "team_size", "hosting")


class Rendered(PreparedPages):
    """Renders each page for the visitor who asks for it."""

    def response(
        self, state: S, render: Callable[[S, VisitorValues], str], own: VisitorValues, status: int = 200
    ) -> Response:
        return Response(render(state, own), status)


class Both(NamedTuple):
    """The same application twice: with prepared pages, and without; only what is rendered is checked as a page."""

    prepared: FlaskClient
    rendered: Client


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wizard.visitor.journey._new_id", lambda: "a-visit-of-some-people")
        made = [create_app(settings(embed_origins="https://www.example.com"), clock=lambda: NOV_1) for _ in range(2)]
        made[1].extensions[EXTENSION] = Rendered()
        prepared = made[0].test_client()
        prepared.environ_base["HTTP_USER_AGENT"] = BROWSER
        yield Both(prepared, client_of(made[1]))


def states() -> Iterator[Answers]:
    """Every set of answers that a journey can have, one that are given early included."""
    seen = set()
    for path in every_path():
        given = list(path.items())
        subsets = [given[:count] for count in range(len(given) + 1)] + [given[-1:], given[1:], [given[0], given[-1]]]
        for subset in subsets:
            answers = QUESTIONS.fitting(dict(subset))
            if (key := tuple(answers.items())) not in seen:
                seen.add(key)
                yield answers


def addresses(answers: Answers) -> Iterator[str]:
    """The page of a journey with these answers, and of each of its questions."""
    token = SEAL.seal(journey(answers))
    yield f"/?journey={token}"
    walk = QUESTIONS.walk(answers)
    for step in walk.answers:
        yield f"/?journey={token}&step={step}&theme=dark&accent=0b7a75"


def journey(answers: Answers) -> Journey:
    return new_journey(QUESTIONS, "en", answers, Attribution(utm_source="<&>"), NOV_1 - 5000)


def assert_same(prepared: TestResponse, rendered: TestResponse) -> None:
    """Both say the same, in the same words and with the same headers, however it is compressed."""
    assert prepared.status == rendered.status
    coding = prepared.headers.get("Content-Encoding", "")
    assert UNPACK[coding](prepared.data) == UNPACK[rendered.headers.get("Content-Encoding", "")](rendered.data)
    assert prepared.content_length == len(prepared.data)
    own, its = ({pair for pair in response.headers if pair[0] not in DIFFERENT} for response in (prepared, rendered))
    assert own ^ its <= {("Content-Encoding", coding), ("Content-Encoding", "br")}


@pytest.mark.parametrize("headers", [{}, FRAMED], ids=["alone", "framed"])
def test_each_state_has_the_same_bytes_and_headers_both_ways(
    headers: dict[str, str], both: Both, request: pytest.FixtureRequest
) -> None:
    """In the short form, every state is looked at twice, and one in ten of them in every coding."""
    count = 0
    is_long = request.config.getoption("--soak")
    for number, address in enumerate(address for answers in states() for address in addresses(answers)):
        count += 1
        rendered = both.rendered.get(address, headers=headers)
        assert_same(both.prepared.get(address, headers=headers), rendered)
        if is_long or number % 10 == len(headers):
            assert_same_in_each_coding(address, headers, both, rendered.data)
    assert count > 150


def assert_same_in_each_coding(address: str, headers: dict[str, str], both: Both, content: bytes) -> None:
    """The page is the same from the first time to that from which on it is compressed by Brotli."""
    for coding in ("", "gzip", "gzip", BROWSERS, BROWSERS, BROWSERS):
        prepared = both.prepared.get(address, headers={**headers, "Accept-Encoding": coding})
        assert UNPACK[prepared.headers.get("Content-Encoding", "")](prepared.data) == content
    assert prepared.headers["Content-Encoding"] == "br"
    zipped = {**headers, "Accept-Encoding": "gzip"}
    head = both.prepared.head(address, headers=zipped)
    assert_same(both.prepared.get(address, headers=zipped), both.rendered.get(address, headers=zipped))
    assert not head.data
    assert head.headers["Content-Encoding"] == "gzip"


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.dictionaries(st.sampled_from(NAMES), TEXT),
    framed=st.booleans(),
    referrer=st.sampled_from(["", "https://www.example.com/", "https://news.example/?q=<b>"]),
    coding=st.sampled_from(["", "gzip", BROWSERS]),
)
def test_whatever_an_address_says_the_first_page_is_the_same_both_ways(
    query: dict[str, str], framed: bool, referrer: str, coding: str, both: Both
) -> None:
    headers = {**(FRAMED if framed else {}), **({"Referer": referrer} if referrer else {}), "Accept-Encoding": coding}
    assert_same(*(client.get("/", query_string=query, headers=headers) for client in both))


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answers=st.sampled_from(list(states())),
    submitted=st.none() | TEXT,
    look=st.dictionaries(st.sampled_from(("theme", "accent", "locale")), TEXT),
    framed=st.booleans(),
)
def test_a_refused_answer_gets_the_same_page_both_ways(
    answers: Answers, submitted: str | None, look: dict[str, str], framed: bool, both: Both
) -> None:
    given = journey(answers)
    walk = QUESTIONS.walk(answers)
    step = walk.step.name if walk.step else "hosting"
    form = {"journey": SEAL.seal(given), "step": step, "csrf_token": SEAL.sign_form(given, step, NOV_1 - 1000)}
    if submitted is not None:
        form[step] = submitted
    headers = FRAMED if framed else {}
    assert_same(*(client.post("/", data=form, query_string=look, headers=headers) for client in both))


# --- memory


def test_pages_stay_within_their_number_and_their_bytes_whatever_is_asked_for(app: Flask) -> None:
    client = client_of(app)
    pages = app.extensions[EXTENSION] = PreparedPages(max_pages=20)
    for number in range(60):
        client.get(f"/?accent={number:06x}", headers={"Accept-Encoding": BROWSERS})
        assert len(pages) == min(number + 1, 20)
    few = app.extensions[EXTENSION] = PreparedPages(max_bytes=pages.size_bytes // 4)
    for number in range(60):
        client.get(f"/?accent={number:06x}")
    assert len(few) == 5
    assert few.size_bytes <= pages.size_bytes // 4


@pytest.mark.parametrize("key", ["HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_HOST", "QUERY_STRING"])
def test_no_long_header_or_parameter_is_kept_in_memory(key: str, app: Flask) -> None:
    environ = EnvironBuilder().get_environ()

    def ask(number: int) -> None:
        text = f"{number:04}_" * (LONG // 5)
        run_wsgi_app(app, environ | {key: f"who={text}" if key == "QUERY_STRING" else text})

    ask(0)
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(1, 11):
            ask(number)
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 6 * LONG


def test_the_page_that_was_used_last_stays(app: Flask) -> None:
    client = client_of(app)
    pages = app.extensions[EXTENSION] = PreparedPages(max_pages=2)
    for address in ("/", "/?theme=dark", "/", "/?theme=light"):
        client.get(address)
    assert {state.page.look.theme for state in pages if isinstance(state, QuestionState)} == {"auto", "light"}


@pytest.fixture
def page(app: Flask) -> Iterator[PreparedPage]:
    """A page with one gap, while a browser asks for it that accepts every coding."""
    with app.test_request_context() as context:
        context.request.environ[NEGOTIATED] = negotiated(BROWSERS)
        yield PreparedPage(Parts((b"<html><p>" * 50, b"</p></html>"), ("token",)), {})


def coding_of(page: PreparedPage, length: int) -> str:
    """How the page is sent with a token of this length; what is sent must be right."""
    response = page.response(VisitorValues("x" * length), 200)
    coding = response.headers["Content-Encoding"]
    assert UNPACK[coding](response.data) == b"<html><p>" * 50 + b"x" * length + b"</p></html>"
    return coding


def test_a_page_is_compressed_by_brotli_from_the_third_time_on_for_values_of_four_lengths(page: PreparedPage) -> None:
    for length in range(MAX_BROTLI_FORMS):
        assert [coding_of(page, length) for _ in range(4)] == ["gzip", "gzip", "br", "br"]
    assert {coding_of(page, length) for length in range(MAX_BROTLI_FORMS, 600) for _ in range(3)} == {"gzip"}
    assert {coding_of(page, length) for length in range(MAX_BROTLI_FORMS)} == {"br"}
    assert page.counted <= prepared_pages.MAX_COUNTED + 1


def test_lengths_that_come_once_are_counted_up_to_the_bound_as_well(page: PreparedPage) -> None:
    for length in range(prepared_pages.MAX_COUNTED * 3):
        assert coding_of(page, length) == "gzip"
        assert page.counted <= prepared_pages.MAX_COUNTED + 1


def test_values_of_lengths_that_come_much_more_often_take_the_place_of_others(page: PreparedPage) -> None:
    for length in range(MAX_BROTLI_FORMS):
        assert {coding_of(page, length) for _ in range(length + 3)} == {"gzip", "br"}
    often = max(prepared_pages.BROTLI_QUALITIES)
    assert [coding_of(page, 100) for _ in range(often)] == ["gzip"] * (often - 1) + ["br"]
    assert [coding_of(page, length) for length in range(MAX_BROTLI_FORMS)] == ["gzip", "br", "br", "br"]


def test_a_page_over_its_bound_is_rendered_each_time_and_compressed_as_any_other(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared_pages, "MAX_PAGE_BYTES", 1000)
    client = client_of(app)
    response = client.get("/", headers={"Accept-Encoding": BROWSERS})
    assert response.headers["Content-Encoding"] == "br"
    assert b"Who do you want PostHog for?" in brotli.decompress(response.data)
    assert len(app.extensions[EXTENSION]) == 0
    assert "style-src 'sha256-" in response.headers["Content-Security-Policy"]
