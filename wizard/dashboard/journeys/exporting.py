"""Exports a selection: its journeys or their events, in one of the formats of `wizard export`."""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select
from sqlalchemy.exc import SQLAlchemyError

from wizard.analytics.selection import Selection
from wizard.dashboard.journeys.encoders import Gzip, Plain
from wizard.dashboard.journeys.paging import in_order
from wizard.dashboard.journeys.streaming import Channel, Gone, Stream
from wizard.errors import WizardError
from wizard.events.rows import within
from wizard.maintenance.export import EVENTS, FORMATS, JOURNEYS, Layout, Record
from wizard.storage.by_store import ConditionByStore, streamed
from wizard.storage.migrate import cause
from wizard.storage.readings import Readings
from wizard.storage.schema import events, journeys

LOG = logging.getLogger("wizard.growth")
ROWS_AT_ONCE = 1000
AT_ONCE = 2
"""How many may be under way in a process: each keeps one of its few threads, and visitors need the others."""

LAYOUTS: Mapping[str, Layout] = {"journeys": JOURNEYS, "events": EVENTS}

_free = threading.BoundedSemaphore(AT_ONCE)


class Busy(WizardError):
    """As many exports as there may be are under way."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is asked for: `journeys` or `events` of a selection, in a format, and by whose session.

    `reference` is the id of the request that asks, and `session` what the server's log calls that session.
    """

    selection: Selection
    what: str
    form: str
    reference: str
    session: str

    def noted(self) -> dict[str, object]:
        """What the server's log says of it: of the filters only which there are, since their values are of visits."""
        span = self.selection.span
        filters = {*self.selection.filters, *(name for name, _ in self.selection.conditions)}
        return {
            "request_id": self.reference,
            "session": self.session,
            "what": self.what,
            "format": self.form,
            "since": str(span.first),
            "until": str(span.last),
            "filters": sorted(filters),
            "suspects": self.selection.suspects,
        }

    @property
    def filename(self) -> str:
        """What it is called, such as `wizard-journeys-2026-11-01-to-2026-11-28.csv`."""
        span = self.selection.span
        return f"wizard-{self.what}-{span.first}-to-{span.last}.{self.form}"


def begin(readings: Readings, export: Export, *, compressed: bool) -> Stream:
    """The export as it is sent, as of this moment. Raises Busy, and SQLAlchemyError where it can't begin."""
    if not _free.acquire(blocking=False):
        raise Busy("as many exports as there may be are under way")
    return Stream(
        Gzip() if compressed else Plain(),
        lambda channel: _write_logged(readings, export, channel),
        on_close=_free.release,
    )


def _write_logged(readings: Readings, export: Export, channel: Channel) -> None:
    """Write it, and log when it begins and ends, whether it failed, and how many rows were written."""
    about = export.noted()
    rows = _Counter()
    LOG.info("an export began", extra=about)
    try:
        _write(readings, export, channel, rows)
    except Gone:
        LOG.info("the client closed an export before its end", extra={**about, "rows": rows.count})
        raise
    except SQLAlchemyError as error:
        # Without its text, which holds the values.
        LOG.error("an export broke off (%s)", cause(error), extra={**about, "rows": rows.count})  # noqa: TRY400
        raise
    except Exception:
        LOG.exception("an export broke off", extra={**about, "rows": rows.count})
        raise
    LOG.info("an export was sent", extra={**about, "rows": rows.count})


class _Counter:
    """How many rows were written."""

    count = 0


def _write(readings: Readings, export: Export, channel: Channel, written: _Counter) -> None:
    with readings.snapshot() as connection:
        statement = STATEMENTS[export.what](connection, export.selection)
        with streamed(connection, statement, ROWS_AT_ONCE) as rows:
            first = list(islice(rows, 1))  # before anything is sent, so that a failure here is answered with a page
            records = _while_taken(channel, chain(first, rows), written)
            form = FORMATS[export.form]
            write = form.write_download or form.write
            write(records, channel, LAYOUTS[export.what])  # type: ignore[arg-type]  # all they use


def _while_taken(channel: Channel, records: Iterable[Any], written: _Counter) -> Iterator[Record]:
    for record in records:
        if channel.is_left:
            raise Gone("what is sent is no longer taken")
        written.count += 1
        yield record


def _journeys(_: Connection, selection: Selection) -> Select[Any]:
    return in_order(selection)


def _events(connection: Connection, selection: Selection) -> Select[Any]:
    """The events of the journeys of a selection, in the order of `wizard export`.

    They are read by their times, from when the first of those journeys can have begun until the last of them ended.
    """
    until_ms = connection.execute(select(func.max(journeys.c.last_ms)).where(*selection.where_by_time())).scalar_one()
    own = events.c
    is_selected = ConditionByStore(
        rows=exists().where(journeys.c.journey_id == own.journey_id, *selection.where()).correlate(events),
        columns=own.journey_id.in_(select(journeys.c.journey_id).where(*selection.where_by_time())),
    )
    bounds = within(own.ts_ms, selection.span.period.since_ms, (until_ms or 0) + 1)
    return select(events).where(*bounds, is_selected).order_by(own.ts_ms, own.event_id)


STATEMENTS = {"journeys": _journeys, "events": _events}
