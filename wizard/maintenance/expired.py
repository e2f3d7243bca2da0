"""Deletes rows of the dashboard's tables, and of the log's small ones, when their time has come."""

from sqlalchemy import Connection, delete, func

from wizard.events.admission import DAY_MS
from wizard.events.erasures import KEPT_DAYS as MARKS_KEPT_DAYS
from wizard.events.refused_frames import KEPT_DAYS as FRAMES_KEPT_DAYS
from wizard.storage.dashboard_tables import notes, shared_views, sign_ins
from wizard.storage.schema import erasures, refused_frames

KEPT_MS = 90 * DAY_MS
"""How long sign-ins are kept after their last possible use, links to shared views after their end, and notes after they
were removed."""


def delete_expired(connection: Connection, now_ms: int) -> None:
    """Delete all that is kept for a fixed time only, and is older at `now_ms`. Raises SQLAlchemyError."""
    delete_old_sign_ins(connection, now_ms)
    delete_old_shared_views(connection, now_ms)
    delete_old_notes(connection, now_ms)
    connection.execute(delete(refused_frames).where(refused_frames.c.day_ms < now_ms - FRAMES_KEPT_DAYS * DAY_MS))
    connection.execute(delete(erasures).where(erasures.c.erased_ms < now_ms - MARKS_KEPT_DAYS * DAY_MS))


def delete_old_sign_ins(connection: Connection, now_ms: int) -> None:
    """Delete sign-in links and sessions that could last be used `KEPT_MS` ago."""
    last_ms = func.coalesce(sign_ins.c.last_ms, sign_ins.c.expires_ms)
    connection.execute(delete(sign_ins).where(last_ms < now_ms - KEPT_MS))


def delete_old_shared_views(connection: Connection, now_ms: int) -> None:
    """Delete links to shared views that expired or were revoked `KEPT_MS` ago."""
    ended_ms = func.coalesce(shared_views.c.revoked_ms, shared_views.c.expires_ms)
    connection.execute(delete(shared_views).where(ended_ms < now_ms - KEPT_MS))


def delete_old_notes(connection: Connection, now_ms: int) -> None:
    """Delete notes that were removed `KEPT_MS` ago."""
    connection.execute(delete(notes).where(notes.c.removed_ms < now_ms - KEPT_MS))
