"""A WTForms form made from a step of the questionnaire, with a CSRF token that needs no session.

The token is a signature over the journey and the step (`Seal.sign_form`). Visitors have no cookie, so there is no
session to abuse; the token proves that we served the form.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, RadioField
from wtforms.csrf.core import CSRF
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import AnyOf, InputRequired, ValidationError

from wizard.questionnaire.flow import Choice, Step
from wizard.questionnaire.wording import Wording
from wizard.visitor.journey import Journey, Seal

FORMS = threading.local()
MAX_FORMS = 256


@dataclass(frozen=True, slots=True)
class FormContext:
    """What a form's token is a signature over."""

    seal: Seal
    journey: Journey
    step: str


class JourneyCSRF(CSRF):
    """WTForms' interface for CSRF, with the journey in the place of a session."""

    served_ms: int | None = None

    def generate_csrf_token(self, csrf_token_field: Any) -> str:  # noqa: ARG002  # WTForms passes the field
        """Empty: `rendering` signs pages, and a submitted form is only validated."""
        return ""

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        """Raise ValidationError where the token is invalid for this form."""
        context: FormContext = form.meta.csrf_context
        self.served_ms = context.seal.served_ms(context.journey, context.step, field.data or "")
        if self.served_ms is None:
            raise ValidationError("not the form that was served")


class StepForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """The form of one step: its answer, under the step's own name, and the token."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF ships no types
        """Where WTForms looks for the CSRF to use."""

        csrf = True
        csrf_class = JourneyCSRF
        csrf_field_name = "csrf_token"

    step_name: ClassVar[str]

    @property
    def answer(self) -> Field:
        """The field that the visitor fills in."""
        field: Field = self[self.step_name]
        return field

    @property
    def served_ms(self) -> int | None:
        """When the form was served, in ms since the epoch; None where its token is invalid. Set by `validate`."""
        csrf: JourneyCSRF = self.csrf_token.csrf_impl
        return csrf.served_ms

    @property
    def selected(self) -> str | None:
        """The choice to select when the question is shown again."""
        found: str | None = self.answer.data
        return found if any(choice.selected for choice in self.answer.iter_choices()) else None  # type: ignore[attr-defined]

    @property
    def error(self) -> str:
        """The log's name for what is wrong with the answer. Set by `validate`."""
        return "invalid" if any(self.answer.raw_data or ()) else "missing"


@lru_cache(maxsize=256)
def _form_class(step: str, choices: tuple[tuple[str, str], ...], missing: str, invalid: str) -> type[StepForm]:
    field = RadioField(
        choices=[SelectChoice(choice, label) for choice, label in choices],
        validate_choice=False,  # AnyOf has our message
        validators=[InputRequired(missing), AnyOf([choice for choice, _ in choices], invalid)],
    )
    return type("StepForm", (StepForm,), {"step_name": step, step: field})


def step_form(
    step: Step,
    choices: Sequence[Choice],
    wording: Wording,
    context: FormContext,
    submitted: MultiDict[str, str],
) -> StepForm:
    """The form that asks `step`, offering `choices`, as it was `submitted`; without an answer, with the journey's.

    WTForms takes longer to make a form than to fill it, so each thread has one of each kind. It is valid until the
    thread asks for the next.
    """
    form = _form(step.name, tuple(choice.id for choice in choices), wording)
    form.meta.csrf_context = context
    form.process(formdata=submitted, data={step.name: context.journey.answers.get(step.name)})
    return form


def _form(step: str, choices: tuple[str, ...], wording: Wording) -> StepForm:
    """This thread's form of `step` with these choices."""
    forms: dict[object, StepForm] = vars(FORMS).setdefault("forms", {})
    key = (step, choices, wording.locale, wording.version)
    if key not in forms:
        if len(forms) >= MAX_FORMS:
            forms.clear()
        base = f"questions.{step}"
        labels = tuple((choice, wording.text(f"{base}.choices.{choice}.label")) for choice in choices)
        form_class = _form_class(step, labels, wording.text(f"{base}.missing"), wording.text(f"{base}.invalid"))
        forms[key] = form_class(formdata=None)
    return forms[key]
