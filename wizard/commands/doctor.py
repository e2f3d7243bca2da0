"""The command `wizard doctor`."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from wizard.commands.options import several
from wizard.commands.terminal import echo_json
from wizard.doctor.examine import examine_installation, examine_site
from wizard.doctor.finding import Finding
from wizard.doctor.site import Site
from wizard.errors import WizardError
from wizard.setting_parsers import site_or_none
from wizard.text_table import text_table


class DoctorError(WizardError):
    """The address can't be checked, or a problem was found."""


@click.command()
@click.argument("url", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array with all fields of each finding.")
def doctor(url: str | None, as_json: bool) -> None:
    """Check this installation and what its proxy serves, and say what to do. Fails where there is a problem.

    With URL, only check from outside what is served there.
    """
    findings = _examine(url)
    if as_json:
        echo_json([asdict(finding) for finding in findings])
    else:
        click.echo(text_table(_rows(findings)))
    if problems := sum(finding.result == "problem" for finding in findings):
        raise DoctorError(f"{several(problems, 'problem')} found")


def _examine(url: str | None) -> Sequence[Finding]:
    if url is not None:
        return examine_site(Site(_read_url(url)))
    findings, settings = examine_installation(os.environ)
    if settings and settings.public_url:
        findings = [*findings, *examine_site(Site(settings.public_url, settings))]
    return findings


def _read_url(text: str) -> str:
    """The address without a slash at its end. Raises DoctorError."""
    try:
        url = site_or_none(text)
    except ValueError:
        url = None
    if url is None:
        raise DoctorError(
            f"URL: given {text!r}; allowed: the address of the wizard, such as https://wizard.example.com, "
            "with its path if it has one"
        )
    return url


def _rows(findings: Sequence[Finding]) -> Iterator[tuple[str, str, str]]:
    """Two lines for each finding: what was found, and what to do."""
    yield "check", "result", "found, and what to do"
    for finding in findings:
        yield finding.check, finding.result, finding.found
        if finding.advice:
            yield "", "", f"→ {finding.advice}"
