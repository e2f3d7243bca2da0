"""The form of a note."""

from wtforms import HiddenField, StringField

from wizard.dashboard.access.forms import DashboardForm


class NoteForm(DashboardForm):
    """A date and a line; `view` is the query of the overview that the form is on, empty on the page of all notes."""

    day = StringField()
    text = StringField()
    view = HiddenField()


class RemoveForm(DashboardForm):
    """The button that removes a note."""
