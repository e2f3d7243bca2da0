"""Static files: as they are in the repository, and kept by browsers for as long as they are the same."""

import hashlib
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from support import Client

from wizard.files.bundled import bundled
from wizard.web import assets


@pytest.mark.parametrize(
    ("names", "selector"),
    [(("tokens.css", "wizard.css", "framed.css", "languages.css"), "style"), (("frame.js",), "script")],
    ids=["style", "script"],
)
def test_what_is_sent_in_a_page_is_the_files_in_the_repository_but_for_their_comments(
    names: tuple[str, ...], selector: str, client: Client
) -> None:
    sent = client.page("/", headers={"Sec-Fetch-Dest": "iframe"}).all(selector)[0].get_text().splitlines()
    kept = [line for name in names for line in (bundled("static") / name).read_text().splitlines()]
    assert sent == [line for line in kept if line in sent]
    left_out = [line.strip() for line in kept if line not in sent]
    assert left_out
    is_comment = False
    for line in left_out:
        is_comment = is_comment or line.startswith("/*")
        assert is_comment or line.startswith("//"), line
        is_comment = is_comment and not line.endswith("*/")
    assert not is_comment


def test_a_file_is_served_as_it_is_in_the_repository_and_kept(client: Client) -> None:
    content = (bundled("static") / "wizard.css").read_bytes()
    response = client.get(f"/static/wizard.css?v={hashlib.sha256(content).hexdigest()[:10]}")
    assert response.mimetype == "text/css"
    assert response.data == content
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["tokens.css", "wizard.css", "frame.js"])
def test_no_file_that_is_sent_in_a_page_ends_the_element_that_it_is_in(name: str) -> None:
    content = (bundled("static") / name).read_bytes()
    assert b"</s" not in content.lower()
    assert b"<!--" not in content
    assert b"\r" not in content


def test_an_address_of_another_version_is_not_kept_for_long(client: Client) -> None:
    for address in ("/static/wizard.css", "/static/wizard.css?v=old"):
        assert client.get(address).headers["Cache-Control"] == "public, max-age=300"


def test_a_browser_that_has_it_is_not_sent_it_again(client: Client) -> None:
    tag = client.get("/static/wizard.css").headers["ETag"]
    assert client.get("/static/wizard.css", headers={"If-None-Match": tag}).status_code == 304


def test_the_address_follows_the_content(tmp_path: Path) -> None:
    found = []
    for content in ("a{}", "b{}"):
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep" / "x.css").write_text(content)
        app = Flask("static files", static_folder=None)
        assets.init_app(app, tmp_path)
        with app.test_request_context():
            found.append(render_template_string("{{ asset('deep/x.css') }}"))
        assert app.test_client().get(found[-1]).text == content
    assert found[0] != found[1]


def test_a_file_outside_the_folder_is_not_served(client: Client) -> None:
    for address in ("/static/../wizard/app.py", "/static/%2e%2e/pyproject.toml", "/static//etc/passwd"):
        assert client.get(address).status_code in (308, 404)


def test_the_icon_and_the_colour_picker_have_the_accent_of_the_stylesheet(client: Client) -> None:
    stylesheet = (bundled("static") / "tokens.css").read_text()
    accent = stylesheet.split("--fill: var(--wizard-accent, ")[1].split(")")[0]
    page = client.page("/embed")
    assert str(page.one("[data-picks=accent]")["value"]) == accent
    for address in ("/", "/embed", "/growth"):
        assert f"fill='%23{accent[1:]}'" in str(client.page(address).one("link[rel=icon]")["href"])
