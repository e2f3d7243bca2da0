"""Finds what is wrong with the layout of a page: text outside it, cut off, or over other text."""

from playwright.sync_api import Page

SCRIPT = """() => {
  for (const text of document.querySelectorAll('wizard-text')) text.replaceWith(...text.childNodes)
  document.body.normalize()
  for (const details of document.querySelectorAll('details')) details.open = true
  const found = new Set(), width = document.documentElement.clientWidth
  const named = (node) => `${node.tagName}.${node.className} "${node.textContent.trim().slice(0, 30)}"`
  const { scrollWidth } = document.documentElement
  if (scrollWidth > width) found.add(`the page is ${scrollWidth} px wide`)

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), lines = []
  while (texts.nextNode()) {
    const node = texts.currentNode, element = node.parentElement
    if (!node.textContent.trim() || element.closest('.unseen, .on-paper, script, style')) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    for (const { left, right, top, bottom, height } of range.getClientRects()) {
      if (right - left < 1) continue
      if (left < -.5 || right > width + .5) found.add(`outside the page: ${named(element)}`)
      // What is inked of a line: its box is higher, and those of lines close together overlap.
      lines.push({ node, left: left + 1, right: right - 1, top: top + height / 4, bottom: bottom - height / 4 })
    }
  }
  lines.sort((one, other) => one.top - other.top)
  lines.forEach((one, place) => {
    for (const other of lines.slice(place + 1)) {
      if (other.top >= one.bottom) break
      if (one.node !== other.node && one.left < other.right && other.left < one.right)
        found.add(`over each other: ${named(one.node.parentElement)} and ${named(other.node.parentElement)}`)
    }
  })

  for (const element of document.querySelectorAll('body *')) {
    const style = getComputedStyle(element)
    if (element.closest('.unseen, svg, input') || style.display === 'inline' || !element.clientWidth) continue
    const isHigher = style.overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 1
    if (element.scrollWidth > element.clientWidth + 1 || isHigher) found.add(`cut off or too wide: ${named(element)}`)
  }
  return [...found]
}"""


def layout_faults(page: Page) -> list[str]:
    """A line for each fault of the page. The elements around the texts of a preview are removed first."""
    found: list[str] = page.evaluate(SCRIPT)
    return found
