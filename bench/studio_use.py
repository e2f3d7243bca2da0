"""Uses the studio of a server while visitors are measured: previews, texts of a draft, and published versions."""

# For scripts.
# ruff: noqa: INP001

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from urllib.parse import urlencode

from chromium import NotMeasured

from wizard.clock import system_ms
from wizard.config import read_settings
from wizard.drafts.model import NewText
from wizard.drafts.store import Drafts
from wizard.events.open_log import open_log
from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import SOURCE, WordingFile, read_folder
from wizard.visitor.preview_pages import pages
from wizard.wording_versions.store import NewVersion, add_version, newest_number

EACH_SECOND = 1.0
PUBLISH_EACH = 5
"""After how many seconds another version is published."""

TITLE = "questions.who.title"
WHO = "one@example.com"
HEADERS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "Host": "wizard.example"}


@dataclass
class Studio:
    """The studio of the server on `port`, whose settings are `environ`, for an editor who has the `cookie`."""

    port: int
    environ: Mapping[str, str]
    cookie: str
    turns: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self._database = open_log(read_settings(self.environ)).database
        self._drafts = Drafts(self._database, system_ms)
        self._draft = self._drafts.begin("Measured", WHO).draft_id
        self._pages = [page.id for page in pages(QUESTIONS, STRATEGY)]
        self._files = read_folder(bundled("wording"), required_texts(QUESTIONS, STRATEGY)).files
        self._seen = 0

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Each second, preview a page and save a text; each five, publish a version. Raises NotMeasured."""
        stop, failures = threading.Event(), list[BaseException]()

        def use() -> None:
            try:
                for turn in self.turns:
                    self._preview(turn)
                    self._save(turn)
                    if turn % PUBLISH_EACH == 0:
                        self._publish(turn)
                    if stop.wait(EACH_SECOND):
                        return
            except BaseException as error:  # noqa: BLE001  # raised below
                failures.append(error)

        thread = threading.Thread(target=use)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if failures:
            raise NotMeasured(f"the studio can't be used: {failures[0]!r}")

    def _preview(self, turn: int) -> None:
        connection = HTTPConnection("127.0.0.1", self.port)
        query = urlencode({"page": self._pages[turn % len(self._pages)], "locale": "de"})
        connection.request("GET", f"/studio/preview?{query}", headers={**HEADERS, "Cookie": self.cookie})
        if (response := connection.getresponse()).status != HTTPStatus.OK:
            raise NotMeasured(f"the preview answers {response.status}")
        response.read()
        connection.close()

    def _save(self, turn: int) -> None:
        saved = self._drafts.save(self._draft, NewText(SOURCE, TITLE, f"Question {turn}?", self._seen, ""), WHO)
        self._seen = saved.revision

    def _publish(self, turn: int) -> None:
        with self._database.writer.begin() as connection:
            new = NewVersion("publish", "", WHO, system_ms(), newest_number(connection), "")
            add_version(connection, [_titled(file, turn) for file in self._files], new, [])


def _titled(file: WordingFile, turn: int) -> WordingFile:
    """The file with another title of the first question."""
    return WordingFile(
        file.path, {**file.texts, TITLE: f"{file.texts[TITLE]} ({turn})"}, reviewed=file.reviewed, hashes=file.hashes
    )
