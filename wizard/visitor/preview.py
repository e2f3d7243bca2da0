"""Renders any page that visitors see with the texts of a draft, for the studio.

The page is rendered by the visitor's own templates and functions, whatever the request that asks for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from flask import g, render_template, request

from wizard.questionnaire.wording_set import WordingSet
from wizard.visitor.marked_html import elements_of_marks
from wizard.visitor.marked_texts import MarkedWording, marked
from wizard.visitor.prepared_pages import VisitorValues
from wizard.visitor.presenting import Look, base_context
from wizard.visitor.preview_pages import RESUMED, PreviewPage
from wizard.visitor.problems import ProblemState, problem_html
from wizard.visitor.rendering import PageState, QuestionState, ResultState, question_html, result_html, shared_link
from wizard.visitor.services import services
from wizard.web import csp

SEALED = "preview"
"""Stands for the visitor's journey, which a preview has not."""

PLAIN = Look("auto", "", "", "", (), is_framed=False, is_preview=False, root="")
"""The look of the wizard's own page."""

REFERENCE = "0123456789abcdef"
"""The id of a request that an error page mentions."""


class Previewed(NamedTuple):
    """A page, the keys of its texts in the order of appearance, and the policy that it needs."""

    html: str
    keys: tuple[str, ...]
    policy: csp.Policy


def preview(page: PreviewPage, texts: WordingSet, locale: str, theme: str = "auto") -> Previewed:
    """The page `page` with `texts`, as visitors see it in the language `locale`.

    Each text is in an element `wizard-text` whose attribute `data-text` is its key. Links and forms do nothing. Texts
    that can't be filled are shown as they are written.
    """
    marked_set, wording = marked(texts, locale)
    with _previewing(marked_set):
        html, policy = csp.recorded(lambda: _html(page, wording, theme))
    made, keys = elements_of_marks(html, wording.keys.all())
    kept = {directive: sources for directive, sources in policy.items() if directive != "script-src"}
    return Previewed(made, keys, kept)


@contextmanager
def _previewing(texts: WordingSet) -> Iterator[None]:
    """Has the current request's texts be those of `texts`, and keeps the policy of its response."""
    before = g.get("policy")
    g.previewed = texts
    try:
        yield
    finally:
        del g.previewed
        g.policy = before or {}


def _html(page: PreviewPage, wording: MarkedWording, theme: str) -> str:
    look = PLAIN._replace(theme=theme, is_preview=page.is_shared, root=request.root_path)
    if page.kind == "problem":
        resume = page.problem in RESUMED
        reference = REFERENCE if page.problem == "server" else ""
        return problem_html(ProblemState(page.problem, wording.locale, look, "#", "", resume, reference))
    own_address = services().own_address()
    state = PageState(
        locale=wording.locale,
        wording=wording.version,
        is_continued=page.is_continued,
        is_indexable=False,
        is_embeddable=False,
        is_attributed=False,
        is_sized=False,
        canonical=f"{own_address}/",
        own_address=own_address,
        look=look,
    )
    own = VisitorValues(SEALED, trial=SEALED)
    answers = tuple(page.answers.items())
    if page.kind == "question":
        error = wording.text(f"questions.{page.step}.{page.error}") if page.error else None
        shown = QuestionState(page.step, answers, page.selected, error, page.effort, state)
        return question_html(shown, own)
    if page.kind == "result":
        return result_html(ResultState(answers, state), own)
    return _apart(page, wording, state)


def _apart(page: PreviewPage, wording: MarkedWording, state: PageState) -> str:
    """What a visitor sees elsewhere than on a page: the e-mail to a colleague, or what search engines show."""
    made = services()
    values = {**base_context(state.look), "wording": wording, "languages": (), "own_address": state.own_address}
    if page.kind == "search":
        return render_template("visitor/preview-search.html", **values, first=made.flow.steps[0].name)
    outcome = made.strategy.outcome(page.answers)
    link = shared_link(outcome, state.own_address)
    deployment = wording.text(f"deployments.{outcome.recommendation.recommended}.name")
    return render_template("visitor/preview-email.html", **values, deployment=deployment, link=link)
