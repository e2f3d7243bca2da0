"""What each text is for, told to translators."""

import re
from collections.abc import Collection, Iterator, Mapping

from wizard.questionnaire.wording import FORM, Required
from wizard.translations.toml_file import Outline

Forms = Mapping[str, Collection[str]]

NOTES: Mapping[str, str] = {
    r"site\.name": "The name at the top of each page, and at the end of its title.",
    r"site\.(title|description)": "Shown by search engines and where the page is shared.",
    r"site\.preview": "Below each page of a preview.",
    r"question\.effort.*": "Above the answers of the first question: what a visit takes.",
    r"question\.progress.*": "Above each question: how far the visitor is.",
    r"question\.given": "Beside the answer that the visitor gave before.",
    r"question\.error.*": "Where an answer is missing or invalid; the prefix stands before the message.",
    r"question\.continued": "Where a visit goes on after more than a day.",
    r"questions\.\w+\.title": "A question, as a heading.",
    r"questions\.\w+\.hint": "Below the question.",
    r"questions\.\w+\.(missing|invalid)": "The message where no answer, or one that is not offered, was sent.",
    r"questions\.\w+\.choices\.\w+\.label": "An answer, on a button.",
    r"questions\.\w+\.choices\.\w+\.hint": "Below the answer, on the same button.",
    r"personas\..*": "Who the recommendation fits best: {persona} of result.persona.",
    r"deployments\..*\.name": "The name of a deployment, wherever it is shown.",
    r"deployments\..*": "About a deployment, on the result page.",
    r"recommendations\..*\.title": "The heading of the result page.",
    r".*\.action": "A button or a link that leads to the deployment.",
    r"summaries\..*": "Below the heading of the result: what was asked for, and how the recommendation meets it.",
    r"alternatives\..*": "The alternative beside the recommendation.",
    r"declined\..*": "What was asked for and is not offered, and why.",
    r"reasons\..*": "Why the recommendation fits.",
    r"comparison\.rows\..*": "The heading of a row of the table that compares the deployments.",
    r"comparison\.why_not\..*": "In the table that compares the deployments: why one is not offered.",
    r"comparison\..*": "In the table that compares the deployments.",
    r"result\.share_(subject|body)": "The subject or the text of an e-mail to a colleague.",
    r"result\..*": "On the result page.",
    r"problems\..*": "On an error page.",
}


def notes(key: str, required: Required, english: Outline, forms: Forms) -> Iterator[str]:
    """Lines for translators about the text `key`: what it is for, and which placeholders it may have.

    `forms` are those of the translation's answers, by step.
    """
    base, _, form = key.partition(FORM)
    if found := re.fullmatch(r"questions\.(\w+)\.choices\.\w+\.named", base):
        yield f"The answer inside other texts, in the place of {{{found[1]}{'.' if form else ''}{form}}}."
    else:
        yield next((note for pattern, note in NOTES.items() if re.fullmatch(pattern, base)), "")
    for section in english.sections:
        name = base.removeprefix(f"{section.name}.")
        if base.startswith(f"{section.name}.") and name in section.keys:
            yield from (line.lstrip("# ") for line in (*section.comment, *section.keys[name]))
    allowed = required.get(base, frozenset())
    if names := sorted(allowed | {f"{name}.{form}" for name in allowed for form in forms.get(name, ())}):
        yield f"May have {', '.join(f'{{{name}}}' for name in names)}."
