"""`/embed.js`: as it is in the repository, for any page to load, always under the same address."""

import gzip
import re

import brotli
import pytest
from support import Client

from wizard.events.attribution import ATTRIBUTION, CAMPAIGN_TAGS
from wizard.files.bundled import bundled

CONTENT = (bundled("static") / "embed.js").read_bytes()


def test_it_is_the_file_in_the_repository_and_says_that_it_is_a_script(client: Client) -> None:
    response = client.get("/embed.js")
    assert response.data == CONTENT
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_it_tells_every_slot_that_a_page_can_know_of_itself() -> None:
    script = CONTENT.decode()
    listed = re.search(r"const CAMPAIGN_TAGS = \[(.*)\]", script)
    assert listed
    assert re.findall(r"\w+", listed[1]) == list(CAMPAIGN_TAGS)
    told = re.search(r"const tags = \{(.*)\}", script)
    assert told
    # The origin is the browser's to tell.
    assert set(re.findall(r"(\w+): ", told[1])) == {"campaign", *ATTRIBUTION} - {*CAMPAIGN_TAGS, "embed_origin"}


def test_any_page_may_load_it_and_keep_it_for_an_hour(client: Client) -> None:
    headers = client.get("/embed.js").headers
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == "public, max-age=3600, stale-while-revalidate=86400"


def test_a_version_in_the_address_changes_nothing(client: Client) -> None:
    plain, versioned = client.get("/embed.js"), client.get("/embed.js?v=1")
    assert (plain.data, plain.headers["ETag"]) == (versioned.data, versioned.headers["ETag"])


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("br", "br"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, br;q=0", "gzip"),
        ("*", "br"),
        ("identity", None),
        ("zstd", None),
        ("", None),
    ],
)
def test_it_is_sent_as_small_as_the_browser_understands(accepted: str, encoding: str | None, client: Client) -> None:
    response = client.get("/embed.js", headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in response.headers["Vary"]
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert unpack(response.data) == CONTENT


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_it_is_under_3_kb(encoding: str, client: Client) -> None:
    assert len(client.get("/embed.js", headers={"Accept-Encoding": encoding}).data) < 3000


def test_a_browser_that_has_it_is_not_sent_it_again(client: Client) -> None:
    for encoding in ("br", "gzip", "identity"):
        wanted = {"Accept-Encoding": encoding}
        tag = client.get("/embed.js", headers=wanted).headers["ETag"]
        again = client.get("/embed.js", headers={**wanted, "If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Cache-Control"].startswith("public")
        assert client.get("/embed.js", headers={**wanted, "If-None-Match": '"old"'}).status_code == 200


def test_a_browser_that_has_it_in_one_encoding_is_sent_another(client: Client) -> None:
    tags = [client.get("/embed.js", headers={"Accept-Encoding": name}).headers["ETag"] for name in ("br", "gzip", "")]
    assert len(set(tags)) == len(tags)
    assert client.get("/embed.js", headers={"Accept-Encoding": "gzip", "If-None-Match": tags[0]}).status_code == 200
