"""The dashboard's forms, with the CSRF tokens of Flask-WTF, kept in form and session."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import HiddenField


class DashboardForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form that reads only form fields. Flask-WTF would read JSON and files as well."""

    def __init__(self, *, submitted: bool = False, **values: Any) -> None:
        super().__init__(formdata=request.form if submitted else None, **values)


class SignInForm(DashboardForm):
    """The sign-in button, with the link's token."""

    link = HiddenField()


class SignOutForm(DashboardForm):
    """The sign-out button."""
