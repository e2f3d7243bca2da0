// A button with `data-copies` copies the text of the element whose id that is, and says so in #said.
// It is hidden until this script is there.
const SHOWN_MS = 2000

async function copy(button) {
  const source = document.getElementById(button.dataset.copies)
  const said = document.getElementById('said')
  getSelection().selectAllChildren(source)
  try {
    await navigator.clipboard.writeText(source.textContent)
  } catch {  // plain HTTP, or refused: the text is selected, which an older way can copy
    if (!document.execCommand('copy')) return said.textContent = 'Selected. Copy it with your keyboard.'
  }
  button.textContent = said.textContent = 'Copied'
  setTimeout(() => { button.textContent = 'Copy' }, SHOWN_MS)
}

for (const button of document.querySelectorAll('[data-copies]')) {
  button.hidden = false
  button.addEventListener('click', () => copy(button))
}
