"""The forms of the studio. The texts that somebody typed are kept as they are sent."""

from wtforms import HiddenField, StringField

from wizard.dashboard.access.forms import DashboardForm


class ButtonForm(DashboardForm):
    """A button, or a file, alone."""


class TitleForm(DashboardForm):
    """The title of a draft."""

    title = StringField()


class TextForm(DashboardForm):
    """The form of a text in a draft.

    `seen` is the revision of the text that the page showed, `version` the published version, and `source` a hash
    of the English text; `query` is that of the editor's address; `choice` is `theirs` where the other of two texts
    should stand.
    """

    locale = HiddenField()
    key = HiddenField()
    seen = HiddenField()
    version = HiddenField()
    query = HiddenField()
    source = HiddenField()
    choice = HiddenField()
    text = StringField()


class LanguageForm(DashboardForm):
    """The button that says that a native speaker has reviewed a language."""

    locale = HiddenField()
    query = HiddenField()
