"""The transitions of a journey from page to page, read from its events."""

from collections.abc import Sequence

from wizard.events.model import Event, QuestionAnswer, QuestionView, ResultView

START, RESULT = "start", "result"
"""Where a journey's first edge begins, and what a result is called at the end of one."""


def edges(ordered: Sequence[Event]) -> str:
    """What the first page and each answer led to: the first page that was shown of that turn, with those answers.

    `ordered` are the events of one journey in their order; each edge is there once, such as `start>who who>hosting`.

    No answer leads to a question that has one: who is shown it went back, perhaps from a page that never loaded.
    """
    pages: dict[tuple[int, frozenset[tuple[str, str]]], str] = {}
    for event in ordered:
        if isinstance(event, ResultView):
            pages.setdefault(_state(event), RESULT)
        elif isinstance(event, QuestionView) and event.step not in event.context.answers:
            pages.setdefault(_state(event), event.step)
    given = [(event.step, pages.get(_state(event))) for event in ordered if isinstance(event, QuestionAnswer)]
    first = next((page for (turn, _), page in pages.items() if turn == 0), None)
    return " ".join(sorted({f"{step}>{page}" for step, page in [(START, first), *given] if page}))


def _state(event: Event) -> tuple[int, frozenset[tuple[str, str]]]:
    return event.context.turn, frozenset(event.context.answers.items())
