"""Time until a visitor can use the first question, and what it takes, beside a plain page and other ways to ask it.

    python bench/first_question.py [--rounds 9] [--folder artifacts/first-question]

On "Slow 4G" and a CPU that is slowed four times, each visit by a browser that has never been there. All are measured in
turns in one run. Fails when something can't be measured; an aim that is missed is only said.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import peers
from chromium import Chromium, NotMeasured
from measure import machine, table
from slow_link import SlowLink, Speed, Way
from visit import Measured, Visit

from wizard.embed.options import Options
from wizard.embed.snippet import element_snippet, frame_snippet

TITLE = "Deployment Wizard"
SLOWDOWN = 4
# A busy machine slows both what is slowed and what is not: it may take some visits to see the difference.
SLOWED_ENOUGH = SLOWDOWN / 2
PROOFS = 6
AHEAD_MS = 50
KB = 1000


@dataclass(frozen=True)
class Case:
    """A page to visit. What is at `host` is somebody else's page around it, whose requests and bytes don't count."""

    name: str
    address: str
    host: str = ""
    framed: bool = False


@dataclass(frozen=True)
class Figures:
    """What all visits to a page came to."""

    visits: Sequence[Measured]
    requests: int
    bytes: int

    @property
    def ms(self) -> float:
        """The median time until the question could be used."""
        return median(visit.usable_ms for visit in self.visits)

    def to(self, other: "Figures") -> float:
        """The median of each round's ratio of the times."""
        return median(own.usable_ms / its.usable_ms for own, its in zip(self.visits, other.visits, strict=True))


@dataclass(frozen=True)
class Pages:
    """All that is visited, and the ways there."""

    cases: Sequence[Case]
    ways: Sequence[Way]


def main() -> None:
    """Measure each case in turns, and print a table and what each aim came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--folder", type=Path, default=Path("artifacts/first-question"))
    given = parser.parse_args()
    try:
        with pages(given.folder, Speed()) as found, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            print(f"{machine()}; {told_of(Speed())}; {given.rounds} rounds\n")
            with Chromium(Path(profile)) as browser:
                figures = measured(browser, found, given.rounds)
    except NotMeasured as problem:
        sys.exit(f"Not measured: {problem}")
    print(in_a_table(figures), "\n")
    for line in aims(figures):
        print(line)


def told_of(speed: Speed) -> str:
    """The conditions, in words."""
    return (
        f"{speed.round_trip_ms:.0f} ms a round trip, {speed.set_up_round_trips} to connect, "
        f"{speed.down_kbps:.0f} kbit/s down, {speed.up_kbps:.0f} up, CPU slowed {SLOWDOWN} times"
    )


@contextmanager
def pages(folder: Path, speed: Speed) -> Iterator[Pages]:
    """Everything served, over the slow link, while the context lasts."""
    python, node_modules = peers.install(folder.resolve())
    with ExitStack() as stack:
        static = stack.enter_context(peers.Static().running())
        link = stack.enter_context(SlowLink(speed))
        ports = (peers.free_port(), peers.free_port(), static.port, static.port)
        wizard, formtools, others, host = ways = [link.to(port) for port in ports]
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(peers.wizard(wizard.server_port, logs, wizard.origin, host.other_site))
        stack.enter_context(peers.formtools(formtools.server_port, logs, python))
        snippets = {
            "element": element_snippet(wizard.origin, Options(), TITLE),
            "frame": frame_snippet(wizard.origin, Options(), TITLE),
        }
        static.add_pages(node_modules, {**snippets, "peers": others.origin})
        alone = {"wizard": f"{wizard.origin}/", "django-formtools": f"{formtools.origin}/"}
        yield Pages(cases(alone, others.origin, host.other_site), ways)


def cases(alone: Mapping[str, str], others: str, host: str) -> Sequence[Case]:
    """What is visited: each by itself, then each as marketing would have it, in a page of another site."""
    return (
        Case("plain page", f"{others}/plain.html"),
        *(Case(name, address) for name, address in alone.items()),
        Case("Formbricks", f"{others}/formbricks.html"),
        Case("SurveyJS", f"{others}/surveyjs.html"),
        Case("plain page, in an iframe", f"{host}/host-plain.html", host, framed=True),
        Case("wizard, in an iframe", f"{host}/host-frame.html", host, framed=True),
        Case("wizard, in its element", f"{host}/host-element.html", host, framed=True),
        # Their scripts come from a site of their own, as the wizard does; the question is in the host's page.
        Case("Formbricks, in a page", f"{host}/formbricks.html", host),
        Case("SurveyJS, in a page", f"{host}/surveyjs.html", host),
    )


def measured(browser: Chromium, found: Pages, rounds: int) -> dict[str, Figures]:
    """The figures of each case by its name. A round before the first warms the servers, and proves the slowing."""
    for case in found.cases:
        proofs = (once(browser, found, case, with_slowdown=True).slowed for _ in range(PROOFS))
        if not any(slowed >= SLOWED_ENOUGH for slowed in proofs):
            raise NotMeasured(f"the CPU was not slowed for: {case.name}")
    visits: dict[str, list[Measured]] = {case.name: [] for case in found.cases}
    for turn in range(rounds):
        first = turn % len(found.cases)
        for case in (*found.cases[first:], *found.cases[:first]):
            visits[case.name].append(once(browser, found, case))
    return {case.name: figures_of(case, visits[case.name]) for case in found.cases}


def once(browser: Chromium, found: Pages, case: Case, *, with_slowdown: bool = False) -> Measured:
    """One visit. Raises NotMeasured where the link was not slow, or where browser and link count differently."""
    before = sum(way.received_bytes for way in found.ways)
    visit = Visit(browser, SLOWDOWN).measure(case.address, framed=case.framed, with_slowdown=with_slowdown)
    carried, received = sum(way.received_bytes for way in found.ways) - before, sum(size for _, size in visit.received)
    if carried != received:
        raise NotMeasured(f"{case.name}: the link carried {carried} bytes, the browser received {received}")
    # The browser may begin to connect a moment before what it tells is the beginning.
    if visit.first_byte_ms < Speed().first_byte_ms - AHEAD_MS:
        raise NotMeasured(f"{case.name}: the first byte came after {visit.first_byte_ms} ms")
    return visit


def figures_of(case: Case, visits: Sequence[Measured]) -> Figures:
    """What the visits came to, without the page around."""
    own = [
        [size for address, size in visit.received if not (case.host and address.startswith(f"{case.host}/"))]
        for visit in visits
    ]
    return Figures(visits, requests=max(map(len, own)), bytes=max(map(sum, own)))


def in_a_table(figures: dict[str, Figures]) -> str:
    """All figures, each beside the plain page's of its kind."""
    rows = []
    for name, own in figures.items():
        floor = figures["plain page, in an iframe" if ", in " in name else "plain page"]
        times = sorted(visit.usable_ms for visit in own.visits)
        spread = f"{times[0]:,.0f} to {times[-1]:,.0f}"
        rows.append((name, f"{own.ms:,.0f}", spread, f"{own.to(floor):.2f}", f"{own.requests}", f"{own.bytes:,}"))
    return table(("", "usable, ms", "spread", "to a plain page", "requests", "bytes"), rows)


def aims(figures: Mapping[str, Figures]) -> Iterator[str]:
    """Each aim, whether it was met, and by what."""
    alone, element = figures["wizard"], figures["wizard, in its element"]
    plain, framed = figures["plain page"], figures["plain page, in an iframe"]
    formbricks, beside = figures["Formbricks"], figures["Formbricks, in a page"]
    for what, found, most in (
        ("time by itself, to the plain page's", alone.to(plain), 1.15),
        ("time in its element, to the plain page's in an iframe", element.to(framed), 1.15),
        ("time in an iframe, to the plain page's in one", figures["wizard, in an iframe"].to(framed), 1.15),
        ("time by itself, to Formbricks'", alone.to(formbricks), 0.5),
        ("time in its element, to Formbricks' in a page", element.to(beside), 0.5),
        ("bytes in its element, to Formbricks'", element.bytes / beside.bytes, 0.5),
        ("KB in its element", element.bytes / KB, 9),
    ):
        yield f"{'met' if found <= most else 'MISSED'}: {what}: {found:.2f}, aim {most:g}"
    yield f"the plain page's own times to Formbricks': {plain.to(formbricks):.2f}, in an iframe {framed.to(beside):.2f}"


if __name__ == "__main__":
    main()
