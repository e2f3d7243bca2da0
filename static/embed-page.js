// The page that makes the snippet, made quicker: a choice applies at once, events are listed.
// The server stays the only author of what is shown: each choice fetches this same page, and its parts are swapped in.
const $ = (selector, root = document) => root.querySelector(selector)
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)]
const form = $('form')
const preview = $('#preview')
const MAX_EVENTS = 20
let pending

const say = text => { $('#said').textContent = text }

function swap(fresh) {
  const changed = $$('[data-live]').filter(part => part.innerHTML !== $('#' + part.id, fresh).innerHTML)
  for (const part of changed) {
    const news = $('#' + part.id, fresh)
    part.className = news.className
    part.replaceChildren(...news.childNodes)
  }
  for (const field of $$('[aria-describedby][name]', form)) {
    field.setAttribute('aria-invalid', $('#' + field.id, fresh).hasAttribute('aria-invalid'))
  }
  const news = changed.filter(part => part.matches('.message, .contrast, #site-message')).map(part => part.textContent.trim())
  // Choosing a tab changes nothing: "Copied", said meanwhile, stays.
  if (changed.length) say(news.filter(Boolean).join(' ') || 'The snippet is up to date.')
}

function show(fresh) {
  for (const name of preview.getAttributeNames()) if (!fresh.hasAttribute(name)) preview.removeAttribute(name)
  for (const { name, value } of fresh.attributes) {
    if (preview.getAttribute(name) !== value) preview.setAttribute(name, value)
  }
  // Where its script did not come, the element is only a box around the frame.
  if (!customElements.get('deployment-wizard')) preview.replaceChildren(...fresh.childNodes)
}

async function update() {
  pending?.abort()
  pending = new AbortController()
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value))
  const address = String(query) ? `${form.action}?${query}` : form.action
  try {
    const response = await fetch(address, { signal: pending.signal })
    if (!response.ok) throw new Error(response.statusText)
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
    swap(fresh)
    show($('#preview', fresh))
    history.replaceState(null, '', address)
  } catch (error) {
    if (error.name === 'AbortError') return
    $('#update').hidden = false
    say('That could not be applied. Press Update to try again.')
  }
}

function list({ type, detail }) {
  const line = document.createElement('li')
  const name = document.createElement('b')
  name.textContent = type
  line.append(name, ...Object.values(detail ?? {}).map(value => ` ${value}`))
  const lines = $('#events ol')
  $('.note', lines)?.remove()
  lines.append(line)
  if (lines.children.length > MAX_EVENTS) lines.firstChild.remove()
  lines.scrollTop = lines.scrollHeight
}

let typing
const picker = name => $(`[data-picks=${name}]`)
document.addEventListener('input', ({ target }) => {
  if (target.form !== form) return
  if (target.dataset.picks) $('#' + target.dataset.picks).value = target.value
  if (target.id && picker(target.id) && /^#[0-9a-f]{6}$/i.test(target.value)) picker(target.id).value = target.value
  clearTimeout(typing)
  typing = setTimeout(update, target.matches('select, [type=radio], [type=checkbox]') ? 0 : 250)
})
form.addEventListener('submit', event => { event.preventDefault(); update() })
$('#update').hidden = true
for (const colour of $$('[data-picks]')) colour.hidden = false
for (const type of ['wizard-ready', 'wizard-step', 'wizard-result', 'wizard-exit']) preview.addEventListener(type, list)
$('#events').hidden = false
