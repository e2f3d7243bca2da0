"""The forms of the page of people: a sign-in link, a role, the end of sessions, and removing somebody."""

from wtforms import HiddenField, StringField
from wtforms.validators import AnyOf

from wizard.dashboard.access.forms import DashboardForm
from wizard.dashboard.access.roles import ROLES

VALID_HOURS = {24: "1 day", 72: "3 days", 168: "7 days"}
"""How long a link may be valid, and what the page calls that."""

USUAL_HOURS = 24


class InviteForm(DashboardForm):
    """Makes a sign-in link for an address, with a role, valid for some hours."""

    email = StringField()
    role = StringField(default="viewer", validators=[AnyOf(ROLES)])
    hours = StringField(default=str(USUAL_HOURS), validators=[AnyOf([str(hours) for hours in VALID_HOURS])])


class RoleForm(DashboardForm):
    """Gives a role to a person."""

    email = HiddenField()
    role = StringField(validators=[AnyOf(ROLES)])


class PersonForm(DashboardForm):
    """A button about one person: ends their sessions, or removes them."""

    email = HiddenField()
