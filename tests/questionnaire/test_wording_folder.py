"""A folder of texts: one version for all languages; a language that can't be used is left out alone."""

from pathlib import Path

import pytest
from support import client_of, settings

from wizard.app import create_app
from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import WordingError, load, read_folder

REQUIRED = required_texts(QUESTIONS, STRATEGY)
ENGLISH = (bundled("wording") / "en.toml").read_text("utf-8")
GERMAN = ENGLISH.replace('"Back"', '"Zurück"')
NAMED = 'named = "a project of your own"'
OTHERS = ('named = "your work"', 'named = "your team"', 'named = "your department or company"')
FORMS = 'named.default = "dein {0}"\nnamed.dative = "deinem {0}"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en.toml").write_text(ENGLISH, "utf-8")
    return tmp_path


def add(folder: Path, text: str, locale: str = "de") -> None:
    (folder / f"{locale}.toml").write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            GERMAN.replace('given = "Your answer"\n', ""),
            "de.toml: question.given is missing; this language is left out",
        ),
        (GERMAN.replace('"Your answer"', '"{x}"'), "de.toml: question.given uses {x}; it may use no {name} at all"),
        (GERMAN.replace('"Your answer"', '"{"'), "de.toml: question.given has a stray brace"),
        ("[", "de.toml: can't be read as TOML"),
        ("", "de.toml: alternatives.enterprise.cloud.action is missing (and "),
        ('[translation]\nreviewed = "yes"\n' + GERMAN, "de.toml: translation.reviewed is 'yes'; allowed: true, false"),
        ("[translation]\nrevewed = true\n" + GERMAN, "de.toml: translation.revewed is unknown"),
        ("translation = 1\n" + GERMAN, "de.toml: translation is 1; it must be a table"),
        (GERMAN + "[translation.source]\na = 1\n", "de.toml: translation.source must be a table of hashes"),
    ],
)
def test_a_language_that_can_not_be_used_is_left_out_and_the_others_are_served(
    text: str, line: str, folder: Path
) -> None:
    add(folder, text)
    add(folder, ENGLISH.replace('"Back"', '"Retour"'), "fr")
    (found,) = read_folder(folder, REQUIRED).left_out
    assert found.startswith(line)
    assert "\n" not in found
    client = client_of(create_app(settings(wording_dir=str(folder))))
    assert client.page("/", headers={"Accept-Language": "fr"}).one("html")["lang"] == "fr"
    assert client.page("/", headers={"Accept-Language": "de"}).one("html")["lang"] == "en"
    assert client.page("/?locale=de").one("html")["lang"] == "en"


def test_a_file_that_is_not_named_by_a_language_is_left_out(folder: Path) -> None:
    add(folder, GERMAN, "german")
    assert list(read_folder(folder, REQUIRED).wordings) == ["en"]
    assert read_folder(folder, REQUIRED).left_out[0].startswith("german.toml: name a file of texts by its language")


def test_english_that_can_not_be_used_stops_the_start(folder: Path) -> None:
    add(folder, GERMAN)
    (folder / "en.toml").write_text(ENGLISH.replace('given = "Your answer"\n', ""), "utf-8")
    with pytest.raises(WordingError, match=r"^en.toml: question.given is missing$"):
        create_app(settings(wording_dir=str(folder)))


def test_without_english_the_first_file_that_can_be_used_is_the_default_and_without_any_nothing_starts(
    tmp_path: Path,
) -> None:
    add(tmp_path, "")
    with pytest.raises(WordingError, match=r"^de.toml: "):
        read_folder(tmp_path, REQUIRED)
    add(tmp_path, ENGLISH, "fr")
    assert list(read_folder(tmp_path, REQUIRED).wordings) == ["fr"]


def test_a_text_that_is_not_used_any_more_is_named_and_its_language_stays(folder: Path) -> None:
    add(folder, GERMAN + '\n[question.gone]\ntitle = "Weg"\n')
    found = read_folder(folder, REQUIRED)
    assert list(found.wordings) == ["en", "de"]
    assert found.files[1].unknown == ("question.gone.title is unknown: nothing uses it",)


def test_what_a_file_says_of_its_translation_is_no_text(folder: Path) -> None:
    add(folder, f'[translation]\nreviewed = true\n{GERMAN}\n[translation.source]\n"question.back" = "0123abcd"\n')
    file = read_folder(folder, REQUIRED).files[1]
    assert (file.reviewed, file.hashes) == (True, {"question.back": "0123abcd"})
    assert not any(key.startswith("translation") for key in file.texts)


def test_all_languages_have_one_version_which_changes_with_any_text_of_any(folder: Path) -> None:
    def version() -> str:
        (found,) = {wording.version for wording in read_folder(folder, REQUIRED).wordings.values()}
        return found

    versions = [version()]
    add(folder, GERMAN)
    versions.append(version())
    add(folder, GERMAN.replace('"Zurück"', '"Nochmal"'))
    versions.append(version())
    add(folder, "")  # left out
    assert version() == versions[0]
    add(folder, GERMAN)
    assert version() == versions[1]
    (folder / "en.toml").write_text(ENGLISH.replace('"Your answer"', '"Yours"'), "utf-8")
    versions.append(version())
    assert len(set(versions)) == 4


# --- forms of answers


def with_forms(text: str, **change: str) -> str:
    """The English texts, with two forms of each answer to `who`."""
    for number, named in enumerate((NAMED, *OTHERS)):
        text = text.replace(named, change.get(f"form_{number}", FORMS.format(number)), 1)
    return text


def test_an_answer_has_the_form_that_a_text_asks_for(folder: Path) -> None:
    text = with_forms(GERMAN).replace("For {who}, that's often just right.", "{who} | {who.dative} | {hosting}")
    add(folder, text)
    wording = load(folder / "de.toml", REQUIRED)
    named = wording.named({"who": "hobby", "hosting": "enjoy"})
    assert wording.text("reasons.suits_tinkering.text", **named).endswith("dein 0 | deinem 0 | in your own hands")


def test_an_answer_without_forms_stands_for_each_form(folder: Path) -> None:
    text = with_forms(GERMAN, form_1='named = "alles"').replace("For {who}, that's", "{who.dative} {who}, that's")
    add(folder, text)
    wording = load(folder / "de.toml", REQUIRED)
    assert "alles alles" in wording.text("reasons.suits_tinkering.text", **wording.named({"who": "job"}), hosting="")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            with_forms(GERMAN).replace("For {who}, that's", "{who.genitive}"),
            "reasons.suits_tinkering.text uses {who.genitive}; it may use {hosting}, {who}, {who.dative}",
        ),
        (
            GERMAN.replace("For {who}, that's", "{who.dative}"),
            "reasons.suits_tinkering.text uses {who.dative}; it may use {hosting}, {who}",
        ),
        (
            with_forms(GERMAN).replace("For {who}, that's", "{who.__class__}"),
            "reasons.suits_tinkering.text uses {who.__class__}; it may use",
        ),
        (
            with_forms(GERMAN).replace("For {who}, that's", "{who.dative.upper}"),
            "reasons.suits_tinkering.text uses {who.dative.upper}; it may use",
        ),
        (
            with_forms(GERMAN, form_2='named.default = "dein Team"\nnamed.genitive = "deines Teams"'),
            "questions.who.choices.team.named has no form dative, which another choice of this question has",
        ),
        (
            with_forms(GERMAN, form_0='named.dative = "deinem"'),
            "questions.who.choices.hobby.named has no form default",
        ),
        (
            with_forms(GERMAN, form_0='named.default = "dein"\nnamed."Form 1" = "x"\nnamed.dative = "y"'),
            "questions.who.choices.hobby.named has a form 'Form 1'; allowed: ",
        ),
        (
            with_forms(GERMAN, form_0='named.default = "dein"\nnamed.dative = ""'),
            "questions.who.choices.hobby.named#dative is empty",
        ),
        (
            with_forms(GERMAN, form_0='named.default = "dein"\nnamed.dative = "{who}"'),
            "questions.who.choices.hobby.named#dative uses {who}; it may use no {name} at all",
        ),
        (
            GERMAN.replace('given = "Your answer"', 'given.default = "x"\n"given#dative" = "y"'),
            "question.given#dative is unknown: nothing uses it",
        ),
    ],
)
def test_forms_that_are_not_as_they_must_be_are_named(text: str, complaint: str, folder: Path) -> None:
    add(folder, text)
    with pytest.raises(WordingError) as error:
        load(folder / "de.toml", REQUIRED)
    assert complaint in str(error.value)


def test_numbers_are_written_as_the_language_does(folder: Path) -> None:
    add(folder, ENGLISH, "ar-EG")
    found = read_folder(folder, REQUIRED).wordings
    written = {locale: wording.text("question.progress", number=1, total=3) for locale, wording in found.items()}
    assert written == {"en": "Question 1 of 3", "ar-EG": "Question ١ of ٣"}
