"""Which version of the texts the services have: that of the request."""

from flask import Flask, g
from published_versions import FILES, publish

from wizard.app import recorder_of
from wizard.web.services import services


def test_a_request_keeps_the_version_that_it_began_with(app: Flask) -> None:
    made = services(app)
    with app.test_request_context("/"):
        assert made.wording_set() is made.published.files
        publish(recorder_of(app).log.database, {"en": {"site.name": "Later"}})
        made.published.refresh()
        assert made.title() == made.published.files.wording().text("site.name")
    with app.test_request_context("/"):
        assert made.title() == "Later"
        assert made.use_version("") is made.published.files
        assert made.wording_set() is made.published.files


def test_a_preview_comes_before_the_version_of_the_request(app: Flask) -> None:
    made = services(app)
    with app.test_request_context("/"):
        before = made.wording_set()
        g.previewed = FILES
        assert made.wording_set() is FILES
        del g.previewed
        assert made.wording_set() is before


def test_without_a_request_it_is_the_newest(app: Flask) -> None:
    made = services(app)
    assert made.wording_set() is made.published.current
    publish(recorder_of(app).log.database, {"en": {"site.name": "Later"}})
    made.published.refresh()
    assert made.title() == "Later"
    assert made.wording_set("") is made.published.files
