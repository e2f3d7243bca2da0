"""The page of the audit log: who did what, the newest first, a page at a time."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from wizard.dashboard.access.roles import needs
from wizard.dashboard.access.sign_ins import SIGN_IN, SIGN_OUT
from wizard.dashboard.labels import moment
from wizard.dashboard.pages import page
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.storage.audit_entries import Asked, Recorded, read_entries, read_names
from wizard.web.areas import STUDIO
from wizard.web.services import services

PAGE = f"{STUDIO}/audit"
ON_A_PAGE = 50
ENTRY_ID = re.compile(r"[0-9a-f-]{1,64}")

blueprint = Blueprint("audit", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the page shows it. `is_session` says that its subject is the name of a session."""

    entry: Recorded
    at: datetime
    is_session: bool


@blueprint.get(PAGE)
@needs("admin")
def entries() -> Response:
    """The entries of one person, or of one action, or all; `before` is the id of an entry, whose elder ones follow."""
    asked = _asked()
    database, zone = services().log.database, services().settings.time_zone

    def read() -> tuple[list[Recorded], tuple[list[str], list[str]]]:
        with database.snapshot() as connection:
            return read_entries(connection, asked, ON_A_PAGE + 1), read_names(connection)

    found, (who, actions) = with_timeout(read, TIMEOUT_SECONDS)
    shown = found[:ON_A_PAGE]
    older = replace(asked, older_than=shown[-1].entry_id) if len(found) > ON_A_PAGE else None
    return page(
        "studio/audit.html",
        rows=[Row(each, moment(each.at_ms, zone), each.action in (SIGN_IN, SIGN_OUT)) for each in shown],
        asked=asked,
        people=_with(who, asked.who),
        actions=_with(actions, asked.action),
        older=_address(older) if older else "",
        newest=_address(replace(asked, older_than="")) if asked.older_than else "",
        zone=zone.key,
    )


def _asked() -> Asked:
    """What the address asks for. A cursor that can't be read is none."""
    who, action, before = (request.args.get(name, "") for name in ("who", "action", "before"))
    return Asked(
        who=_storable(who),
        action=_storable(action),
        older_than=before if ENTRY_ID.fullmatch(before) else "",
    )


def _storable(text: str) -> str:
    """`text` as no column can have it if it has a NUL, which PostgreSQL refuses."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _with(names: list[str], chosen: str) -> list[str]:
    """The names to choose from, with the one that is chosen although it has no entries."""
    return names if not chosen or chosen in names else [*names, chosen]


def _address(asked: Asked) -> str:
    given = {"who": asked.who, "action": asked.action, "before": asked.older_than}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{PAGE}?{query}" if query else PAGE
