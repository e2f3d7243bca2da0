"""What commands do with the warehouse: migrate it, and compare it with the log."""

from collections.abc import Sequence
from dataclasses import asdict

import click
from sqlalchemy.exc import SQLAlchemyError

from wizard.commands.options import several
from wizard.commands.terminal import echo_json
from wizard.config import Settings
from wizard.events.log import Log
from wizard.events.periods import Period
from wizard.storage.warehouse import Warehouse, WarehouseError, open_warehouse
from wizard.text_table import text_table
from wizard.warehouse.migrate import migrate, reason, require_current
from wizard.warehouse.recount import Comparison, Day, compare
from wizard.warehouse.repair import repair
from wizard.warehouse.tables import REPLACED

NAMED = 10
HEADINGS = ("day (UTC)", *(f"{name.replace('_', ' ')}{where}" for name in REPLACED for where in ("", " copied")))


def migrate_warehouse(address: str) -> None:
    """Migrate the tables of the warehouse at this address. Raises WarehouseError."""
    warehouse = open_warehouse(address)
    try:
        before, after = migrate(warehouse)
    finally:
        warehouse.dispose()
    if before == after:
        click.echo(f"The warehouse's tables are already at version {after}.")
    elif before:
        click.echo(f"Migrated the warehouse's tables from version {before} to {after}.")
    else:
        click.echo(f"Made the warehouse's tables, at version {after}.")


def compare_with_warehouse(settings: Settings, log: Log, period: Period, *, as_json: bool, is_repaired: bool) -> None:
    """Print what the log and the warehouse have of each day. Raises WarehouseError where they differ.

    With `is_repaired`, the journeys that differ are copied again, by the process that ships.
    """
    if not settings.warehouse_url:
        raise WarehouseError("--warehouse: given without a warehouse; allowed where WIZARD_WAREHOUSE_URL is set")
    warehouse = open_warehouse(settings.warehouse_url)
    require_current(warehouse)
    found = _compared(log, warehouse, period)
    if as_json:
        echo_json({"equal": not found.wrong, **asdict(found)})
    else:
        _print(found)
    if found.wrong and is_repaired and repair(log.database, found.wrong):
        click.echo(f"{several(len(found.wrong), 'journey')} will be copied again.", err=True)
    elif found.wrong:
        raise WarehouseError(_error(found))
    elif not as_json:
        click.echo("\nEqual: all journeys without pending changes are in the warehouse as they are in the log.")


def _compared(log: Log, warehouse: Warehouse, period: Period) -> Comparison:
    try:
        warehouse.probe()
    except SQLAlchemyError as error:
        raise WarehouseError(
            f"WIZARD_WAREHOUSE_URL: the warehouse {warehouse.name} can't be read ({reason(error)})"
        ) from error
    try:
        return compare(log.database, warehouse, period)
    finally:
        warehouse.dispose()


def _print(found: Comparison) -> None:
    if found.days:
        rows = [HEADINGS, *(_cells(day) for day in found.days)]
        click.echo(text_table(rows, numbers=True))
    else:
        click.echo("No rows in the log or in the warehouse for this period.")
    if found.pending:
        click.echo(f"\n{several(found.pending, 'journey')} with changes that are not in the warehouse yet.")


def _cells(day: Day) -> Sequence[str]:
    counts = (f"{figures[name]:,}" for name in REPLACED for figures in (day.log, day.warehouse))
    return (day.date, *counts)


def _error(found: Comparison) -> str:
    kinds = {"missing": found.missing, "not in the log": found.extra, "different": found.different}
    texts = (
        f"{len(ids):,} {kind} ({', '.join(ids[:NAMED])}{', …' if len(ids) > NAMED else ''})"
        for kind, ids in kinds.items()
        if ids
    )
    return (
        f"the warehouse differs from the log: {'; '.join(texts)}; "
        "to copy these journeys again, run: wizard ledger --warehouse --repair"
    )
