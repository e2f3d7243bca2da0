"""What a PO file was made from, so that an import takes only what a translator has changed.

The export says in a header which version, which draft and when. The edits of a draft are never deleted, so the texts of
that moment are known. Tools that drop the header leave an import that compares with the texts of today.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from wizard.drafts.history import files_of
from wizard.questionnaire.wording_set import WordingSet
from wizard.storage.studio_tables import draft_edits
from wizard.translations.po_import import PoFile
from wizard.wording_versions.store import read_row

HEADER = "X-Wizard-Texts"
FIRST = 'msgstr ""\n'


@dataclass(frozen=True, slots=True)
class PoBase:
    """The texts that a PO file was made from: version `number` by its `reference`, with a draft's edits at `at_ms`."""

    number: int
    reference: str
    draft_id: str
    at_ms: int

    def written_to(self, content: bytes) -> bytes:
        """The PO file `content` with this as a header."""
        line = f'"{HEADER}: {self.number} {self.reference} {self.draft_id} {self.at_ms}\\n"\n'
        return content.replace(FIRST.encode(), (FIRST + line).encode(), 1)


def base_of(file: PoFile) -> PoBase | None:
    """What the header says; None where it is missing, or was changed."""
    parts = file.headers.get(HEADER, "").split()
    if len(parts) != len(PoBase.__slots__) or not all(part.isascii() for part in parts):
        return None
    number, reference, draft_id, at_ms = parts
    if not (number.isdecimal() and at_ms.isdecimal() and len(number) < 10 and len(at_ms) < 16):  # noqa: PLR2004
        return None
    return PoBase(int(number), reference, draft_id, int(at_ms))


def base_texts(connection: Connection, base: PoBase, locale: str, files: WordingSet) -> Mapping[str, str] | None:
    """The texts of a language that a PO file was made from; None where its version is not in this log."""
    version = read_row(connection, base.number)
    if base.reference != (version.version if version else files.version) or (base.number and not version):
        return None
    file = next((file for file in files_of(connection, base.number, files) if file.locale == locale), None)
    texts = dict(file.texts if file else {})
    row = draft_edits.c
    edits = select(row.key, row.text).where(row.draft_id == base.draft_id, row.locale == locale, row.is_applied == 1)
    for key, text in connection.execute(edits.where(row.at_ms <= base.at_ms).order_by(row.key, row.revision)):
        if text is not None:
            texts[key] = text
        elif file and key in file.texts:
            texts[key] = file.texts[key]
        else:
            texts.pop(key, None)
    return texts
