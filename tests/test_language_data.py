"""Languages by CLDR, and which one of several is like another."""

import pytest

from wizard.languages import direction, english_name, like, number, own_name


@pytest.mark.parametrize(
    ("locale", "name", "in_english"),
    [
        ("en", "English", "English"),
        ("de-AT", "Deutsch (Österreich)", "German (Austria)"),
        ("pt-BR", "Português (Brasil)", "Portuguese (Brazil)"),
        ("fr-BE", "Français (Belgique)", "French (Belgium)"),
        ("ja", "日本語", "Japanese"),
        ("tlh", "tlh", "tlh"),
    ],
)
def test_a_language_has_its_own_name_and_an_unknown_one_its_code(locale: str, name: str, in_english: str) -> None:
    assert own_name(locale) == name
    assert english_name(locale) == in_english


@pytest.mark.parametrize(
    ("locale", "written"),
    [("en", "ltr"), ("ar", "rtl"), ("he", "rtl"), ("ar-EG", "rtl"), ("ja", "ltr"), ("tlh", "ltr")],
)
def test_a_language_is_written_in_its_direction(locale: str, written: str) -> None:
    assert direction(locale) == written


@pytest.mark.parametrize(
    ("locale", "written"),
    [("en", "1,250"), ("de", "1.250"), ("fr", "1\u202f250"), ("ar", "1,250"), ("ar-EG", "١٬٢٥٠"), ("tlh", "1250")],
)
def test_numbers_are_written_with_the_digits_that_cldr_gives_as_the_default(locale: str, written: str) -> None:
    assert number(1250, locale) == written


@pytest.mark.parametrize(
    ("wanted", "locales", "found"),
    [
        ("pt-BR", ["en", "pt", "pt-BR"], "pt-BR"),
        ("PT-br", ["en", "pt", "pt-BR"], "pt-BR"),
        ("pt-AO", ["en", "pt-BR", "pt"], "pt"),
        ("pt", ["en", "pt", "pt-BR"], "pt"),
        ("pt-PT", ["en", "pt-BR"], "pt-BR"),
        ("zh-Hant-HK", ["en", "zh-Hans", "zh-Hant"], "zh-Hant"),
        ("de-AT-1996", ["de-CH", "de-AT", "de"], "de-AT"),
        ("de", ["en", "pt"], ""),
        ("", ["en"], ""),
    ],
)
def test_of_several_languages_the_one_with_the_most_subtags_in_common_is_found(
    wanted: str, locales: list[str], found: str
) -> None:
    assert like(wanted, locales) == found
