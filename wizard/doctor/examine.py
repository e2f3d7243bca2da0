"""Runs all checks of an installation from inside, or of an address from outside."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from wizard.config import Settings, read_settings
from wizard.doctor import (
    connection,
    disks,
    keeping,
    log,
    openid_provider,
    proxy,
    running_version,
    settings,
    warehouse,
    wording,
)
from wizard.doctor.fetching import Unreachable
from wizard.doctor.finding import Finding, one_line, problem, warning
from wizard.doctor.installation import Installation
from wizard.doctor.site import Site
from wizard.errors import WizardError

S = TypeVar("S")
Check = Callable[[S], Finding]

INSIDE: Mapping[str, Check[Installation]] = {
    "settings": settings.variables,
    "keys": settings.keys,
    "public-url": settings.public_url,
    "dashboard-url": settings.dashboard_url,
    "trusted-proxies": settings.trusted_proxies,
    "embed-origins": settings.embed_origins,
    "time-zone": settings.time_zone,
    "rate-limit-store": settings.rate_limit_store,
    "openid-provider": openid_provider.openid_provider,
    "log": log.log,
    "schema": log.schema,
    "versions": log.versions,
    "log-clock": log.log_clock,
    "log-disk": disks.log_disk,
    "backup": keeping.backup,
    "retention": keeping.retention,
    "wording": wording.wording,
    "subscribers": keeping.subscribers,
    "warehouse": warehouse.warehouse,
    "journals": log.journals,
    "journal-folder": disks.journal_folder,
    "journal-disk": disks.journal_disk,
}
"""Each check from inside, by the name that its finding has."""

CONNECTION: Mapping[str, Check[Site]] = {
    "server": connection.server,
    "tls": connection.tls,
    "http-redirect": connection.http_redirect,
}
"""The checks from outside that say something even if no wizard answers."""

ANSWERS: Mapping[str, Check[Site]] = {
    "hsts": connection.hsts,
    "clock": connection.clock,
    "readiness": proxy.readiness,
    "forwarding": proxy.forwarding,
    "address": proxy.address,
    "path": proxy.path,
    "frames": proxy.frames,
    "caching": proxy.caching,
    "forged-headers": proxy.forged_headers,
    "underscore-headers": proxy.underscore_headers,
    "running-version": running_version.running_version,
    "served-wording": wording.served_wording,
}
"""The checks from outside of what a wizard answers."""


def examine_installation(environ: Mapping[str, str]) -> tuple[Sequence[Finding], Settings | None]:
    """What the checks from inside find, with the settings of `environ`; and the settings, if they can be read."""
    try:
        found = Installation(read_settings(environ), environ)
    except WizardError as error:
        advice = "Correct the setting: docs/settings.md has what is allowed. Nothing else was checked from inside."
        return [problem("settings", f"{one_line(error, 600)}.", advice)], None
    return list(_run(INSIDE, found)), found.settings


def examine_site(site: Site) -> Sequence[Finding]:
    """What the checks from outside find."""
    findings = list(_run(CONNECTION, site))
    if findings[0].result == "ok":
        findings += _run(ANSWERS, site)
    return findings


def _run(checks: Mapping[str, Check[S]], subject: S) -> Iterator[Finding]:
    """What each check finds. One that fails does not end the others."""
    for name, check in checks.items():
        try:
            yield check(subject)
        except Unreachable as error:
            yield warning(name, f"No answer came ({one_line(error)}).", "Try again.")
        except (OSError, WizardError) as error:
            yield problem(name, f"This can't be checked ({one_line(error)}).", "Run this as the server's user.")
