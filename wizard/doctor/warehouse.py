"""Checks from inside whether the warehouse answers on each of its servers, with the tables of this version."""

from clickhouse_connect.driver import Client

from wizard.doctor.finding import Finding, ok, one_line, problem
from wizard.doctor.installation import Installation
from wizard.storage.warehouse import UNUSABLE, Warehouse, WarehouseError, open_warehouse
from wizard.warehouse.migrate import reason, require_current


def warehouse(found: Installation) -> Finding:
    """Whether figures can be read from the warehouse, if there is one."""
    name = "warehouse"
    if not found.settings.warehouse_url:
        return ok(name, "Figures are read from the log.")
    opened = open_warehouse(found.settings.warehouse_url, connections=1)
    try:
        versions = _versions(opened)
        require_current(opened)
    except _Away as error:
        return problem(
            name,
            f"The warehouse does not answer at {error}.",
            "Start it, or correct WIZARD_WAREHOUSE_URL: its host, port, user and password.",
        )
    except WarehouseError as error:
        return problem(name, f"{one_line(error, 400)}.", "Run: wizard migrate, or install the newer version.")
    finally:
        opened.dispose()
    return ok(
        name, f"Figures are read from {opened.name} (ClickHouse {', '.join(versions)}; servers: {len(versions)})."
    )


class _Away(Exception):
    """A server does not answer; the message says which, and why."""


def _versions(opened: Warehouse) -> list[str]:
    """The version of each server. Raises _Away."""
    versions = []
    for url in opened.addressed:
        try:
            with opened.client(url) as client:
                versions.append(_version(client))
        except UNUSABLE as error:
            raise _Away(f"{url.host}:{url.port} ({reason(error)})") from error
    return versions


def _version(client: Client) -> str:
    return str(client.command("SELECT version()"))
