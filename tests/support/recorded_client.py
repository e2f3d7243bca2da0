"""A test client, and the events and counts that its requests have added to the log."""

from collections import Counter
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import select
from support import Client, counted

from wizard.app import recorder_of
from wizard.events.log import Log
from wizard.events.model import KINDS
from wizard.events.projection import JourneyRow, StepRow
from wizard.storage import schema


@dataclass
class Watched:
    """An application, a client of it, and its log."""

    app: Flask
    client: Client
    seen: set[str] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)

    @property
    def log(self) -> Log:
        return recorder_of(self.app).log

    def news(self) -> list[str]:
        """The events since the last call, each as its name and step."""
        events = [event for event in self.log.read() if event.event_id not in self.seen]
        events.sort(
            key=lambda event: (
                event.context.ts_ms,
                event.context.turn,
                not event.begins_turn,
                list(KINDS).index(event.name),
            )
        )
        self.seen |= {event.event_id for event in events}
        return [" ".join([event.name, *filter(None, [getattr(event, "step", "")])]) for event in events]

    def counts(self) -> dict[str, int]:
        """The ledger's counts since the last call, by outcome and reason."""
        now = counted(self.app)
        since, self.counted = now - self.counted, now
        assert since.pop("received", 0) == sum(since.values()), "the ledger does not balance"
        return dict(since)

    def journeys(self) -> list[JourneyRow]:
        """The journeys, in the order in which they began."""
        found = select(schema.journeys).order_by(schema.journeys.c.began_ms)
        with self.log.database.reader.connect() as connection:
            return [JourneyRow(**row) for row in connection.execute(found).mappings()]

    def step(self, name: str) -> StepRow:
        """The one journey's row of the step `name`."""
        found = select(schema.journey_steps).where(schema.journey_steps.c.step == name)
        with self.log.database.reader.connect() as connection:
            return StepRow(**connection.execute(found).mappings().one())

    def forget(self) -> None:
        """Skip all events and counts so far."""
        self.news()
        self.counts()
