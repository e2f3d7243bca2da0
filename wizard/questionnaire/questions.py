"""The questionnaire's data: who the product is for, the team's size, and who hosts it."""

from wizard.questionnaire.flow import OUTCOME, Choice, Flow, Step
from wizard.questionnaire.rules import Rule, when

QUESTIONS = Flow(
    steps=(
        Step(
            "who",
            choices=(Choice("hobby"), Choice("job"), Choice("team"), Choice("organisation")),
            rules=(
                Rule("hosting", when(who="hobby")),
                Rule("team_size", when(who=("job", "team", "organisation"))),
            ),
        ),
        Step(
            "team_size",
            # "Just me" is offered only to those who do a job: a team or an organisation has several people.
            choices=(Choice("just_me", when(who="job")), Choice("2_10"), Choice("11_50"), Choice("51_plus")),
            rules=(Rule("hosting"),),
        ),
        Step(
            "hosting",
            choices=(Choice("enjoy"), Choice("avoid"), Choice("own_cloud"), Choice("own_servers"), Choice("unsure")),
            rules=(Rule(OUTCOME),),
        ),
    )
)
