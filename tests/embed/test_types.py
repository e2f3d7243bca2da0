"""`/embed.d.ts`: the types of the element are those that its script has, and the compiler holds code to them."""

import json
import re
from collections.abc import Sequence

from support import Client
from typescript import compiled

from wizard.embed.options import Options
from wizard.embed.react import react_snippet
from wizard.files.bundled import bundled
from wizard.presentation import Presentation
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import Deployment, Persona

TYPES = (bundled("static") / "embed.d.ts").read_text("utf-8")
SCRIPT = (bundled("static") / "embed.js").read_text("utf-8")


def body(declaration: str) -> str:
    """What is between the braces of a declaration at the top of the file."""
    return TYPES.split(f"{declaration} {{\n")[1].split("\n}")[0]


def union(name: str) -> list[str]:
    (found,) = re.findall(rf"^export type {name} = (.*)$", TYPES, re.MULTILINE)
    return re.findall(r"'(\w+)'", found)


def observed() -> Sequence[str]:
    look, others = re.findall(r"const (?:LOOK|ATTRIBUTES) = \[(.*)\]", SCRIPT)
    return re.findall(r"'([\w-]+)'", look + others)


def test_the_attributes_are_those_that_the_script_reads() -> None:
    declared = re.findall(r"^  '?([\w-]+)'?\?:", body("export interface WizardAttributes"), re.MULTILINE)
    others = re.findall(r"hasAttribute\('([\w-]+)'\)", SCRIPT)
    assert sorted(declared) == sorted({*observed(), *others, "title"})


def test_the_properties_and_methods_are_those_of_the_element() -> None:
    element = body("export interface DeploymentWizardElement extends HTMLElement")
    for accessor in ("get", "set"):
        assert sorted(re.findall(rf"^  {accessor} (\w+)\(", element, re.MULTILINE)) == sorted(observed())
    methods = re.findall(r"^    (\w+)\(\) \{", SCRIPT, re.MULTILINE)
    public = [name for name in methods if not name.endswith("Callback")]
    assert re.findall(r"^  (\w+)\(\): void", element, re.MULTILINE) == public


def test_the_events_are_those_that_the_script_sends_with_the_details_of_each() -> None:
    declared = dict(re.findall(r"'wizard-(\w+)': CustomEvent<(.*)>", body("export interface WizardEventMap")))
    sent = dict(re.findall(r"#tell\('(\w+)'(?:, \{ ([\w, ]+) \})?\)", SCRIPT))
    sent |= dict(re.findall(r"type === '(exit)'\) this\.#tell\(type, \{ ([\w, :.]+) \}\)", SCRIPT))
    assert {name: re.findall(r"(\w+):", details) for name, details in declared.items()} == {
        name: re.findall(r"(?<!\.)\b\w+(?!\.)\b", details) for name, details in sent.items()
    }


def test_the_values_are_those_of_the_questionnaire_and_the_strategy() -> None:
    assert union("WizardStep") == [step.name for step in QUESTIONS.steps]
    assert union("WizardPersona") == [persona.value for persona in Persona]
    assert union("WizardDeployment") == [deployment.value for deployment in Deployment]


def test_it_is_served_at_an_address_that_stays_for_any_site(client: Client) -> None:
    response = client.get("/embed.d.ts")
    assert response.text == TYPES
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/embed.d.ts", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


DOM = """
import type { DeploymentWizardElement, WizardPersona } from './embed'
const wizard = document.querySelector('deployment-wizard')!
const made: DeploymentWizardElement = document.createElement('deployment-wizard')
wizard.theme = 'dark'
wizard.radius = 8
wizard.background = null
wizard.open()
made.close()
const accent: string = wizard.accent
wizard.addEventListener('wizard-step', ({ detail }) => { const index: number = detail.index })
document.addEventListener('wizard-result', ({ detail }) => { const persona: WizardPersona = detail.persona })
window.addEventListener('wizard-exit', ({ detail }) => console.log(detail.deployment, accent))

// @ts-expect-error: no such theme
wizard.theme = 'neon'
// @ts-expect-error: no such property
wizard.colour = 'red'
// @ts-expect-error: no such method
wizard.toggle()
// @ts-expect-error: no such question
wizard.addEventListener('wizard-step', ({ detail }) => detail.step === 'age')
// @ts-expect-error: no such detail
document.addEventListener('wizard-result', ({ detail }) => detail.answers)
// @ts-expect-error: an attribute's switch is no property
wizard.sharePath = true
"""

JSX = """
import { useRef } from 'react'
import type { DeploymentWizardElement } from './embed'
export function Good() {
  const ref = useRef<DeploymentWizardElement>(null)
  return (
    <deployment-wizard ref={ref} id="a" className="b" style={{ minHeight: 560 }} src="/" theme="auto" accent="#0b7a75"
      background="transparent" radius={8} locale="en" campaign="pricing" prefill="who=team" mode="dialog" title="Ours"
      share-path={true} onwizard-ready={({ detail }) => { const nothing: null = detail }}
      onwizard-step={({ detail }) => console.log(detail.step, detail.index)}
      onwizard-result={({ detail }) => console.log(detail.persona, detail.recommended)}
      onwizard-exit={({ detail }) => console.log(detail.deployment)} />
  )
}
export const bad = [
  // @ts-expect-error: no such attribute
  <deployment-wizard theem="dark" />,
  // @ts-expect-error: no such mode
  <deployment-wizard mode="popup" />,
  // @ts-expect-error: a switch
  <deployment-wizard share-path="yes" />,
  // @ts-expect-error: no such detail
  <deployment-wizard onwizard-exit={({ detail }) => console.log(detail.persona)} />,
  // @ts-expect-error: not the element
  <deployment-wizrd />,
]
"""


HOSTILE = "a \"quoted\" <b> & {c} 'd' \\ `e`"
LOOK = Presentation("dark", "#0b7a75", "en", "transparent", "0")
SNIPPETS = {
    "plain": Options(),
    "full": Options(LOOK, HOSTILE, {"who": "team"}, share_path=True),
    "dialog": Options(LOOK, HOSTILE, {"who": "team"}, "dialog", share_path=True),
}


def test_the_compiler_takes_what_the_element_has_and_the_snippets_for_react_and_nothing_else() -> None:
    snippets = {f"{name}.tsx": react_snippet("https://wizard.example.com", each) for name, each in SNIPPETS.items()}
    modules = compiled({"embed.d.ts": TYPES, "page.ts": DOM, "component.tsx": JSX, **snippets})
    for name in ("full", "dialog"):
        (campaign,) = re.findall(r'campaign: ("(?:[^"\\]|\\.)*")', modules[name])
        assert json.loads(campaign) == HOSTILE


def test_a_project_without_react_compiles_too() -> None:
    compiled({"embed.d.ts": TYPES, "page.ts": DOM}, with_react=False)
