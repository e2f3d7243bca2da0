// A button with `data-copies` copies the text of the element whose id that is, or the value of a field, and says so in #said,
// in the words of `data-copied`. Buttons that are hidden are shown by this script, those of the class `copy` by what it adds to
// the document.
const SHOWN_MS = 2000

async function copy(button) {
  const source = document.getElementById(button.dataset.copies)
  const said = document.getElementById('said')
  const { copied = 'Copied', selected = 'Selected. Copy it with your keyboard.' } = button.dataset
  source.select ? source.select() : getSelection().selectAllChildren(source)
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent)
  } catch {  // plain HTTP, or refused: the text is selected, which an older way can copy
    if (!document.execCommand('copy')) return said.textContent = selected
  }
  button.copyName ??= button.textContent
  button.textContent = said.textContent = copied
  setTimeout(() => { button.textContent = button.copyName }, SHOWN_MS)
}

document.documentElement.classList.add('can-copy')
for (const button of document.querySelectorAll('[data-copies]')) button.hidden = false
document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-copies]')
  if (button) copy(button)
})
