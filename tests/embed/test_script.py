"""`/embed.js`: as it is in the repository, for any page to load, always under the same address."""

from brotli import decompress
from support import Client

from wizard.paths import bundled

CONTENT = (bundled("static") / "embed.js").read_bytes()


def test_it_is_the_file_in_the_repository_and_says_that_it_is_a_script(client: Client) -> None:
    response = client.get("/embed.js")
    assert response.data == CONTENT
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_any_page_may_load_it_and_keep_it_for_an_hour(client: Client) -> None:
    headers = client.get("/embed.js").headers
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == "public, max-age=3600, stale-while-revalidate=86400"


def test_a_version_in_the_address_changes_nothing(client: Client) -> None:
    plain, versioned = client.get("/embed.js"), client.get("/embed.js?v=1")
    assert (plain.data, plain.headers["ETag"]) == (versioned.data, versioned.headers["ETag"])


def test_it_is_sent_compressed_to_a_browser_that_understands_that(client: Client) -> None:
    response = client.get("/embed.js", headers={"Accept-Encoding": "br"})
    assert response.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in response.headers["Vary"]
    assert decompress(response.data) == CONTENT


def test_a_browser_that_has_it_is_not_sent_it_again(client: Client) -> None:
    for encoding in ("br", "gzip", "identity"):
        wanted = {"Accept-Encoding": encoding}
        tag = client.get("/embed.js", headers=wanted).headers["ETag"]
        again = client.get("/embed.js", headers={**wanted, "If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Cache-Control"].startswith("public")
        assert client.get("/embed.js", headers={**wanted, "If-None-Match": '"old"'}).status_code == 200
