"""The attribution slots, each in one line: what the log keeps of where a visitor came from.

The columns of `events` and `journeys`, labels, exports, the form's hidden fields and the campaign tags that `/embed.js`
reads follow from them. A slot also needs a migration, and its row in docs/; tests name what is missing.
"""

from dataclasses import dataclass, field, fields


def slot(label: str, *, is_tag: bool = False, is_later: bool = True) -> str:
    """A field for a slot, which pages show under `label`.

    A tag is read from the query parameter of its name, and handed on to the destination. Only the slots of the log's
    first version are not `is_later`: every record has them.
    """
    made: str = field(default="", metadata={"label": label, "is_tag": is_tag, "is_later": is_later})
    return made


@dataclass(frozen=True, slots=True)
class Slots:
    """The value of each slot; an empty one is not known."""

    utm_source: str = slot("Source", is_tag=True, is_later=False)
    utm_medium: str = slot("Medium", is_tag=True, is_later=False)
    utm_campaign: str = slot("Campaign", is_tag=True, is_later=False)
    utm_term: str = slot("Term", is_tag=True, is_later=False)
    utm_content: str = slot("Content", is_tag=True, is_later=False)
    referrer_host: str = slot("Referrer", is_later=False)
    embed_origin: str = slot("Embedded at", is_later=False)
    embed_path: str = slot("On its page")

    def labelled(self) -> list[tuple[str, str]]:
        """The label and the value of each slot."""
        return [(each.metadata["label"], getattr(self, each.name)) for each in fields(Slots)]


ATTRIBUTION = tuple(each.name for each in fields(Slots))
CAMPAIGN_TAGS = tuple(each.name for each in fields(Slots) if each.metadata["is_tag"])
LATER = tuple(each.name for each in fields(Slots) if each.metadata["is_later"])
