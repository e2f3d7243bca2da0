"""What axe finds on a page, as lines for people to read."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page

# Axe's own wrapper for Playwright sends and reads its script for each look at a page, which takes longer than the look.
FIND = """async elsewhere => {
    const { violations } = await axe.run({ exclude: elsewhere }, { resultTypes: ['violations'] })
    return violations.flatMap(({ id, help, nodes }) => nodes.map(node => {
        const why = [...node.any, ...node.all, ...node.none].map(check => check.message).join('; ')
        return `${id} (${help}): ${node.target.join(' ')}: ${why}`
    }))
}"""


def violations(page: Page | Frame, *elsewhere: str) -> list[str]:
    """Each element of `page` that breaks one of axe's rules, and how; without those in `elsewhere` (selectors)."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(FIND, list(elsewhere))
    return found
