"""Checks from outside: what the proxy tells the wizard, and what it lets visitors tell it."""

import re
from urllib.parse import quote

from wizard.doctor.fetching import Answer, Unreachable
from wizard.doctor.finding import Finding, ok, one_line, problem, warning
from wizard.doctor.site import Site

NO_WIZARD = "https://no-wizard.invalid/"
FORGED_HOST = "forged.invalid"
FORGED_PREFIX = "/forged"
FORGED = {
    "X-Forwarded-Host": FORGED_HOST,
    "X-Forwarded-Prefix": FORGED_PREFIX,
}
WITH_UNDERSCORES = {name.replace("-", "_"): value for name, value in FORGED.items()}
"""The same headers to a Python application."""

FILE = re.compile(rb'(?:href|src)="([^"]*/static/[^"]+)"')
ADDRESS = re.compile(r"https?://[^\s\"<>]+")


def readiness(site: Site) -> Finding:
    """Whether visitors can be served, and their events stored."""
    name = "readiness"
    answer = site.get("/readyz")
    log, waiting = answer.json.get("log"), answer.json.get("waiting")
    if log is None:
        return problem(name, f"{site.url}/readyz answers {answer.status}.", "Let the proxy pass /readyz on.")
    if answer.status != 200:  # noqa: PLR2004
        return problem(name, "The server says that it can't serve visitors.", "Look for errors in its log.")
    if log == "losing":
        return problem(
            name, "Events are lost: the journal has no room.", "Free space on its disk, and correct what `log` found."
        )
    if log != "ok":
        return problem(
            name,
            f"Events are not stored in the log, and {waiting} wait in the journal.",
            "Make the log writable again: the server's log says why it is not.",
        )
    return ok(name, f"The server is ready, and the log is up to date (waiting events: {waiting}).")


def forwarding(site: Site) -> Finding:
    """Whether the server can use the headers that the proxy sends."""
    name = "forwarding"
    state = site.get("/readyz").json.get("forwarding", "ok")
    if state == "untrusted":
        return problem(
            name,
            "The proxy's headers don't match WIZARD_TRUSTED_PROXIES, so visitors' addresses are unknown.",
            "Set WIZARD_TRUSTED_PROXIES to the number of proxies that add a value to X-Forwarded-For; the server's log "
            "says what came.",
        )
    if state != "ok":
        return problem(
            name,
            "The proxy, or a visitor through it, sent another path in X-Forwarded-Prefix within the last ten minutes.",
            "Let the proxy set X-Forwarded-Prefix to the path of WIZARD_PUBLIC_URL, or remove it.",
        )
    return ok(name, "The server can use what the proxy sends.")


def address(site: Site) -> Finding:
    """Whether the server knows the address that was asked for, by what oEmbed says of its own addresses."""
    name = "address"
    known = _own_addresses(site.get(_lookup()))
    if not known:
        return warning(name, "The server does not say what its address is.", "Let the proxy pass /oembed on.")
    asked, public = known[-1], known[0]
    if asked != site.url:
        return problem(
            name,
            f"A request to {site.url} reaches the server as one to {asked}.",
            "Let the proxy set Host or X-Forwarded-Host, and X-Forwarded-Proto; set WIZARD_TRUSTED_PROXIES to 1, "
            "and WIZARD_PUBLIC_URL to the address with its path.",
        )
    if public != site.url:
        return warning(
            name,
            f"Links and snippets lead to {public}, and not to {site.url}.",
            "If that is not the address for visitors, correct WIZARD_PUBLIC_URL.",
        )
    return ok(name, f"Links and snippets lead to {public}.")


def _lookup() -> str:
    """A question to which the wizard answers with its own addresses: the public one, and the one that was asked."""
    return f"/oembed?url={quote(NO_WIZARD, safe='')}"


def _own_addresses(answer: Answer) -> list[str]:
    return ADDRESS.findall(str(answer.json.get("error", "")))


def path(site: Site) -> Finding:
    """Whether a page and its files are found below the address."""
    name = "path"
    page = site.get("/embed")
    if page.status != 200:  # noqa: PLR2004
        return problem(
            name,
            f"{site.url}/embed answers {page.status}.",
            "Let the proxy pass on everything below the path, and set WIZARD_PUBLIC_URL with that path.",
        )
    file = FILE.search(page.body)
    target = file[1].decode("ascii", "replace") if file else ""
    found = site.get_address(site.origin + target).status if target.startswith("/") else 0
    if found != 200:  # noqa: PLR2004
        return problem(
            name,
            f"The files of {site.url}/embed are not found ({one_line(target)}: {found or 'no address'}).",
            "The wizard does not know its path: set WIZARD_PUBLIC_URL with it.",
        )
    return ok(name, "Pages and their files are found below the address.")


def forged_headers(site: Site) -> Finding:
    """Whether a visitor can set the headers that only the proxy should set."""
    return _forged(
        site,
        "forged-headers",
        FORGED,
        "The proxy passes on a visitor's {header}.",
        "Let the proxy set X-Forwarded-For, -Proto and -Host itself, and remove X-Forwarded-Prefix.",
    )


def underscore_headers(site: Site) -> Finding:
    """Whether a visitor can set them by names with underscores, which a Python application can't tell apart."""
    return _forged(
        site,
        "underscore-headers",
        WITH_UNDERSCORES,
        "The proxy passes on a visitor's {header}, which the wizard can't tell from the proxy's own header.",
        "Let the proxy drop headers with underscores: nginx does unless underscores_in_headers is on; "
        "Caddy: header_up -*_*",
    )


def _forged(site: Site, name: str, headers: dict[str, str], found: str, advice: str) -> Finding:
    if not site.is_encrypted:
        # Without a proxy in between, these headers alone would make the server distrust all others for ten minutes.
        return ok(name, "Without TLS, there may be no proxy, so this was not tried.")
    before = site.get("/readyz").json.get("forwarding")
    try:
        known = _own_addresses(site.get_with(_lookup(), headers))
        after = site.get_with("/readyz", {}).json.get("forwarding")
    except Unreachable as error:
        return ok(name, f"The proxy refuses such a request ({one_line(error)}).")
    for header, value in headers.items():
        is_refused = value == FORGED_PREFIX and after == "wrong-prefix" != before
        if is_refused or any(value in own for own in known):
            return problem(name, found.format(header=header), advice)
    return ok(name, f"A visitor can't set {' or '.join(headers)}.")


def frames(site: Site) -> Finding:
    """Whether browsers get the list of the sites that may show the wizard in a frame."""
    name = "frames"
    answer = site.get("/embed")
    policies = answer.all("Content-Security-Policy")
    sources = re.findall(r"frame-ancestors ([^;]*)", "; ".join(policies))
    if len(sources) != 1 or len(policies) != 1:
        what = "removes" if not sources else "adds to"
        return problem(
            name,
            f"The proxy {what} the header Content-Security-Policy.",
            "Let the proxy pass on Content-Security-Policy unchanged: it names the sites that may embed the wizard.",
        )
    missing = set(site.settings.embed_origins) - set(sources[0].split()) if site.settings else set()
    if missing:
        return problem(
            name,
            f"The running server does not allow {', '.join(sorted(missing))}, which WIZARD_EMBED_ORIGINS has here.",
            "Restart the server with these settings, or run this with the server's.",
        )
    if answer.all("X-Frame-Options"):
        return warning(
            name,
            f"The proxy adds X-Frame-Options: {one_line(answer.headers['X-Frame-Options'])}.",
            "Remove X-Frame-Options: older browsers then refuse frames on the sites that are allowed.",
        )
    return ok(name, f"Frames are allowed on: {one_line(sources[0])}")


def caching(site: Site) -> Finding:
    """Whether something on the way keeps answers that must not be kept."""
    name = "caching"
    kept = [f"Cache-Control: {value}" for value in site.get("/readyz").all("Cache-Control") if value != "no-store"]
    kept += [f"Age: {value}" for value in site.get("/readyz").all("Age") if value != "0"]
    if kept:
        return problem(
            name,
            f"A cache changes or keeps answers ({one_line(', '.join(kept))}).",
            "Let the proxy or CDN follow Cache-Control of the wizard, and cache only what is public.",
        )
    return ok(name, "Answers that must not be cached are not.")
