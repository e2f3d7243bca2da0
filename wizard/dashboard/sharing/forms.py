"""The forms that make and revoke links to views."""

from wtforms import HiddenField, RadioField

from wizard.dashboard.access.forms import DashboardForm
from wizard.dashboard.sharing.shared_views import EXPIRY_DAYS, USUAL_DAYS

MOVING, FIXED = "moving", "fixed"


class ShareForm(DashboardForm):
    """The button that makes a link: to which view, for how many days, and with which kind of period."""

    query = HiddenField()
    days = RadioField(choices=[(str(days), str(days)) for days in EXPIRY_DAYS], default=str(USUAL_DAYS))
    dates = RadioField(choices=[(MOVING, MOVING), (FIXED, FIXED)], default=MOVING)


class RevokeForm(DashboardForm):
    """The button that revokes a link."""

    link = HiddenField()
