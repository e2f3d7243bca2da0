"""The forms that publish a draft, and roll back."""

from wtforms import HiddenField, StringField

from wizard.dashboard.access.forms import DashboardForm


class PublishForm(DashboardForm):
    """Publishes a draft.

    `number` is the newest version that the page showed, `changes` the fingerprint of the draft's changes; `note` says
    why.
    """

    note = StringField()
    number = HiddenField()
    changes = HiddenField()


class RollBackForm(DashboardForm):
    """Rolls back to a version. `newest` is the newest version that the page showed; `note` says why."""

    note = StringField()
    newest = HiddenField()
