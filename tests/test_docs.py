"""The documents say what is true: a command, a setting or a route that is not in them fails here."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from click import Argument
from factories import CONTEXT, sqlite_log, visit
from sqlalchemy import Table, text
from support import settings

from wizard.analytics.date_range import DEFAULT, SPANS
from wizard.app import create_app
from wizard.cli import wizard
from wizard.config import SETTINGS
from wizard.doctor.examine import ANSWERS, CONNECTION, INSIDE
from wizard.embed.options import SHARE_PATH, Options
from wizard.embed.react import react_snippet
from wizard.embed.snippet import element_snippet
from wizard.events.attribution import ATTRIBUTION, CAMPAIGN_TAGS
from wizard.events.ledger import COLUMNS as OUTCOMES
from wizard.events.model import OWN, Context
from wizard.maintenance.export import FORMATS
from wizard.maintenance.parquet import ROWS_IN_GROUP
from wizard.maintenance.rebuild import JOURNEYS_AT_ONCE
from wizard.presentation import PARAMETERS
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.routes import as_mermaid, as_table
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.schema import METADATA
from wizard.visitor.problems import REASONS
from wizard.web.rate_limit import FAILURES

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_every_setting_has_its_row_with_its_default_and_what_is_allowed() -> None:
    rows = {line.split("`")[1]: line for line in read("docs/settings.md").splitlines() if line.startswith("| `WIZARD_")}
    assert list(rows) == [setting.variable for setting in SETTINGS.values()], "docs/settings.md has other settings"
    for setting in SETTINGS.values():
        row = rows[setting.variable]
        assert setting.allowed in row
        assert setting.meaning in row
        if setting.default and setting.name != "wording_dir":
            assert f"`{setting.default}`" in row


def test_every_command_and_option_is_in_the_readme() -> None:
    text = read("README.md")
    for name, command in wizard.commands.items():
        assert f"`wizard {name}" in text
        for parameter in command.params:
            shown = parameter.human_readable_name if isinstance(parameter, Argument) else parameter.opts[-1]
            assert shown in text, f"{name} {shown}"


def test_every_check_of_the_doctor_is_documented_where_it_is_made() -> None:
    section = read("docs/deploy.md").split("## Checking an installation")[1].split("\n## ")[0]
    inside, outside = (
        set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (.*?) \|", part, re.MULTILINE))))
        for part in section.split("| check | from outside |")
    )
    assert inside == set(INSIDE)
    assert outside == set(CONNECTION) | set(ANSWERS)


def test_every_route_is_documented() -> None:
    text = read("docs/visit.md")
    for rule in create_app(settings()).url_map.iter_rules():
        assert f"`{rule.rule}`" in text, rule.rule


def test_the_routes_are_shown_as_the_code_has_them() -> None:
    text = read("docs/routes.md")
    assert f"```mermaid\n{as_mermaid(QUESTIONS, STRATEGY)}\n```" in text
    assert f"```text\n{as_table(QUESTIONS, STRATEGY)}\n```" in text


def test_the_last_version_of_the_questionnaire_is_listed_first() -> None:
    versions = re.findall(r"^\| `([0-9a-f]{8})` \|", read("docs/routes.md"), re.MULTILINE)
    assert versions[0] == QUESTIONS.version
    assert len(set(versions)) == len(versions)


def test_the_query_of_errors_by_version_runs(tmp_path: Path) -> None:
    log = sqlite_log(tmp_path)
    log.append(visit())
    query = re.findall(r"```sql\n(.*?)```", read("docs/routes.md"), re.DOTALL)[0]
    with log.database.reader.connect() as connection:
        rows = {(row.flow_version, row.step): row for row in connection.execute(text(query))}
    log.database.dispose()
    assert [row.viewed for row in rows.values()] == [1] * len(rows)
    assert {version for version, _ in rows} == {CONTEXT.flow_version}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text("utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def headings(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    titles = (re.sub(r"\]\([^)]*\)", "", title) for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE))
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_heading_leads_to_one(document: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", document.read_text("utf-8")):
        if "://" not in target:
            assert anchor in headings(document.parent / target if target else document), f"{target}#{anchor}"


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/*.md")), ids=lambda path: path.name)
def test_every_page_begins_with_what_its_reader_can_do_afterwards(page: Path) -> None:
    assert re.match(r"# .+\n\nAfter reading this page you can ", page.read_text("utf-8"))


def test_every_file_that_the_architecture_names_is_there() -> None:
    named = re.findall(
        r"`((?:wizard|static|templates|docs|tests|e2e|bench)/[\w./-]*|[A-Z]+\.md)`", read("docs/architecture.md")
    )
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_package_is_in_the_picture_of_the_architecture_and_described() -> None:
    text = read("docs/architecture.md")
    picture = text.split("```mermaid")[1].split("```")[0]
    packages = [path.parent.name for path in sorted((ROOT / "wizard").glob("*/__init__.py"))]
    assert [name for name in packages if not re.search(rf"\b{name}\b", picture)] == []
    assert [name for name in packages if f"`wizard/{name}/`" not in text and name != "files"] == []


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
def test_every_column_of_the_log_is_described_under_its_table(table: Table) -> None:
    section = read("docs/log.md").split(f"### `{table.name}`\n")[1].split("\n#")[0]
    described = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE)))
    assert sorted(described) == sorted(table.c.keys()), f"docs/log.md has other columns under {table.name}"


def test_every_format_and_every_outcome_is_described() -> None:
    text = read("docs/log.md")
    for word in (*FORMATS, *OUTCOMES):
        assert f"`{word}`" in text
    assert f"row groups of {ROWS_IN_GROUP:,}" in text
    assert f"{JOURNEYS_AT_ONCE} journeys at a time" in text


def test_numbers_that_the_code_sets_are_those_of_the_docs() -> None:
    growth, paths = read("docs/growth.md"), len(QUESTIONS.paths)
    assert f"Without a choice it is `{DEFAULT}`" in growth
    assert all(f"`{span}`" in growth for span in SPANS)
    assert f"After {FAILURES} failed links" in growth
    assert read("docs/deploy.md").count(f"{FAILURES} a minute for") == 2
    assert read("README.md").count(f"all {paths} paths") == 2
    assert f"## All {paths} paths" in read("docs/routes.md")


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_named_where_exports_are_described(form: str) -> None:
    for name in ("README.md", "docs/growth.md", "docs/log.md", "docs/visit.md"):
        assert f"`{form}`" in read(name), f"add {form} to {name}"


def test_every_event_is_documented_with_all_that_it_carries() -> None:
    text = read("docs/events.md")
    table = {line.split("`")[1]: line for line in text.splitlines() if re.match(r"\| `\w+` \| .* \| .*\|$", line)}
    for name, own in OWN.items():
        assert name in table, f"add a row for {name} to the table of events in docs/events.md"
        carried = re.findall(r"`(\w+)`", table[name].split("|")[3])
        assert carried == list(own), name
    properties = {name for line in text.splitlines() if line.startswith("| `") for name in line_names(line)}
    context = {field.name for field in fields(Context)} - {"attribution"} | set(ATTRIBUTION) | {"event_id"}
    missing = (context | {name for own in OWN.values() for name in own}) - properties
    assert not missing, f"add {sorted(missing)} to the tables of properties in docs/events.md"


@pytest.mark.parametrize("name", ["docs/embed.md", "docs/events.md", "docs/log.md", "docs/visit.md"])
def test_every_attribution_slot_is_named_where_slots_are_described(name: str) -> None:
    wanted = CAMPAIGN_TAGS if name == "docs/visit.md" else ATTRIBUTION
    missing = set(wanted) - set(re.findall(r"`(\w+)`", read(name)))
    assert not missing, f"add {sorted(missing)} to {name}"


def line_names(row: str) -> list[str]:
    """What the first cell of a row names."""
    return re.findall(r"`(\w+)`", row.split("|")[1])


def test_every_reason_for_a_refusal_is_documented() -> None:
    text = read("docs/events.md")
    for reason in REASONS.values():
        assert f"| `{reason}` |" in text


def rows_under(document: str, heading: str) -> set[str]:
    """What the tables under a heading name in their first columns."""
    section = re.split(rf"^#+ {heading}$", read(document), flags=re.MULTILINE)[1]
    section = re.split(r"^#{1,2} ", section, flags=re.MULTILINE)[0]
    return {line.split("|")[1].strip(" `") for line in section.splitlines() if line.startswith("| `")}


def test_every_attribute_and_event_of_the_element_is_documented() -> None:
    script = read("static/embed.js")
    look, attributes = re.findall(r"const (?:LOOK|ATTRIBUTES) = \[(.*)\]", script)
    observed = set(re.findall(r"'([\w-]+)'", look + attributes))
    others = set(re.findall(r"hasAttribute\('([\w-]+)'\)", script))
    assert rows_under("docs/embed.md", "Attributes") == observed | others | {"title"}
    told = set(re.findall(r"#tell\('(\w+)'", script)) | set(re.findall(r"type === '(exit)'", script))
    assert rows_under("docs/embed.md", "Events") == {f"wizard-{name}" for name in told}


def test_every_message_is_documented_and_known_at_both_ends() -> None:
    element, page = read("static/embed.js"), read("static/frame.js")
    section = read("docs/embed.md").split("## The protocol")[1]
    documented = {
        sender: set(re.findall(rf"^\| {sender} \| `(\w+)`", section, re.MULTILINE))
        for sender in ("page around", "wizard")
    }
    assert documented["page around"] == set(re.findall(r"type: '(\w+)'", element))
    assert documented["page around"] == set(re.findall(r"data\.type !== '(\w+)'", page))
    assert documented["wizard"] == set(re.findall(r"type === '(\w+)'", element))
    assert documented["wizard"] == set(re.findall(r"tell\('(\w+)'", page))


@pytest.mark.parametrize("name", ["README.md", "docs/embed.md"])
def test_the_snippet_is_shown_as_the_product_writes_it(name: str) -> None:
    snippet = element_snippet("https://wizard.example.com", Options(campaign="pricing"), "Deployment Wizard")
    assert f"```html\n{snippet}\n```" in read(name)
    assert element_snippet("https://wizard.example.com", Options(campaign="hero", mode="dialog"), "") in read(
        "docs/embed.md"
    )


def test_the_component_is_shown_as_the_product_writes_it() -> None:
    component = react_snippet("https://wizard.example.com", Options(campaign="pricing"))
    assert f"```jsx\n{component}\n```" in read("docs/embed.md")


def test_every_option_of_the_snippet_is_documented() -> None:
    section = read("docs/embed.md").split("## The snippet builder")[1].split("\n## ")[0]
    for name in (*PARAMETERS, "campaign", "mode", SHARE_PATH, "site", "tab"):
        assert f"`{name}`" in section
