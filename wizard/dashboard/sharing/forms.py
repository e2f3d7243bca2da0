"""The forms that make and revoke links to views."""

from wtforms import HiddenField, StringField
from wtforms.validators import AnyOf

from wizard.dashboard.access.forms import DashboardForm
from wizard.dashboard.sharing.shared_views import EXPIRY_DAYS, USUAL_DAYS

MOVING, FIXED = "moving", "fixed"


class ShareForm(DashboardForm):
    """The button that makes a link: to which view, for how many days, and with which kind of period."""

    query = HiddenField()
    days = StringField(default=str(USUAL_DAYS), validators=[AnyOf([str(days) for days in EXPIRY_DAYS])])
    dates = StringField(default=MOVING, validators=[AnyOf([MOVING, FIXED])])


class RevokeForm(DashboardForm):
    """The button that revokes a link."""

    link = HiddenField()
