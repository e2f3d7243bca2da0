"""Translations go to translators as PO files and come back without loss; what is stale is told."""

import re
import tomllib
import tracemalloc
from pathlib import Path

import pytest
from cli_runner import failing
from click.testing import CliRunner
from support import ENVIRON

from wizard.cli import wizard
from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import read_file, read_folder
from wizard.translations.po_import import parse_po_file
from wizard.translations.status import source_hash, stale_keys
from wizard.translations.toml_file import outline, with_hashes, written

REQUIRED = required_texts(QUESTIONS, STRATEGY)
ENGLISH = (bundled("wording") / "en.toml").read_text("utf-8")
GOLDEN = Path(__file__).with_name("golden.po")
NAMED = ("a project of your own", "your work", "your team", "your department or company")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of texts in English, and in German with forms, all marked as current."""
    for name, value in {**ENVIRON, "WIZARD_WORDING_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "en.toml").write_text(ENGLISH, "utf-8")
    german = re.sub(r'^(\w+) = "(?!")', r'\1 = "de: ', ENGLISH, flags=re.MULTILINE)
    for number, named in enumerate(NAMED):
        german = german.replace(
            f'named = "de: {named}"', f'named.default = "das {number}"\nnamed.dative = "dem {number}"'
        )
    german = german.replace("de: This is for {who}.", "Für {who} mit {who.dative}: „\\u00fc\\\\“ 50 %s.")
    (tmp_path / "de.toml").write_text(f"# Deutsch, mit Du.\n\n[translation]\nreviewed = true\n\n{german}", "utf-8")
    run("translations", "mark", "de")
    return tmp_path


def run(*words: str, code: int = 0) -> tuple[str, str]:
    """What a command printed on standard output and standard error."""
    result = CliRunner().invoke(wizard, words, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def exported(folder: Path, locale: str = "de") -> str:
    run("translations", "export", locale, "-o", str(folder / f"{locale}.po"))
    return (folder / f"{locale}.po").read_text("utf-8")


def import_text(folder: Path, text: str, locale: str = "de") -> tuple[str, str]:
    (folder / f"{locale}.po").write_bytes(text.encode())
    return run("translations", "import", str(folder / f"{locale}.po"))


def change_english(folder: Path, old: str = '"Your answer"', new: str = '"Your choice"') -> None:
    text = (folder / "en.toml").read_text("utf-8")
    assert old in text
    (folder / "en.toml").write_text(text.replace(old, new), "utf-8")


def stale(folder: Path, locale: str = "de") -> tuple[str, ...]:
    found = read_folder(folder, REQUIRED)
    assert found.source
    return stale_keys(read_file(folder / f"{locale}.toml", REQUIRED), found.source.texts)


def entry(context: str, text: str) -> str:
    """The entry of a PO file with this context, with its comments and flags."""
    (found,) = [each for each in text.split("\n\n") if f'msgctxt "{context}"' in each]
    return found


# --- PO files


def test_a_po_file_is_as_it_was_agreed_with_translators_tools(folder: Path) -> None:
    change_english(folder)
    text = re.sub(r"(Date: |deployment-wizard |Babel )[^\\]+", r"\1…", exported(folder))
    contexts = ("site.name", "question.progress", "question.given", "result.share_body")
    forms = ("questions.who.choices.team.named", "questions.who.choices.team.named#dative")
    shown = [
        text.split("\n\n")[0],
        *(entry(each, text) for each in (*contexts, *forms, "reasons.time_for_project.text")),
    ]
    assert "\n\n".join(shown) + "\n" == GOLDEN.read_text("utf-8")


def test_an_export_and_an_import_change_nothing(folder: Path) -> None:
    change_english(folder)
    before = read_file(folder / "de.toml", REQUIRED)
    text = exported(folder)
    import_text(folder, text)
    first = (folder / "de.toml").read_text("utf-8")
    assert read_file(folder / "de.toml", REQUIRED) == before
    assert stale(folder) == ("question.given",)
    assert re.sub("Date: .*", "", exported(folder)) == re.sub("Date: .*", "", text)
    import_text(folder, text)
    assert (folder / "de.toml").read_text("utf-8") == first


def test_an_import_into_an_empty_folder_loses_nothing_but_who_reviewed_it(folder: Path) -> None:
    before = read_file(folder / "de.toml", REQUIRED)
    text = exported(folder)
    (folder / "de.toml").unlink()
    import_text(folder, text)
    after = read_file(folder / "de.toml", REQUIRED)
    assert (after.texts, after.hashes, after.reviewed) == (before.texts, before.hashes, False)
    assert (folder / "de.toml").stat().st_mode & 0o777 == 0o644


def test_a_file_is_written_in_the_order_and_with_the_comments_of_english(folder: Path) -> None:
    blocks = exported(folder).split("\n\n")
    import_text(folder, "\n\n".join([blocks[0], *reversed(blocks[1:])]))
    text = (folder / "de.toml").read_text("utf-8")
    assert text.startswith("# Deutsch, mit Du.\n\n[translation]\nreviewed = true")
    assert "# Who a recommendation fits best" in text
    sections = [section.name for section in outline(ENGLISH).sections if section.name]
    own = [section.name for section in outline(text).sections if section.name]
    assert [name for name in own if name in sections] == sections
    assert own[-1] == "translation.source"


@pytest.mark.parametrize("change", ["\r\n", "bom", "obsolete", "comments", "unwrapped"])
def test_what_other_tools_do_to_a_file_changes_nothing(change: str, folder: Path) -> None:
    before = read_file(folder / "de.toml", REQUIRED)
    text = exported(folder)
    changed = {
        "\r\n": text.replace("\n", "\r\n"),
        "bom": "\ufeff" + text,
        "obsolete": text + '\n#~ msgctxt "question.gone"\n#~ msgid "Gone"\n#~ msgstr "Weg"\n',
        "comments": text.replace('msgctxt "site.name"', '# a translator\'s\n#: place:1\nmsgctxt "site.name"'),
        "unwrapped": text.replace('"\n"', ""),
    }[change]
    assert changed != text
    assert import_text(folder, changed)[1] == ""
    assert read_file(folder / "de.toml", REQUIRED) == before


def test_an_entry_that_is_fuzzy_no_more_is_current_and_one_that_became_fuzzy_is_stale(folder: Path) -> None:
    change_english(folder)
    text = exported(folder)
    given = entry("question.given", text)
    assert "#, fuzzy" in given
    back = entry("question.back", text)
    text = text.replace(given, given.replace("#, fuzzy\n", "").replace("de: Your answer", "Deine Wahl"))
    text = text.replace(back, back.replace("msgctxt", "#, fuzzy\nmsgctxt"))
    import_text(folder, text)
    assert stale(folder) == ("question.back",)
    assert read_file(folder / "de.toml", REQUIRED).texts["question.given"] == "Deine Wahl"


def test_english_that_changed_while_it_was_being_translated_makes_the_translation_stale(folder: Path) -> None:
    text = exported(folder)
    change_english(folder)
    import_text(folder, text.replace("de: Your answer", "Deine Antwort"))
    assert stale(folder) == ("question.given",)
    assert read_file(folder / "de.toml", REQUIRED).hashes["question.given"] == source_hash("Your answer")


def test_a_form_that_is_fuzzy_makes_its_text_stale(folder: Path) -> None:
    text = exported(folder)
    form = entry("questions.who.choices.team.named#dative", text)
    import_text(folder, text.replace(form, form.replace("msgctxt", "#, fuzzy\nmsgctxt")))
    assert stale(folder) == ("questions.who.choices.team.named",)


def test_english_may_have_forms_as_well(folder: Path) -> None:
    for number, named in enumerate(NAMED):
        change_english(folder, f'named = "{named}"', f'named.default = "{named}"\nnamed.short = "n{number}"')
    run("translations", "mark", "de")
    assert stale(folder) == ()
    before = read_file(folder / "de.toml", REQUIRED)
    import_text(folder, exported(folder))
    assert read_file(folder / "de.toml", REQUIRED) == before


def test_a_text_that_nothing_uses_stays_in_its_table(folder: Path) -> None:
    text = (folder / "de.toml").read_text("utf-8")
    text = text.replace("[question]", '[question]\nold = "Alt"').replace("[personas]", '[personas]\nteam.old = "Alt"')
    text = text.replace("[questions.who.choices.hobby]", '[new.table]\na = "b"\n[questions.who.choices.hobby]')
    (folder / "de.toml").write_text(text, "utf-8")
    before = read_file(folder / "de.toml", REQUIRED)
    assert len(before.unknown) == 3
    import_text(folder, exported(folder))
    assert read_file(folder / "de.toml", REQUIRED) == before


def test_an_empty_entry_changes_nothing_and_a_missing_text_stays_missing(folder: Path) -> None:
    text = exported(folder)
    given = entry("question.given", text)
    text = text.replace(given, given.replace("de: Your answer", ""))
    import_text(folder, text)
    assert read_file(folder / "de.toml", REQUIRED).texts["question.given"] == "de: Your answer"
    (folder / "de.toml").unlink()
    out, _ = import_text(folder, text)
    assert out == f"Wrote {folder / 'de.toml'}: 236 texts, 1 missing, 0 stale.\n"
    assert read_file(folder / "de.toml", REQUIRED).problems == ("question.given is missing",)


def test_an_entry_that_belongs_to_no_text_is_reported(folder: Path) -> None:
    text = exported(folder)
    text += '\nmsgctxt "question.gone"\nmsgid "Gone"\nmsgstr "Weg"\n\nmsgid "Bare"\nmsgstr "Bloß"\n'
    text += '\nmsgctxt "question.\x1bc"\nmsgid "x"\nmsgstr "y"\n'
    text += '\nmsgctxt "site.name#dative"\nmsgid "x"\nmsgstr "y"\n'
    text += '\nmsgctxt "site.title"\nmsgid "one"\nmsgid_plural "more"\nmsgstr[0] "eins"\nmsgstr[1] "zwei"\n'
    _, err = import_text(folder, text)
    po = folder / "de.po"
    assert sorted(err.splitlines()) == [
        f"{po}: ignored an entry without a context: 'Bare'",
        f"{po}: ignored question.\\x1bc: no text has this context",
        f"{po}: ignored question.gone: no text has this context",
        f"{po}: ignored site.name#dative: no text has this context",
        f"{po}: ignored site.title: has plural forms, and the text has none",
    ]


def test_of_two_entries_of_one_text_the_one_with_the_english_of_today_counts(folder: Path) -> None:
    text = exported(folder) + '\nmsgctxt "question.given"\nmsgid "Your old answer"\nmsgstr "Alt"\n'
    import_text(folder, text)
    assert read_file(folder / "de.toml", REQUIRED).texts["question.given"] == "de: Your answer"
    assert stale(folder) == ()


def test_a_text_that_can_not_be_used_is_named_and_nothing_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "de.toml").read_bytes()
    (folder / "de.po").write_text(exported(folder).replace("de: Your answer", "{deine} Antwort"), "utf-8")
    line = failing(monkeypatch, capsys, "translations", "import", str(folder / "de.po"))
    assert line.startswith("wizard: nothing was imported: question.given uses {deine}; it may use no {name} at all")
    assert (folder / "de.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("Language: de_DE", "de"),
        ("Language: DE", "de"),
        ("Language: pt_BR", "pt-BR"),
        ("Language: de_AT", "de-AT"),
        ('X-Crowdin-Language: de\\n"\n"Language: de_AT', "de"),
    ],
)
def test_the_language_is_that_of_the_header(header: str, locale: str, folder: Path) -> None:
    text = exported(folder).replace("Language: de", header)
    assert f"{locale}.toml" in import_text(folder, text)[0]


def test_a_file_without_a_language_needs_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.po").write_text(exported(folder).replace('"Language: de\\n"\n', ""), "utf-8")
    line = failing(monkeypatch, capsys, "translations", "import", str(folder / "x.po"))
    assert line == f"wizard: {folder / 'x.po'}: has no header Language, such as de or pt_BR; name it with --locale"
    run("translations", "import", str(folder / "x.po"), "--locale", "fr")
    assert read_file(folder / "fr.toml", REQUIRED).texts == read_file(folder / "de.toml", REQUIRED).texts


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "can't be read (No such file or directory)"),
        (b'msgid "x\nfoo', "can't be read as a PO file"),
        (b"\xff\xfe", "is UTF-16"),
        (b'msgid "\xfc"', "is not UTF-8"),
        (b'msgid "\x1bc"\n', "can't be read as a PO file: missing msgstr for msgid '\\x1bc'"),
        (b'msgid ""\nmsgstr "POT-Creation-Date: 2026\\n 01\\n"\n', "can't be read as a PO file"),
        (b'msgid ""\nmsgstr "POT-Creation-Date: 2026-01-01 00:00+9999\\n"\n', "can't be read as a PO file"),
    ],
)
def test_a_file_that_is_no_po_file_is_named(
    content: bytes | None,
    complaint: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        (folder / "x.po").write_bytes(content)
    line = failing(monkeypatch, capsys, "translations", "import", str(folder / "x.po"))
    assert line.startswith(f"wizard: {folder / 'x.po'}: {complaint}")


@pytest.mark.parametrize("header", ["Plural-Forms", "plural-forms"])
def test_a_file_that_promises_many_plural_forms_takes_no_memory_for_them(header: str) -> None:
    content = (
        f'msgid ""\nmsgstr ""\n"Language: de\\n"\n"{header}: nplurals=20000000; plural=0\\n"\n\n'
        'msgctxt "a"\nmsgid "x"\nmsgid_plural "y"\nmsgstr[0] "z"\n'
    )
    tracemalloc.start()
    try:
        parse_po_file(content.encode(), "de.po")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("locale", "plural"),
    [("ja", "nplurals=1; plural=0;"), ("ar", "nplurals=6;"), ("pt-BR", "nplurals=3;")],
)
def test_a_new_language_begins_with_an_empty_file(locale: str, plural: str, folder: Path) -> None:
    text = exported(folder, locale)
    assert f'"Language: {locale.replace("-", "_")}\\n"' in text
    assert f'"Plural-Forms: {plural}' in text
    assert text.count('\nmsgstr ""') > len(REQUIRED) - 5
    assert "#, fuzzy" not in text


@pytest.mark.parametrize(
    ("locale", "complaint"),
    [
        ("en", "en: is the language that the others are translated from"),
        ("German", "German: not a language, such as de or pt-BR"),
        ("xx", "xx: not a language that CLDR knows, such as de or pt-BR"),
    ],
)
def test_only_a_translation_is_exported(
    locale: str, complaint: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = failing(monkeypatch, capsys, "translations", "export", locale, "-o", str(folder / "x.po"))
    assert line == f"wizard: {complaint}"


# --- the TOML file


@pytest.mark.parametrize(
    "text", ['a "b" \\ c', "a\nb\n", "\ta\u2028b", 'a\n"""\n', "\x00\r\x7f", " a ", "{{b}}", "[x]\n# y"]
)
def test_every_text_reads_as_it_was_written(text: str) -> None:
    texts = {"site.name": text, "question.back": text, "questions.a.choices.b.named": text, "x.y z.q": text}
    texts |= {"questions.a.choices.b.named#dative": text}
    source = '[site]\nname = """\n[x]\na = 1\n"""\n\n# About\n\n[question]\n"back" = "Back"\n'
    file = written(source, texts, reviewed=True, hashes={"site.name": "0"}, head=("# Head",))
    found = tomllib.loads(file)
    assert found["site"]["name"] == found["question"]["back"] == found["x"]["y z"]["q"] == text
    assert found["questions"]["a"]["choices"]["b"]["named"] == {"default": text, "dative": text}
    assert found["translation"] == {"reviewed": True, "source": {"site.name": "0"}}
    assert outline(source).head == ()


def test_marking_changes_nothing_but_the_hashes(folder: Path) -> None:
    text = (folder / "de.toml").read_text("utf-8")
    change_english(folder)
    assert run("translations", "mark", "de", "question.given")[0].startswith("Marked 1 texts of de.toml")
    marked = (folder / "de.toml").read_text("utf-8")
    assert marked == text.replace(source_hash("Your answer"), source_hash("Your choice"))
    assert stale(folder) == ()
    assert with_hashes("a = 1\n[translation.source]\nb = 2\n[c]\nd = 3\n", {"k": "h"}) == (
        'a = 1\n[c]\nd = 3\n\n[translation.source]\n"k" = "h"\n'
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [(("fr",), "fr.toml: there is no such file"), (("de", "question.gone"), "de.toml: has no text question.gone")],
)
def test_what_can_not_be_marked_is_named(
    words: tuple[str, ...],
    complaint: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert failing(monkeypatch, capsys, "translations", "mark", *words).endswith(complaint)
    assert folder


# --- wizard check


def test_check_says_which_texts_are_stale_and_fails_with_strict_only(folder: Path) -> None:
    assert run("check", "--strict")[1] == ""
    change_english(folder)
    with (folder / "de.toml").open("a", encoding="utf-8") as file:
        file.write('[question.gone]\ntitle = "Weg"\n')
    out, err = run("check")
    warned = [
        "de.toml: question.gone.title is unknown: nothing uses it",
        "de.toml: question.given is stale: its English has changed since",
    ]
    assert err.splitlines() == warned
    assert out.splitlines() == [
        "locale  language  strings  missing  stale  reviewed",
        "en      English   236      0        -      -",
        "de      German    236      0        1      yes",
        "The routing is right: 55 paths, each with one outcome; texts in en, de.",
    ]
    result = CliRunner().invoke(wizard, ["check", "--strict"])
    assert result.exit_code == 1
    assert str(result.exception) == "the texts are not right, by --strict: warnings found: 2"


def test_check_fails_where_a_language_can_not_be_used(folder: Path) -> None:
    text = (folder / "de.toml").read_text("utf-8")
    (folder / "de.toml").write_text(text.replace('given = "de: Your answer"\n', ""), "utf-8")
    result = CliRunner().invoke(wizard, ["check"])
    assert result.exit_code == 1
    assert result.stderr.splitlines() == ["de.toml: question.given is missing"]
    assert str(result.exception) == "the texts are not right: problems found: 1"
    assert "de      German    235      1        0      yes" in result.stdout


def test_a_file_that_was_never_marked_is_told_in_one_line(folder: Path) -> None:
    text = (folder / "de.toml").read_text("utf-8").partition("[translation.source]")[0]
    (folder / "de.toml").write_text(text, "utf-8")
    assert run("check")[1].splitlines() == [
        "de.toml: says of no text which English it was made from; once they agree, run `wizard translations mark de`"
    ]
