"""The snippet for React 19: a component that loads the script, and has the element with its options and an event."""

from collections.abc import Iterator, Mapping

from markupsafe import escape

from wizard.embed.options import SHARE_PATH, Options
from wizard.embed.snippet import LEAST_HEIGHT_PX, OPENER, element_attributes, frame_address

LISTENER = """ref={(wizard) => {
  const gone = new AbortController()
  wizard?.addEventListener('wizard-result', ({ detail }) => {
    console.log(detail.persona, detail.recommended)
  }, { signal: gone.signal })
  return () => gone.abort()
}}"""
"""Listens by a ref: React attaches no handlers of custom elements as it hydrates a page that a server rendered."""

RESERVED = f"{{{{ display: 'block', minHeight: 'max({LEAST_HEIGHT_PX}px, 1000px - 80vw)' }}}}"
"""The element's style: what the snippet reserves for the frame."""


def react_snippet(origin: str, options: Options) -> str:
    """The component as JSX. Frameworks with server components need it in a file that begins with `'use client'`."""
    is_dialog = options.mode == "dialog"
    lines = [
        "export function DeploymentWizard() {",
        "  return (",
        "    <>",
        f"      <script async{_jsx({'src': f'{origin}/embed.js'})} />",
    ]
    if is_dialog:
        link = _jsx({"href": frame_address(origin, options)})
        lines.append(f"      <a{link} data-deployment-wizard-open>{OPENER}</a>")
    lines += ["      <deployment-wizard", *(f"        {line}" for line in _properties(origin, options))]
    return "\n".join([*lines, "      />", "    </>", "  )", "}"])


def _properties(origin: str, options: Options) -> Iterator[str]:
    attributes = element_attributes(options)
    yield _jsx({"src": f"{origin}/"}).strip()
    for name, value in attributes.items():
        yield name if name == SHARE_PATH else _jsx({name: value}).strip()
    if options.mode != "dialog":
        yield f"style={RESERVED}"
    yield from LISTENER.splitlines()


def _jsx(attributes: Mapping[str, str]) -> str:
    """Attributes as JSX, whose texts in quotation marks have the entities of HTML."""
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
