"""A wizard of django-formtools with the same first question, as its documentation begins: state in a signed cookie."""

# A site in one file, run by granian in an environment of its own.
# ruff: noqa: INP001, E402

import json
import os
from pathlib import Path

from django.conf import settings

settings.configure(
    SECRET_KEY="a key for a measurement that is long enough",  # noqa: S106  # it seals nothing of worth
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["formtools"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [Path(__file__).parent]}],
)

from django import forms
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from formtools.wizard.views import CookieWizardView

QUESTION = json.loads(os.environ["FIRST_QUESTION"])
CHOICES = [(choice["id"], f"{choice['label']}: {choice['hint']}") for choice in QUESTION["choices"]]


class Who(forms.Form):
    """The first question."""

    who = forms.ChoiceField(
        label=QUESTION["title"], help_text=QUESTION["hint"], choices=CHOICES, widget=forms.RadioSelect
    )


class More(forms.Form):
    """The rest, which nobody comes to here."""

    more = forms.CharField()


class Wizard(CookieWizardView):  # type: ignore[misc]  # it has no types
    """Two steps."""

    form_list = (Who, More)
    template_name = "formtools.html"

    def done(self, *_: object, **__: object) -> HttpResponse:
        """The end, which nobody comes to here."""
        return HttpResponse("Done")


def ready(_: HttpRequest) -> HttpResponse:
    """It serves."""
    return HttpResponse("ready")


urlpatterns = [path("", Wizard.as_view()), path("readyz", ready)]
application = get_wsgi_application()
