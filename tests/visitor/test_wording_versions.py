"""A visit keeps the version of the texts that it began with, on each of its pages; its events say which."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from published_versions import FILES, publish, publish_without, roll_back
from recorded_client import Watched
from support import KEY, Client, Page, client_of, settings

from wizard.app import create_app, recorder_of
from wizard.clock import system_ms
from wizard.events.model import QuestionView
from wizard.visitor import tracking
from wizard.visitor.journey import HOUR_MS, Journey, Seal
from wizard.visitor.rendering import PageState, prepared_pages
from wizard.web.services import services
from wizard.wording_versions.published import KEPT

SEAL = Seal([KEY], 10**6)
PATH = {"who": "team", "team_size": "2_10", "hosting": "enjoy"}
MARKED = ("site.name", "question.error_title", "problems.restart", "result.why")
"""Texts of which each page of a visit shows one at least."""


def marked(label: str) -> Mapping[str, Mapping[str, str]]:
    """Texts of three languages that all say `label`."""
    texts = {key: f"{label} {key}" for key in MARKED}
    return {locale: {key: f"{locale} {text}" for key, text in texts.items()} for locale in ("en", "de", "ar")}


def publish_marked(app: Flask, label: str) -> int:
    number = publish(recorder_of(app).log.database, marked(label))
    assert services(app).published.refresh()
    return number


def labels(page: Page, locale: str = "en") -> set[str]:
    """The versions that the texts of a page are of: of several labels, those that it has."""
    return {label for label in ("One", "Two", "Three") if f"{locale} {label} " in page.response.text}


def opened(page: Page) -> Journey:
    return SEAL.open(page.journey)


@pytest.fixture
def one(app: Flask) -> Client:
    """A client of an application whose version 1 says "One"."""
    publish_marked(app, "One")
    return client_of(app)


def test_a_visit_that_began_before_anything_was_published_goes_on_with_the_files(app: Flask) -> None:
    client = client_of(app)
    page = client.page("/")
    assert opened(page).wording == ""
    publish_marked(app, "One")
    page = client.answer(page, "team")
    assert (labels(page), opened(page).wording) == (set(), "")
    assert labels(client.page("/")) == {"One"}


def test_a_visit_keeps_its_version_to_its_end(one: Client) -> None:
    page = one.page("/")
    version = opened(page).wording
    assert version.startswith("1-")
    publish_marked(one.application, "Two")
    for answer in PATH.values():
        assert labels(page) == {"One"}
        refused = one.answer(page, None)
        assert (refused.status, labels(refused)) == (422, {"One"})
        page = one.answer(page, answer)
    assert (labels(page), opened(page).wording) == ({"One"}, version)
    assert labels(one.page("/")) == {"Two"}


def test_it_keeps_its_version_in_another_language(one: Client) -> None:
    page = one.page("/")
    publish_marked(one.application, "Two")
    for locale in ("de", "ar"):
        page = Page(one.post("/", data={**page.fields, "locale": locale}, follow_redirects=True))
        assert page.one("html")["lang"] == locale
        assert labels(page, locale) == {"One"}


def test_its_error_pages_are_of_its_version_too(one: Client) -> None:
    page = one.page("/")
    token = page.journey
    publish_marked(one.application, "Two")
    for response in (
        one.post("/", data={**page.fields, "csrf_token": "x", "who": "team"}),
        one.get(f"/go/cloud?journey={token}"),
        one.put(f"/?journey={token}"),
        one.get(f"/nowhere?journey={token}"),
    ):
        assert response.status_code >= 400
        assert labels(Page(response)) == {"One"}
    assert labels(one.page("/nowhere")) == {"Two"}
    assert labels(one.page("/?journey=x")) == {"Two"}


def test_the_page_for_too_many_answers_is_of_its_version() -> None:
    app = create_app(settings(rate_limit="1"))
    publish_marked(app, "One")
    client = client_of(app)
    page = client.page("/")
    publish_marked(app, "Two")
    address = {"REMOTE_ADDR": "203.0.113.7"}
    answers = [client.submit(page, "team", environ_overrides=address) for _ in range(3)]
    assert answers[-1].status_code == 429
    assert labels(Page(answers[-1])) == {"One"}


def test_the_languages_that_are_offered_are_those_of_its_version(one: Client) -> None:
    page = one.page("/")
    publish_without(recorder_of(one.application).log.database, "ar")
    services(one.application).published.refresh()
    assert "ar" not in locales_offered(one.page("/?locale=ar"))
    assert one.page("/?locale=ar").one("html")["lang"] == "en"
    page = one.answer(page, "team")
    assert locales_offered(page) == set(FILES.wordings)
    arabic = Page(one.post("/", data={**page.fields, "locale": "ar"}, follow_redirects=True))
    assert labels(one.answer(arabic, "2_10"), "ar") == {"One"}


def locales_offered(page: Page) -> set[str]:
    return {str(button["value"]) for button in page.all("button[name=locale]")}


def test_an_expired_visit_is_continued_with_the_newest_version(one: Client) -> None:
    page = one.answer(one.page("/"), "team")
    old = replace(opened(page), started_ms=1, answered_ms=system_ms() - 25 * HOUR_MS)
    token = SEAL.seal(old)
    publish_marked(one.application, "Two")
    continued = one.page(f"/?journey={token}")
    assert labels(continued) == {"Two"}
    assert opened(continued).entry == "continued"
    assert opened(continued).wording.startswith("2-")
    form = SEAL.sign_form(old, "team_size", system_ms())
    refused = Page(one.post("/", data={"journey": token, "step": "team_size", "csrf_token": form}))
    assert (refused.status, labels(refused)) == (422, {"Two"})
    assert opened(refused).wording.startswith("2-")


def test_a_visit_whose_version_is_no_longer_at_hand_goes_on_with_the_newest(one: Client) -> None:
    page = one.page("/")
    database = recorder_of(one.application).log.database
    for number in range(KEPT - 1):
        publish(database, {"en": {"site.title": f"{number}"}})
    services(one.application).published.refresh()
    page = one.answer(page, "team")
    assert opened(page).wording.startswith("1-")
    publish_marked(one.application, "Two")
    page = one.answer(page, "2_10")
    assert labels(page) == {"Two"}
    assert opened(page).wording.startswith(f"{KEPT + 1}-")


def test_the_local_trial_and_shared_results_keep_to_it(one: Client) -> None:
    result = one.visit({"who": "hobby", "hosting": "own_cloud"})
    trial = [str(link["href"]) for link in result.all("a[href*='?journey=']") if not link.has_attr("data-deployment")]
    assert trial
    publish_marked(one.application, "Two")
    for href in trial:
        assert labels(one.page(href)) == {"One"}


def test_events_say_the_version_of_the_page(watched: Watched) -> None:
    publish_marked(watched.app, "One")
    version = services(watched.app).published.current.version
    page = watched.client.page("/")
    publish_marked(watched.app, "Two")
    watched.client.answer(page, None)
    result = watched.client.visit(PATH)
    page = watched.client.answer(page, "hobby")
    watched.client.get(str(result.all("a[data-deployment]")[0]["href"]))
    second = services(watched.app).published.current.version
    versions = {(event.context.journey_id, event.context.wording_version) for event in watched.log.read()}
    assert versions == {(opened(page).id, version), (opened(result).id, second)}


def test_a_version_that_is_published_while_a_page_is_made_is_on_the_next_page(
    one: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page has been begun with the one before, and is ended with it."""

    def publishing(*given: Any) -> QuestionView:
        monkeypatch.undo()
        publish_marked(one.application, "Two")
        return tracking.question_view(*given)

    for locale in ("en", "de"):
        monkeypatch.setattr("wizard.visitor.views.tracking.question_view", publishing)
        page = one.page(f"/?locale={locale}")
        before = labels(page, locale)
        assert len(before) == 1
        assert opened(page).wording != services(one.application).published.current.version
        assert labels(one.answer(page, "team"), locale) == before


def test_ready_made_pages_are_of_one_version_each(one: Client) -> None:
    one.page("/")
    publish_marked(one.application, "Two")
    one.page("/")
    roll_back(recorder_of(one.application).log.database, 1)
    services(one.application).published.refresh()
    assert labels(one.page("/")) == {"One"}
    with one.application.app_context():
        states = [state.page for state in prepared_pages() if isinstance(state.page, PageState)]  # type: ignore[attr-defined]
    assert [state.wording.partition("-")[0] for state in states] == ["1", "2", "3"]


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often texts were looked for in the database."""
    found: list[object] = []

    def read(*given: object, **_: object) -> tuple[()]:
        found.append(given)
        return ()

    monkeypatch.setattr("wizard.wording_versions.published.read_versions", read)
    return lambda: len(found)


def test_no_page_of_a_visit_asks_the_database_for_texts(one: Client, asks: Callable[[], int]) -> None:
    page = one.page("/")
    for answer in PATH.values():
        page = one.answer(page, answer)
    assert asks() == 0


@pytest.mark.parametrize("address", ["/embed", "/oembed?url=http%3A%2F%2Flocalhost%2F&format=json"])
def test_the_snippet_builder_and_oembed_have_the_newest(one: Client, address: str) -> None:
    assert "One site.name" in one.get(address).text
    publish_marked(one.application, "Two")
    assert "Two site.name" in one.get(address).text
