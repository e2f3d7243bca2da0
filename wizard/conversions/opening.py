"""Opens the log that the settings name."""

from wizard.config import Settings
from wizard.conversions.database import LogError, open_database
from wizard.conversions.log import Log
from wizard.conversions.migrate import migrate, require_current
from wizard.questionnaire.questions import QUESTIONS


def open_log(settings: Settings) -> Log:
    """The log, its tables as this version works with them; on SQLite they are made so. Raises LogError."""
    database = open_database(settings.database_url, settings.durability)
    try:
        if database.is_sqlite:
            migrate(database)
        else:
            require_current(database)
    except LogError:
        database.dispose()
        raise
    return Log(database, tuple(step.name for step in QUESTIONS.steps))
