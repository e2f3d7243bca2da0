"""`/embed.js`: the minified file in the repository, for any page, always under the same address."""

import gzip
import re

import brotli
import pytest
from minified_script import MINIFIED, minified_script
from support import Client

from wizard.embed.script import OWN_PATH, element_script
from wizard.events.attribution import ATTRIBUTION, CAMPAIGN_TAGS
from wizard.files.bundled import bundled

FILE = (bundled("static") / "embed.js").read_text("utf-8")
CONTENT = element_script()


def test_it_is_the_minified_file_and_says_that_it_is_a_script(client: Client) -> None:
    response = client.get("/embed.js")
    assert response.data == CONTENT == MINIFIED.read_bytes()
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_the_minified_file_is_made_from_the_source() -> None:
    assert MINIFIED.read_text("utf-8") == minified_script(), "run `make minify`"


def test_it_knows_the_campaign_tags() -> None:
    names = ",".join(f'"{name}"' for name in CAMPAIGN_TAGS)
    assert f"[{names}]" in CONTENT.decode()


def test_below_a_path_it_knows_its_own_path(client: Client) -> None:
    assert CONTENT.count(OWN_PATH) == 1
    below = client.get("/start/embed.js", environ_overrides={"SCRIPT_NAME": "/start"})
    assert below.data == CONTENT.replace(OWN_PATH, b'"/start/embed.js"')
    assert below.headers["ETag"] != client.get("/embed.js").headers["ETag"]


def test_it_sends_every_slot_that_a_page_can_know_of_itself() -> None:
    sent = re.search(r"const tags = \{(.*)\}", FILE)
    assert sent
    # The browser itself says the origin.
    wanted = {"campaign", *ATTRIBUTION} - {*CAMPAIGN_TAGS, "embed_origin"}
    missing = wanted - set(re.findall(r"(\w+): ", sent[1]))
    assert not missing, f"add {sorted(missing)} to `tags` in static/embed.js"
    assert set(re.findall(r"(\w+): ", sent[1])) == wanted


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
