// On the pages of the studio that compare texts: shows previews in frames, once they are asked for, with the text that they are about
// highlighted. Without scripts they are links.
function frame({ href, dataset: { shows, title } }) {
  const made = document.createElement('iframe')
  made.sandbox = 'allow-same-origin allow-scripts'
  made.title = title
  made.addEventListener('load', () => made.contentWindow.postMessage({ wizardText: shows }, location.origin))
  made.src = href
  return made
}

document.addEventListener('toggle', ({ target }) => {
  if (!target.open) return
  for (const link of target.querySelectorAll('a[data-shows]')) link.replaceWith(frame(link))
}, true)
