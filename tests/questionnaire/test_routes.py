"""The routes, printed."""

from support import every_path

from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.routes import as_mermaid, as_records, as_table
from wizard.questionnaire.strategy import STRATEGY


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
    assert len(lines) == 44
    start = heading.index("persona")
    assert {line[start:].split()[0] for line in lines} == {"enthusiast", "visionary", "team", "enterprise"}
    assert lines[-1].split() == [
        "organisation",
        "51_plus",
        "own_servers",
        "enterprise",
        "private_cloud",
        "cloud",
        "on_premise",
    ]


def test_the_graph_draws_every_edge_once() -> None:
    lines = as_mermaid(QUESTIONS, STRATEGY).splitlines()
    assert lines[0] == "flowchart TD"
    assert '  who -->|"hobby"| individual_column' in lines
    assert '  who -->|"job, team, organisation"| team_size' in lines
    assert '  team_size -->|"job + just_me"| individual_column' in lines
    assert '  individual_column -->|"avoid, own_cloud"| visionary' in lines
    assert '  visionary -->|"avoid, own_cloud"| cloud["cloud"]' in lines
    arrows = [line.split(" -->|")[0] + line.rsplit("| ", 1)[1] for line in lines if "-->" in line]
    assert len(arrows) == len(set(arrows))
