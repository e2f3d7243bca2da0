"""Checks from outside whether the running server is of the version that is installed here."""

from urllib.parse import urlsplit

from wizard import __version__
from wizard.doctor.finding import Finding, ok, warning
from wizard.doctor.site import Site
from wizard.files.bundled import bundled


def running_version(site: Site) -> Finding:
    """Whether the server sends the script of this version."""
    name = "running-version"
    own = (bundled("static") / "embed.min.js").read_bytes()
    answer = site.get("/embed.js")
    prefix = urlsplit(site.url).path.encode()  # the script finds the wizard from its own address
    if answer.body.replace(prefix + b"/embed.js", b"/embed.js") == own:
        return ok(name, f"The server sends the files of this version ({__version__}).")
    return warning(
        name,
        f"The server sends another /embed.js (status {answer.status}) than this version ({__version__}) has.",
        "If this is the server's installation, restart it; behind a CDN, clear its cache.",
    )
