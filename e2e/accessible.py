"""What axe finds on a page, as lines for people to read."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page

# Axe's own wrapper for Playwright sends and reads its script for each look at a page, which takes longer than the look.
# And axe does not judge text on a gradient: here, each of a gradient's colours is made the whole of its ground in turn.
FIND = """async elsewhere => {
    const dot = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', {
        willReadFrequently: true,
    })
    const over = (ground, colour) => {
        dot.clearRect(0, 0, 1, 1)
        for (dot.fillStyle of [ground, colour]) dot.fillRect(0, 0, 1, 1)
        const [red, green, blue, alpha] = dot.getImageData(0, 0, 1, 1).data
        return `rgb(${red} ${green} ${blue} / ${alpha / 255})`
    }
    // Whether the ground is what axe could not make out; an arrow is no text, and in pictures one thing is over others.
    const isAbout = ({ any }) => ['bgGradient', 'bgImage'].includes(any[0]?.data?.messageKey)
    const painted = [...document.querySelectorAll('*')].flatMap(element => {
        const { backgroundImage, backgroundSize, backgroundColor } = getComputedStyle(element)
        if (backgroundImage === 'none') return []
        // What has a size is a mark beside the text, and not the ground behind it.
        const isGround = backgroundSize === 'auto' && backgroundImage.includes('gradient(')
        const stops = isGround ? backgroundImage.match(/(rgba?|color)\\([^()]*\\)/g) : []
        return [{ element, grounds: stops.map(stop => over(backgroundColor, stop)) }]
    })
    const looks = Math.max(1, ...painted.map(({ grounds }) => grounds.length))
    const found = new Set()
    for (let look = 0; look < looks; look += 1) {
        for (const { element, grounds } of painted) {
            Object.assign(element.style, { transition: 'none', backgroundImage: 'none' })
            if (grounds.length) element.style.backgroundColor = grounds[Math.min(look, grounds.length - 1)]
        }
        const rules = look ? { runOnly: 'color-contrast' } : {}
        const results = await axe.run({ exclude: elsewhere }, { ...rules, resultTypes: ['violations', 'incomplete'] })
        const unjudged = results.incomplete.map(result => ({ ...result, nodes: result.nodes.filter(isAbout) }))
        for (const { id, help, nodes } of [...results.violations, ...unjudged]) {
            for (const node of nodes) {
                const why = [...node.any, ...node.all, ...node.none].map(check => check.message).join('; ')
                found.add(`${id} (${help}): ${node.target.join(' ')}: ${why}`)
            }
        }
    }
    for (const { element } of painted) {
        Object.assign(element.style, { transition: '', backgroundImage: '', backgroundColor: '' })
    }
    return [...found]
}"""


def violations(page: Page | Frame, *elsewhere: str) -> list[str]:
    """Each element of `page` that breaks one of axe's rules, and how; without those in `elsewhere` (selectors)."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(FIND, list(elsewhere))
    return found
