"""Drafts and versions of an application, for tests of the studio's pages."""

from collections.abc import Mapping

from drafting import ANNA, saved
from flask import Flask
from support import Client, Page

from wizard.app import recorder_of
from wizard.drafts.model import Draft, NewText
from wizard.drafts.store import Drafts
from wizard.translations.status import source_hash
from wizard.web.services import services

EDITOR, PUBLISHER = "editor@example.com", "publisher@example.com"


def begin(app: Flask, title: str, texts: Mapping[tuple[str, str], str], who: str = ANNA) -> Draft:
    """A new draft with these texts, over the newest version."""
    current, store = services(app), Drafts(recorder_of(app).log.database, services(app).clock)
    published = current.published.current
    draft = store.begin(title, who)
    for (locale, key), text in texts.items():
        file, source = published.file(locale), published.source
        english = source.texts.get(key) if source and locale != "en" else None
        made_from = source_hash(english) if english else None
        saved(
            store, draft.draft_id, NewText(locale, key, text, 0, file.texts.get(key) if file else None, made_from), who
        )
    return draft


def submit(client: Client, page: Page, action: str, **fields: str) -> Page:
    """Send the form of `page` with this `action`, and follow where it leads."""
    [form] = page.all(f'form[action="{action}"]')
    given = {str(field["name"]): str(field.get("value", "")) for field in form.select("input")}
    return Page(client.post(action, data=given | fields, follow_redirects=True))


def published_text(app: Flask, locale: str, key: str) -> str:
    """The text that visitors read."""
    return services(app).published.current.wording(locale).texts[key]
