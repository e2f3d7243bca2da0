"""What the pages of reviews and versions use: the publisher, reads of the database, and who may publish."""

from collections.abc import Callable
from contextvars import copy_context
from typing import TypeVar

from sqlalchemy import Connection

from wizard.dashboard.access.roles import Role, includes
from wizard.dashboard.services import people
from wizard.drafts.history import files_of
from wizard.drafts.publish import Publisher
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.questionnaire.wording import Required, required_texts
from wizard.questionnaire.wording_set import FILES, WordingSet, completed, set_of_completed
from wizard.web.services import services
from wizard.wording_versions.store import read_row

T = TypeVar("T")
PUBLISHER: Role = "publisher"
MOST_DIGITS = 9


def publisher() -> Publisher:
    """The publisher of the current application."""
    current = services()
    return Publisher(current.log.database, current.published, required(), current.clock)


def required() -> Required:
    """The texts that the questionnaire needs."""
    current = services()
    return required_texts(current.flow, current.strategy)


def read(work: Callable[[Connection], T]) -> T:
    """What `work` reads from one snapshot of the log's database. Raises SQLAlchemyError.

    It runs in another thread, for the timeout, and in the context of the request.
    """
    database, context = services().log.database, copy_context()

    def reading() -> T:
        with database.snapshot() as connection:
            return context.run(work, connection)

    return with_timeout(reading, TIMEOUT_SECONDS)


def texts_of_version(number: int) -> WordingSet | None:
    """The texts of a version, as pages can show them; of version 0, the installation's. None if it is unknown.

    Raises SQLAlchemyError.
    """
    files, needed = services().published.files, required()
    if number == FILES:
        return files

    def reading(connection: Connection) -> WordingSet | None:
        row = read_row(connection, number)
        if row is None:
            return None
        languages = [completed(file, files, needed) for file in files_of(connection, number, files)]
        return set_of_completed(number, row.version, languages, files)

    return read(reading)


def publishers() -> list[str]:
    """The addresses of the people who may publish. Raises SQLAlchemyError."""
    return [person.email for person in people().all() if includes(person.role, PUBLISHER)]


def read_number(text: str | None) -> int | None:
    """The number of a version in an address or a form; None where there is none."""
    given = text or ""
    is_number = given.isascii() and given.isdecimal() and len(given) <= MOST_DIGITS
    return int(given) if is_number else None
