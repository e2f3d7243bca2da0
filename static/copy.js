// A button with `data-copies` copies the text of the element whose id that is, and says so in #said.
// Buttons that are hidden are shown by this script, those of the class `copy` by what it adds to the document.
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

document.documentElement.classList.add('can-copy')
for (const button of document.querySelectorAll('[data-copies]')) button.hidden = false
document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-copies]')
  if (button) copy(button)
})
