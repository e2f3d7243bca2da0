"""The subscribers that the settings ask for."""

from wizard.config import Settings
from wizard.subscribers.subscriber import Subscriber


def subscribers_of(_settings: Settings) -> list[Subscriber]:
    """One for each module that the settings turn on."""
    return []
