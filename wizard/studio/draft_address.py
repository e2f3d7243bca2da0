"""The address of the draft editor, which says all of what it shows."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from wizard.questionnaire.wording_files import SOURCE
from wizard.web.areas import STUDIO

FILTERS: Mapping[str, str] = {
    "": "On this page",
    "all": "All",
    "changed": "Changed",
    "problems": "Problems",
    "untranslated": "Untranslated",
    "stale": "Stale",
    "unreviewed": "Unreviewed",
}
"""The filters of the list of texts, with their names: by default, the texts of the page that is previewed."""

WIDTHS: Mapping[str, str] = {"phone": "Phone", "desktop": "Desktop"}
THEMES: Mapping[str, str] = {"light": "Light", "dark": "Dark"}
VIEWS: Mapping[str, str] = {"texts": "Texts", "preview": "Preview"}
"""What a narrow window shows: a wide one shows both."""

MAX_QUERY_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Address:
    """What the editor shows: a page in a language, how it is looked at, the text that is edited, and which are listed.

    `page` is the id of a preview page, `key` that of the text, empty for none; `q` is what is searched for.
    """

    page: str
    locale: str = SOURCE
    key: str = ""
    q: str = ""
    filter: str = ""
    width: str = "phone"
    theme: str = "light"
    view: str = "texts"

    def but(self, **changes: str) -> "Address":
        """This address with other values."""
        return replace(self, **changes)

    def query(self) -> str:
        """The query string, without values that are the default ones."""
        usual = asdict(Address(""))
        return urlencode({name: value for name, value in asdict(self).items() if value != usual[name]})


def path_of(draft_id: str) -> str:
    """The path of a draft's editor."""
    return f"{STUDIO}/drafts/{draft_id}"


def read_address(given: MultiDict[str, str], pages: Collection[str], locales: Collection[str]) -> Address:
    """The address of these parameters. What can't be shown is replaced by the default: the first page, English."""

    def one_of(name: str, allowed: Collection[str], default: str) -> str:
        value = given.get(name, "")
        return value if value in allowed else default

    return Address(
        page=one_of("page", pages, next(iter(pages))),
        locale=one_of("locale", locales, next(iter(locales))),
        key=given.get("key", "")[:MAX_QUERY_CHARACTERS],
        q=given.get("q", "").strip()[:MAX_QUERY_CHARACTERS],
        filter=one_of("filter", FILTERS, ""),
        width=one_of("width", WIDTHS, "phone"),
        theme=one_of("theme", THEMES, "light"),
        view=one_of("view", VIEWS, "texts"),
    )


def parameters_of(query: str) -> MultiDict[str, Any]:
    """The parameters of a query string that a form brought along."""
    return MultiDict(parse_qsl(query))
