"""The subscribers that the settings ask for."""

from wizard.config import Settings
from wizard.subscribers.subscriber import Subscriber


def subscribers_of(settings: Settings) -> list[Subscriber]:
    """One for each module that the settings turn on."""
    found: list[Subscriber] = []
    if settings.warehouse_url:
        from wizard.subscribers.warehouse import WarehouseSubscriber

        found.append(WarehouseSubscriber(settings.warehouse_url))
    return found
