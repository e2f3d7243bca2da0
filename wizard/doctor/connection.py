"""Checks from outside: whether the wizard answers at its address, its certificate, encryption, and its clock."""

from urllib.parse import urlsplit

from wizard.doctor.fetching import Unreachable
from wizard.doctor.finding import Finding, days, ok, one_line, problem, warning
from wizard.doctor.site import Site

EXPIRES_SOON_DAYS = 7
EXPIRES_DAYS = 21
CLOCK_WARNING_SECONDS, CLOCK_PROBLEM_SECONDS = 10, 300
DAY_SECONDS = 86_400
REDIRECTS = (301, 302, 307, 308)
HTTPS_PORT = 443


def server(site: Site) -> Finding:
    """Whether a wizard answers at the address."""
    name = "server"
    try:
        answer = site.get("/healthz")
    except Unreachable as error:
        return _unreachable(site, error)
    if answer.status == 200 and answer.json.get("status") == "up":  # noqa: PLR2004
        return ok(name, f"The wizard answers at {site.url}.")
    if answer.status in (502, 503, 504):
        return problem(
            name,
            f"{site.url}/healthz answers {answer.status}: the proxy does not reach the wizard.",
            "Check that `wizard serve` runs, and that the proxy passes requests on to its host and port.",
        )
    return problem(
        name,
        f"{site.url}/healthz answers {answer.status}, and not as the wizard does.",
        "Check the address and its path, and that the proxy passes everything below it on to the wizard.",
    )


def _unreachable(site: Site, error: Unreachable) -> Finding:
    if error.is_certificate:
        return problem("server", f"{site.url} can't be trusted, so nothing was fetched.", "Correct what `tls` found.")
    found = f"{site.url} can't be reached from this machine ({one_line(error)})."
    if site.settings is not None:
        # A firewall or a router may keep servers from their own public address.
        return warning("server", found, f"On another machine, run: wizard doctor {site.url}")
    return problem("server", found, "Check the name in DNS, the firewall, and that the proxy runs.")


def tls(site: Site) -> Finding:
    """Whether the connection is encrypted, with a certificate that browsers trust."""
    name = "tls"
    if not site.is_encrypted:
        if site.is_local:
            return ok(name, f"{site.url} is this machine, where TLS is not needed.")
        return problem(
            name,
            f"{site.url} is not encrypted: pages with https can't show it in a frame, and nobody can sign in.",
            "Let the proxy terminate TLS, and set WIZARD_PUBLIC_URL to the address with https.",
        )
    try:
        answer = site.get("/healthz")
    except Unreachable as error:
        if not error.is_certificate:
            return warning(name, "The certificate was not seen.", "Correct what `server` found.")
        return problem(
            name,
            f"Browsers don't trust the certificate ({one_line(error)}).",
            f"Install a certificate for {urlsplit(site.url).hostname} with its whole chain in the proxy.",
        )
    left = int(((answer.expires_s or 0) - site.clock() / 1000) // DAY_SECONDS)
    if left < EXPIRES_DAYS:
        report = problem if left < EXPIRES_SOON_DAYS else warning
        return report(
            name, f"The certificate expires in {days(left)}.", "Renew the certificate, and find out why nothing did."
        )
    return ok(name, f"The certificate is trusted and expires in {days(left)} ({answer.tls}).")


def http_redirect(site: Site) -> Finding:
    """Whether the address without encryption leads to the encrypted one."""
    name = "http-redirect"
    parts = urlsplit(site.url)
    if not site.is_encrypted or parts.port not in (None, HTTPS_PORT):
        return ok(name, "There is no address of http that should lead to one of https.")
    address = f"http://{parts.netloc.removesuffix(':443')}{parts.path}/"
    try:
        answer = site.get_address(address)
    except Unreachable:
        return ok(name, f"Nothing answers at {address}.")
    target = answer.headers.get("Location", "")
    if answer.status in REDIRECTS and target.startswith(f"{site.origin}/"):
        return ok(name, f"{address} leads to https.")
    return warning(
        name,
        f"{address} answers {answer.status}, and does not lead to {site.origin}.",
        f"Let the proxy redirect http to https: return 301 {site.origin}$request_uri; (nginx).",
    )


def hsts(site: Site) -> Finding:
    """Whether browsers are told to use encryption only."""
    name = "hsts"
    if not site.is_encrypted:
        return ok(name, "Without TLS, there is nothing to tell browsers.")
    sent = site.get("/healthz").all("Strict-Transport-Security")
    if len(sent) > 1:
        return warning(
            name,
            f"Strict-Transport-Security is sent {len(sent)} times, and browsers read the first one.",
            "Set the header in the proxy, or with WIZARD_HSTS_SECONDS, but not in both.",
        )
    if not sent:
        return warning(
            name,
            "Strict-Transport-Security is not sent, so a first visit may be without TLS.",
            "Once everything on this host has TLS, set WIZARD_HSTS_SECONDS, to 3600 at first.",
        )
    return ok(name, f"Strict-Transport-Security: {one_line(sent[0])}")


def clock(site: Site) -> Finding:
    """Whether the server's clock agrees with this machine's."""
    name = "clock"
    date_s = site.get("/healthz").date_s
    if date_s is None:
        return warning(name, "The answer has no Date.", "Let the proxy pass on the header Date, or set it.")
    return compared_clocks(name, date_s - site.clock() / 1000, site.url)


def compared_clocks(name: str, ahead_s: float, other: str) -> Finding:
    """What a difference of clocks means; `ahead_s` is by how many seconds the clock of `other` is ahead of ours."""
    apart = abs(ahead_s)
    if apart <= CLOCK_WARNING_SECONDS:
        return ok(name, f"The clocks of this machine and of {other} agree.")
    report = problem if apart > CLOCK_PROBLEM_SECONDS else warning
    return report(
        name,
        f"The clock of {other} is {apart:,.0f} seconds {'ahead of' if ahead_s > 0 else 'behind'} this machine's.",
        "Synchronise the clocks of both machines (NTP): times of events, sign-ins and keys depend on them.",
    )
