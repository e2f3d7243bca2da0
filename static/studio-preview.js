// In the studio's preview: tells the page around the frame which text is clicked, and shows which one is edited there. Links and
// buttons do nothing else. Arrow keys move from text to text, Enter is a click. The texts may be replaced at any time.
const MOVES = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }

const texts = () => [...document.querySelectorAll('[data-text]')]
const seen = () => texts().filter((text) => text.getClientRects().length && !text.closest('.unseen'))

function choose(text) {
  parent.postMessage({ wizardText: text.dataset.text }, location.origin)
}

function move(from, step) {
  const all = seen(), own = all.indexOf(from)
  const next = all[own < 0 ? Math.max(0, all.findIndex((text) => from.contains(text))) : own + step]
  if (!next) return
  next.tabIndex = -1
  next.focus()
}

document.addEventListener('submit', (event) => event.preventDefault())
document.addEventListener('click', (event) => {
  const { target } = event
  if (!target.closest('summary')) event.preventDefault()
  const text = target.closest('[data-text]') ?? target.closest('a, button')?.querySelector('[data-text]')
  if (text) choose(text)
})
document.addEventListener('keydown', (event) => {
  const { key, target } = event
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  if (key in MOVES) move(target, MOVES[key])
  else if (key === 'Enter' && target.matches('[data-text]')) choose(target)
  else return
  event.preventDefault()
})
addEventListener('message', ({ source, origin, data }) => {
  if (source !== parent || origin !== location.origin || typeof data?.wizardText !== 'string') return
  for (const text of texts()) text.toggleAttribute('data-edited', text.dataset.text === data.wizardText)
  document.querySelector('[data-edited]')?.scrollIntoView({ block: 'nearest' })
})
