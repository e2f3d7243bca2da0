"""What is looked up when metrics are asked for: the journals of this machine, the ledger, the version."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from shutil import disk_usage

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from wizard import __version__
from wizard.clock import Clock
from wizard.config import Settings
from wizard.events.ledger import COLUMNS
from wizard.intake.ingest_status import Status, read_status
from wizard.intake.journal_depth import Depth, journal_depths
from wizard.metrics.ledger_reader import LedgerReader
from wizard.questionnaire.questions import QUESTIONS
from wizard.storage.log_state import LogState
from wizard.storage.schema import VERSION

OUTCOMES = tuple(name for name in COLUMNS if name != "present")
"""Without the recount of stored events, which `wizard ledger` does."""


READABLE = "1 if the journals of this machine can be read."


def gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    """A metric with one value."""
    return GaugeMetricFamily(name, meaning, value)


@dataclass(eq=False)  # a registry keeps them by identity
class JournalCollector(Collector):
    """What waits in the journals of this machine."""

    settings: Settings
    clock: Clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The metrics of the journals; without those that can't be read."""
        folder = self.settings.spool_dir
        status = read_status(folder)
        yield gauge(
            "wizard_log_writable", "1 if the log could be written at the last attempt.", float(not status.cause)
        )
        yield gauge(
            "wizard_log_written_timestamp_seconds",
            "When all events of this machine were last in the log, since the epoch.",
            status.written_ms / 1000,
        )
        try:
            depths = journal_depths(folder, status, self.settings.journal_bytes)
            disk_free_bytes = disk_usage(folder).free
        except OSError:
            yield gauge("wizard_journal_readable", READABLE, 0)
            return
        yield gauge("wizard_journal_readable", READABLE, 1)
        yield gauge(
            "wizard_journal_disk_free_bytes", "Free space of the disk that the journals are on.", disk_free_bytes
        )
        yield from self._of(depths, status)

    def _of(self, depths: Sequence[Depth], status: Status) -> Iterator[GaugeMetricFamily]:
        yield gauge(
            "wizard_journal_waiting_events",
            "Events in the journals of this machine that are not in the log yet.",
            sum(depth.events for depth in depths),
        )
        yield gauge(
            "wizard_journal_waiting_bytes",
            "Size of what waits in the journals of this machine.",
            sum(depth.waiting_bytes for depth in depths),
        )
        yield gauge(
            "wizard_journal_oldest_event_age_seconds",
            "How long the oldest event has been waiting in a journal of this machine; 0 if none waits.",
            self._age_seconds(depths, status),
        )
        if free := [depth.free_bytes for depth in depths if depth.is_in_use]:
            yield gauge(
                "wizard_journal_free_bytes",
                "Space left in the fullest journal of a running worker, before events are lost.",
                min(free),
            )

    def _age_seconds(self, depths: Sequence[Depth], status: Status) -> float:
        """How long the oldest event waits. Where no line tells, it is younger than the last complete batch."""
        now_ms = self.clock()
        since = [depth.oldest_ms or status.written_ms or now_ms for depth in depths if depth.events]
        return max([0, *(now_ms - ms for ms in since)]) / 1000


@dataclass(eq=False)  # a registry keeps them by identity
class LedgerCollector(Collector):
    """The ledger, as `wizard ledger` shows it in total, and what is done to keep the log."""

    reader: LedgerReader

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The ledger's counts; without them where the log can't be read."""
        ledger = self.reader.read()
        yield gauge("wizard_log_readable", "1 if the log could be read in time.", float(ledger is not None))
        if ledger is None:
            return
        outcomes = GaugeMetricFamily(
            "wizard_ledger_events",
            "Events in the ledger by outcome, of all days and of all servers that share the log.",
            labels=["outcome"],
        )
        for outcome in OUTCOMES:
            outcomes.add_metric([outcome], getattr(ledger.total, outcome))
        yield outcomes
        rejected = GaugeMetricFamily(
            "wizard_ledger_rejected_events", "Rejected events in the ledger by reason.", labels=["reason"]
        )
        for reason, events in ledger.reasons.items():
            rejected.add_metric([reason], events)
        yield rejected
        if self.reader.state:
            yield from upkeep_metrics(self.reader.state)


def upkeep_metrics(state: LogState) -> Iterator[GaugeMetricFamily]:
    """When the newest backup was recorded, and the retention last applied; without what has not happened."""
    if state.backup_ms is not None:
        yield gauge(
            "wizard_backup_timestamp_seconds",
            "When the newest backup of the log was recorded, since the epoch.",
            state.backup_ms / 1000,
        )
    if state.retention_ms is not None:
        yield gauge(
            "wizard_retention_timestamp_seconds",
            "When all that is older than the retention was last erased, since the epoch.",
            state.retention_ms / 1000,
        )


class BuildCollector(Collector):
    """What is running."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The versions, each as a label of a metric that is always 1."""
        build = GaugeMetricFamily(
            "wizard_build_info",
            "Versions of the code, the log's tables and the flow.",
            labels=["version", "schema", "flow"],
        )
        build.add_metric([__version__, VERSION, QUESTIONS.version], 1)
        yield build
