"""The room's forms, with Flask-WTF's own CSRF: a token in the form, and its like in the session's cookie."""

from flask_wtf import FlaskForm
from wtforms import HiddenField


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One button, and the link that it uses up."""

    link = HiddenField()


class SignOutForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One button."""
