"""What a marketer chooses: read from a query, with a word on whatever can't be used."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.embed.options import Options, Reading, offered, read_options
from wizard.presentation import PARAMETERS as LOOK
from wizard.presentation import Presentation
from wizard.questionnaire.questions import QUESTIONS

LOCALES = ("en", "pt-BR")
HOSTILE = (
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "' onload='alert(1)",
    "a\x00b\r\nc\u202e",
    "somebody@example.com",
    "x" * 10_000,
    "%3Cb%3E",
    "{{ 7 * 7 }}",
)
PARAMETERS = (*LOOK, "campaign", "mode", "share-path", "who", "team_size", "hosting")

CHOSEN = st.builds(
    Options,
    st.builds(
        Presentation,
        st.sampled_from(["auto", "light", "dark"]),
        st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}") | st.just(""),
        st.sampled_from(["", *LOCALES]),
        st.sampled_from(["", "transparent", "#f5efe6"]),
        st.sampled_from(["", "0", "32"]),
    ),
    st.sampled_from(["", "pricing", "a & b", '"quoted" <b>', "100 %", "ünï+cödé"]),
    st.sampled_from([{}, *QUESTIONS.paths, {"hosting": "avoid"}, {"who": "team"}]),
    st.sampled_from(["inline", "dialog"]),
    st.booleans(),
)


def read(**query: str) -> Reading:
    return read_options(
        {name.replace("share_path", "share-path"): value for name, value in query.items()}, QUESTIONS, LOCALES
    )


def test_without_a_choice_everything_is_at_its_default_and_nothing_is_said() -> None:
    assert read() == Reading(Options(), {})
    assert read(**dict.fromkeys(("theme", "accent", "locale", "campaign", "mode", "who"), "")) == Reading(Options(), {})


@given(CHOSEN)
def test_options_are_read_back_from_what_they_say_of_themselves(options: Options) -> None:
    assert read_options(options.parameters(), QUESTIONS, LOCALES) == Reading(options, {})


def test_what_is_at_its_default_stays_out_of_the_address() -> None:
    assert Options().parameters() == {}
    assert list(Options(Presentation("dark"), "x", {"who": "team"}, "dialog", share_path=True).parameters()) == [
        "theme",
        "campaign",
        "who",
        "mode",
        "share-path",
    ]


@pytest.mark.parametrize(
    ("parameter", "value", "said"),
    [
        ("theme", "purple", "no theme “purple”"),
        ("accent", "red", "“red” is not a colour"),
        ("locale", "xx", "no texts in “xx”, but in en, pt-BR"),
        ("locale", "../etc", "no texts in “../etc”"),
        ("campaign", "somebody@example.com", "holds no e-mail address: it is left out"),
        ("campaign", "x" * 101, "up to 100 characters"),
        ("mode", "popup", "no mode “popup”"),
        ("who", "nobody", "no answer “nobody”"),
    ],
)
def test_what_can_not_be_used_is_told_at_its_field_and_left_out(parameter: str, value: str, said: str) -> None:
    reading = read_options({parameter: value}, QUESTIONS, LOCALES)
    assert list(reading.messages) == [parameter]
    assert said in reading.messages[parameter]
    assert value not in reading.options.parameters().values()


@pytest.mark.parametrize(("wanted", "locale"), [("EN", "en"), ("pt-br", "pt-BR"), ("pt", "pt-BR"), ("en-GB", "en")])
def test_a_language_is_read_as_the_wizard_itself_would(wanted: str, locale: str) -> None:
    assert read(locale=wanted) == Reading(Options(Presentation(locale=locale)), {})


def test_of_answers_that_do_not_go_together_the_later_one_is_told_and_left_out() -> None:
    reading = read(who="team", team_size="just_me", hosting="avoid")
    assert reading.options.answers == {"who": "team", "hosting": "avoid"}
    assert list(reading.messages) == ["team_size"]
    assert "can't be given after" in reading.messages["team_size"]


@pytest.mark.parametrize(("parameter", "value"), list(product(PARAMETERS, HOSTILE)))
def test_no_value_is_an_error_nor_told_at_length(parameter: str, value: str) -> None:
    reading = read_options({parameter: value}, QUESTIONS, LOCALES)
    assert all(len(message) < 250 for message in reading.messages.values())
    assert all("@" not in message and message.isprintable() for message in reading.messages.values())


@pytest.mark.parametrize(
    ("value", "shares"), [("1", True), ("on", True), ("true", True), ("", False), ("0", False), ("false", False)]
)
def test_the_path_is_shared_only_where_that_is_asked_for(value: str, shares: bool) -> None:
    assert read(share_path=value).options.share_path is shares


@given(st.data())
def test_whatever_is_chosen_from_what_is_offered_goes_together(data: st.DataObject) -> None:
    answers: dict[str, str] = {}
    for step in QUESTIONS.steps:
        choices = offered(QUESTIONS, answers)[step.name]
        choice: str | None = data.draw(st.sampled_from([None, *choices]))
        if choice:
            answers[step.name] = choice
    assert QUESTIONS.fitting(answers) == answers


def test_only_choices_that_go_with_the_answers_before_are_offered() -> None:
    assert offered(QUESTIONS, {"who": "hobby"})["team_size"] == ()
    assert "just_me" not in offered(QUESTIONS, {"who": "team"})["team_size"]
    assert "just_me" in offered(QUESTIONS, {})["team_size"]
    assert offered(QUESTIONS, {"who": "team", "team_size": "2_10"})["who"] == ("hobby", "job", "team", "organisation")
