"""The routes, printed."""

from dataclasses import replace

from support import every_path

from wizard.questionnaire.flow import OUTCOME, Flow
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.routes import as_mermaid, as_records, as_table
from wizard.questionnaire.rules import Rule, when
from wizard.questionnaire.strategy import STRATEGY, Column, Deployment, Persona, Route, Strategy


def test_the_records_have_the_agreed_keys_and_leave_out_what_is_not_asked() -> None:
    records = as_records(QUESTIONS, STRATEGY)
    assert [record["answers"] for record in records] == list(every_path())
    assert records[1] == {
        "answers": {"who": "hobby", "hosting": "avoid"},
        "persona": "visionary",
        "recommended": "cloud",
        "alternatives": ["on_premise"],
        "declined": [],
        "reasons": ["time_for_project", "private_cloud_later", "own_through_plugins"],
    }


def test_the_table_has_a_line_for_each_path_in_columns() -> None:
    heading, rule, *lines = as_table(QUESTIONS, STRATEGY).splitlines()
    assert heading.split() == ["who", "team_size", "hosting", "persona", "recommended", "alternatives", "declined"]
    assert set(rule) == {"-", " "}
    assert len(lines) == 55
    start = heading.index("persona")
    assert {line[start:].split()[0] for line in lines} == {"enthusiast", "visionary", "team", "enterprise"}
    assert lines[-1].split() == [
        "organisation",
        "51_plus",
        "unsure",
        "enterprise",
        "cloud",
        "private_cloud",
    ]


def test_the_graph_draws_every_edge_once() -> None:
    lines = as_mermaid(QUESTIONS, STRATEGY).splitlines()
    assert lines[0] == "flowchart TD"
    assert '  who -->|"hobby"| individual_column' in lines
    assert '  who -->|"job, team, organisation"| team_size' in lines
    assert '  team_size -->|"job + just_me"| individual_column' in lines
    assert '  individual_column -->|"avoid, own_cloud, unsure"| visionary' in lines
    assert '  visionary -->|"avoid, own_cloud, unsure"| cloud["cloud"]' in lines
    arrows = [line.split(" -->|")[0] + line.rsplit("| ", 1)[1] for line in lines if "-->" in line]
    assert len(arrows) == len(set(arrows))


WHO, TEAM_SIZE, HOSTING = QUESTIONS.steps


def ending_early() -> tuple[Flow, Strategy]:
    """A questionnaire that asks nobody but hobbyists for hosting, with rules that come to something without it."""
    flow = Flow((WHO, replace(TEAM_SIZE, rules=(Rule(OUTCOME),)), HOSTING))
    personas = (
        Rule(Persona.ENTHUSIAST, when(column=Column.INDIVIDUAL)),
        Rule(Persona.TEAM, when(column=(Column.TEAM, Column.ENTERPRISE))),
    )
    routes = (Rule(Route(Deployment.CLOUD, ())),)
    return flow, replace(STRATEGY, personas=personas, routes=routes, summaries=(Rule("any"),), reasons=())


def test_paths_that_end_before_the_last_step_are_printed_as_well() -> None:
    flow, strategy = ending_early()
    lines = as_mermaid(flow, strategy).splitlines()
    assert '  team_team_size{"team: team_size?"}' in lines
    assert '  individual_team_size{"individual: team_size?"}' in lines
    assert '  individual_column{"individual: hosting?"}' in lines
    assert '  who -->|"hobby"| individual_column' in lines
    assert '  who -->|"job, team, organisation"| team_team_size' in lines
    assert any(line.startswith("  team_team_size -->|") and line.endswith("| team") for line in lines)
    assert not [line for line in lines if line.startswith("  team_size")], "nobody is asked anything after it"
    ends = {line.split(" -->|")[0].strip() for line in lines if "-->" in line}
    ends |= {line.rsplit("| ", 1)[1].split("[")[0] for line in lines if "-->" in line}
    drawn = {line.split("{")[0].split("(")[0].strip() for line in lines if "-->" not in line}
    assert ends <= drawn | set(Deployment), "an arrow leads to what is not drawn"
    assert len(as_table(flow, strategy).splitlines()) == 2 + len(flow.paths)
    assert {len(record["answers"]) for record in as_records(flow, strategy)} == {2}  # type: ignore[arg-type]
