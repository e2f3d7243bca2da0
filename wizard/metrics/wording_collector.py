"""Which version of the texts this server serves, and in which languages."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from wizard.wording_versions.published import PublishedWording


@dataclass(eq=False)  # a registry keeps them by identity
class WordingCollector(Collector):
    """The newest published version, as this process has read it: it looks as often as a worker does."""

    published: PublishedWording

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The version; nothing until the log has been read once."""
        if not self.published.is_read:
            return
        current = self.published.current
        served = GaugeMetricFamily(
            "wizard_wording_info",
            "Languages that are served, with the version of their texts.",
            labels=["locale", "version"],
        )
        for locale in current.wordings:
            served.add_metric([locale, current.version], 1)
        yield served
        yield GaugeMetricFamily(
            "wizard_wording_version_number",
            "Number of the published version of the texts that is served; 0 for the installation's files.",
            current.number,
        )
