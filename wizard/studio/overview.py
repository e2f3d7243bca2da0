"""What the studio's first page shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wizard.drafts.model import State
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.languages import english_name
from wizard.questionnaire.wording_set import WordingSet
from wizard.studio.draft_address import path_of
from wizard.studio.draft_texts import drafts, required
from wizard.studio.times import when
from wizard.translations.status import statuses
from wizard.web.services import services
from wizard.wording_versions.store import Version, read_versions

MOST_VERSIONS = 5
MOST_DISCARDED = 10
KINDS: Mapping[str, str] = {"publish": "Published", "rollback": "Rolled back", "import": "Imported"}


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft in the list. `told` says who began it and who changed it last."""

    draft_id: str
    title: str
    href: str
    changes: str
    told: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A published version in the list."""

    number: int
    kind: str
    note: str
    told: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """What waits in a language: how many texts are missing or stale, and whether it was reviewed; None in English."""

    name: str
    missing: int
    stale: int | None
    is_reviewed: bool | None
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The values of the page. `number` is that of today's version; 0 is the installation's files."""

    number: int
    drafts: tuple[DraftRow, ...]
    discarded: tuple[DraftRow, ...]
    versions: tuple[VersionRow, ...]
    languages: tuple[LanguageRow, ...]
    files_changed: bool


def overview() -> Overview:
    """The page as it is now."""
    texts, versions = services().wording_set(), _versions()
    files = services().published.files
    current = next((version for version in versions if version.number == texts.number), None)
    return Overview(
        number=texts.number,
        drafts=tuple(_drafts("open")),
        discarded=tuple(_drafts("discarded"))[:MOST_DISCARDED],
        versions=tuple(_version(version, texts.number) for version in versions),
        languages=tuple(_languages(texts)),
        files_changed=current is not None and current.files_version != files.version,
    )


def _versions() -> tuple[Version, ...]:
    database = services().log.database

    def read() -> tuple[Version, ...]:
        with database.reader.connect() as connection:
            return read_versions(connection, most=MOST_VERSIONS)

    return with_timeout(read, TIMEOUT_SECONDS)


def _drafts(state: State) -> Iterator[DraftRow]:
    counts = drafts().counts()
    for draft in drafts().all(state):
        count = counts.get(draft.draft_id, 0)
        begun = f"Begun by {draft.made_by}, {when(draft.made_ms)}"
        changed = (
            f"; changed by {draft.changed_by}, {when(draft.changed_ms)}" if draft.changed_ms > draft.made_ms else ""
        )
        yield DraftRow(
            draft.draft_id,
            draft.title,
            path_of(draft.draft_id),
            "No changes yet" if not count else f"{count:,} {'change' if count == 1 else 'changes'}",
            begun + changed,
        )


def _version(version: Version, current: int) -> VersionRow:
    kind = KINDS.get(version.kind, version.kind.capitalize())
    return VersionRow(
        version.number,
        kind,
        version.note,
        f"{kind} by {version.who}, {when(version.at_ms)}",
        version.number == current,
    )


def _languages(texts: WordingSet) -> Iterator[LanguageRow]:
    for status in statuses(texts.folder, required()):
        yield LanguageRow(
            english_name(status.file.locale),
            status.missing,
            status.stale,
            status.reviewed,
            status.file.locale in texts.wordings,
        )
