"""The element's script as it is sent: shorter, and the same."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from wizard.embed.packing import PRIVATE, QUOTED, pack
from wizard.files.bundled import bundled

FILE = (bundled("static") / "embed.js").read_text("utf-8")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("// A comment.\nlet x = 1 // another\n", "let A=1"),
        ("  const first = (value) => value + 1\n  first(2)", "let A=value=>value+1\nA(2)"),
        ("  const own = 1\n  f(...own, 'own')", "let A=1\nf(...A,'own')"),
        ("if (x) {\n  a()\n  b()\n}", "if(x){a()\nb()}"),
        ("#a\n#bc = 1\nf() {\n  this.#bc = '#bc: 1'\n}", "#a\n#b=1\nf(){this.#b='#b: 1'}"),
        ("`\n  a { b: c - d }\n  e { f: g }`", "`\na{b:c - d}e{f:g}`"),
        ("`${a} - ${b}`", "`${a} - ${b}`"),
        ("/^https?:/.test(a)", "/^https?:/.test(a)"),
    ],
)
def test_what_a_browser_does_not_need_is_left_out(written: str, sent: str) -> None:
    assert pack(written) == sent


def test_no_long_private_name_is_left() -> None:
    code = "".join(QUOTED.split(pack(FILE))[::2])
    assert not [name for name in PRIVATE.findall(code) if len(name) > 1]


@pytest.mark.parametrize(
    "use", ["x.name", "y = { name }", "y = { a, name }", "y = { name: 1 }", "const { name, b } = x", "f(`${name}`)"]
)
def test_a_name_that_may_be_a_propertys_as_well_stays(use: str) -> None:
    assert "name" in pack(f"  const name = 1\n  {use}").splitlines()[1]


def test_texts_and_regular_expressions_stay() -> None:
    quoted = [one for one in QUOTED.findall(re.sub(r" *//.*", "", FILE)) if "\n" not in one and "#" not in one]
    sent = pack(FILE)
    assert quoted
    assert [one for one in quoted if one not in sent] == []


def test_it_is_a_script(tmp_path: Path) -> None:
    node = shutil.which("node")
    if not node:
        pytest.skip("no node on this machine; the tests in browsers run the script as well")
    (tmp_path / "embed.js").write_text(pack(FILE), "utf-8")
    subprocess.run([node, "--check", str(tmp_path / "embed.js")], check=True)
