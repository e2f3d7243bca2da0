"""Languages by their own names."""

import pytest

from wizard.embed.language_names import language_name


@pytest.mark.parametrize(
    ("locale", "name"),
    [
        ("en", "English"),
        ("de-AT", "Deutsch (Österreich)"),
        ("pt-BR", "Português (Brasil)"),
        ("fr-BE", "Français (BE)"),
        ("tlh", "tlh"),
    ],
)
def test_a_language_has_its_own_name_and_an_unknown_one_its_code(locale: str, name: str) -> None:
    assert language_name(locale) == name
