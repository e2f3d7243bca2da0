// The draft editor, made quicker: texts are saved as they are typed, parts of the page are replaced instead of all of it, and
// the preview follows. The server stays the only author of what is shown. What could not be saved stays in the page and in
// localStorage until it is.
const $ = (selector, root = document) => root.querySelector(selector)
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)]
const TYPED_MS = 600
const SEARCHED_MS = 250
const RETRY_MS = 4000
const LIMIT_MS = 20_000
const PARTS = ['part-review', 'part-choices', 'part-views', 'part-filters', 'part-list', 'part-stage']
const main = $('#main'), frame = $('#preview'), status = $('#status')
const kept = `wizard-draft:${main.dataset.draft}:`
const SIGN_IN = 'Not saved: you are signed out. Sign in again in a new tab; then it is saved here.'
const REASONS = {
  403: 'Not saved: you may not edit any more. Your text stays here.',
  404: 'Not saved: this draft is not open any more. Your text stays here: copy it.',
  413: 'Not saved: the text is too long.',
  422: 'Not saved: the text has a character that can’t be stored.',
}
let timer, retry, saving, going, framed, searched, isDirty = false, isTold = false

function say(text, kind = '') {
  status.dataset.kind = kind
  if (status.textContent !== text) status.textContent = text
}

const parsed = html => new DOMParser().parseFromString(html, 'text/html')
const edit = () => $('#edit')
const field = () => $('#text')
const nameOf = form => kept + form.dataset.locale + ':' + form.dataset.key
const storage = {  // none where the browser keeps none
  all() { try { return Object.keys(localStorage).filter(name => name.startsWith(kept)) } catch { return [] } },
  read(name) { try { return JSON.parse(localStorage.getItem(name)) } catch { return null } },
  keep(name, value) { try { localStorage.setItem(name, JSON.stringify(value)); return true } catch { return false } },
  drop(name) { try { localStorage.removeItem(name) } catch { /* there is none */ } },
}

// Saving ------------------------------------------------------------------------------------------------------------------

function typed() {
  const form = edit()
  isDirty = true
  // Of a conflict that nobody has decided, another revision is kept, so that it is one again.
  const seen = isHeld() ? '0' : $('#seen').value
  isTold = !storage.keep(nameOf(form), { text: field().value, seen, version: form.elements.version.value })
  count()
  clearTimeout(timer)
  timer = setTimeout(save, TYPED_MS)
}

// Which of two texts stands is decided by a button.
const isHeld = () => Boolean($('.conflict'))

function count() {
  if (!field()) return
  const length = [...field().value.replaceAll('\r\n', '\n')].length
  $('#count').textContent = length
  edit().classList.toggle('over', length > Number(field().dataset.limit))
}

// What is sent: at most one request at a time, so that each knows the revision that the one before has made.
async function save(isAsked = false) {
  clearTimeout(timer)
  clearTimeout(retry)
  if (saving) { await saving; return isDirty ? save() : undefined }
  const form = edit()
  if (!form || !isDirty || isHeld() && isAsked !== true) return
  // What could not be saved stays said until it is: where its line went, the click that ends the typing would miss.
  if (status.dataset.kind !== 'failed') say('Saving…')
  saving = send(form, new URLSearchParams(new FormData(form)), field().value)
  try { await saving } finally { saving = undefined }
}

const post = (address, body, more = {}) => fetch(address, {
  method: 'POST', body, headers: { 'X-Part': 'text' }, signal: AbortSignal.timeout(LIMIT_MS), ...more,
})

async function send(form, body, text) {
  let response, html
  try {
    response = await post(form.action, body)
    html = await response.text()
  } catch {
    return failed('Not saved: the server can’t be reached. Trying again.')
  }
  if (response.status === 400) {  // another session since: the page's token is that of the one before
    if (!await renewed()) return failed(SIGN_IN)
    body.set('csrf_token', form.elements.csrf_token.value)
    try {
      response = await post(form.action, body)
      html = await response.text()
    } catch {
      return failed('Not saved: the server can’t be reached. Trying again.')
    }
  }
  if (response.status === 401) return failed(SIGN_IN, true)
  if (response.status !== 200 && response.status !== 409) {
    const reason = REASONS[response.status]
    return reason ? say(reason, 'failed') : failed('Not saved: the server had a problem. Trying again.')
  }
  const fresh = parsed(html)
  const isShown = edit() === form
  replace(fresh, ['part-filters', 'part-review'])
  if (storage.read(nameOf(form))?.text === text) storage.drop(nameOf(form))
  if (response.status === 409) {
    isDirty = false
    say('Not saved yet: this text was changed meanwhile.', 'failed')
    if (isShown) conflict(form, document.importNode($('#edit', fresh), true), text)
    return
  }
  if (isShown) {
    $('.conflict', form)?.remove()
    replace(fresh, ['seen', 'state', 'undo', 'edits'])
    if ($('.problem', edit())) field().setAttribute('aria-invalid', 'true')
    else field().removeAttribute('aria-invalid')
    if (field().value !== text) return typed()
  }
  isDirty = isTold = false
  say('Saved', 'saved')
  refreshFrame()
}

// Both texts, with what was typed since `text` was sent, and the cursor where it was.
function conflict(form, fresh, text) {
  const { value, selectionStart, selectionEnd } = field()
  form.replaceWith(fresh)
  if (value !== text) {
    field().value = value
    typed()
  }
  field().focus()
  field().setSelectionRange(selectionStart, selectionEnd)
  count()
}

// False where a text stays as it is: its conflict came up just now, or neither the server nor the browser keeps it.
async function settled() {
  const wasHeld = isHeld()
  await save()
  return (wasHeld || !isHeld()) && !(isDirty && isTold)
}

function failed(text, isSignedOut = false) {
  say(text, 'failed')
  if (isSignedOut) {
    const link = document.createElement('a')
    Object.assign(link, { href: location.href, target: '_blank', rel: 'noopener', textContent: 'Sign in' })
    status.append(' ', link)
  }
  clearTimeout(retry)
  retry = setTimeout(save, RETRY_MS)
}

// The token of the session of today; false while there is none.
async function renewed() {
  try {
    const token = $('[name=csrf_token]', parsed(await (await fetch(location.href)).text()).getElementById('main') ?? document.createElement('p'))
    if (!token) return false
    for (const input of $$('[name=csrf_token]')) input.value = token.value
    return true
  } catch { return false }
}

// Texts that were typed and not saved before: on this page they are put back, others are named.
function restore() {
  const others = []
  for (const name of storage.all()) {
    const found = storage.read(name)
    const [locale, key] = name.slice(kept.length).split(/:(.*)/s)
    if (!found) { storage.drop(name); continue }
    if (!edit() || nameOf(edit()) !== name) { others.push({ locale, key, ...found }); continue }
    if (found.text === field().value) { storage.drop(name); continue }
    field().value = found.text
    $('#seen').value = found.seen
    edit().elements.version.value = found.version
    isDirty = true
    timer = setTimeout(save, TYPED_MS)
  }
  const place = $('#part-unsaved')
  place.hidden = !others.length
  place.className = 'unsaved'
  place.replaceChildren(...others.length ? [paragraph('Not saved yet. Open a text to save it:')] : [])
  for (const other of others) {
    const link = Object.assign(document.createElement('a'), { href: hrefOf(other), textContent: `${other.key} (${other.locale})` })
    link.dataset.go = ''
    place.append(link)
  }
}

const paragraph = text => Object.assign(document.createElement('p'), { textContent: text })

// Going elsewhere in the draft --------------------------------------------------------------------------------------------

function hrefOf(values) {
  const address = new URL(location.href)
  address.hash = ''
  for (const [name, value] of Object.entries(values)) {
    if (['locale', 'key', 'view', 'q', 'page', 'filter'].includes(name)) address.searchParams.set(name, value)
  }
  return address.href
}

function replace(fresh, ids) {
  for (const id of ids) {
    const part = document.getElementById(id), other = fresh.getElementById(id)
    if (part && other && part.outerHTML !== other.outerHTML) {
      if (part.matches('input')) part.value = other.value
      else part.replaceChildren(...document.importNode(other, true).childNodes)
    }
  }
}

async function go(address, { request, isPushed = true, isTyped = false, focus = '' } = {}) {
  if (!request && !await settled()) return
  going?.abort()
  const own = going = new AbortController()
  main.setAttribute('aria-busy', 'true')
  try {
    const response = await fetch(address, { signal: own.signal, ...request })
    const fresh = parsed(await response.text())
    if (!$('#choose', fresh)) return location.assign(response.status === 401 || request ? location.href : address)
    show(fresh, response.url, isTyped)
    if (isPushed) history[isTyped ? 'replaceState' : 'pushState'](null, '', response.url)
    if (focus) $(focus)?.focus({ preventScroll: true })
    say($('#status', fresh).textContent, $('#status', fresh).dataset.kind)
  } catch (error) {
    if (error.name !== 'AbortError') say('The server can’t be reached. Try again in a moment.', 'failed')
  } finally {
    if (own === going) {
      going = undefined
      main.removeAttribute('aria-busy')
    }
  }
}

function show(fresh, address, isTyped) {
  const list = $('#part-list'), top = list.scrollTop, was = source()
  const active = document.activeElement?.id
  isDirty = false
  replace(fresh, isTyped ? PARTS.filter(id => id !== 'part-choices') : PARTS)
  main.dataset.view = $('#main', fresh).dataset.view
  document.title = fresh.title
  $('#stage').classList.toggle('phone', $('#stage', fresh).classList.contains('phone'))
  $('#stage').classList.toggle('desktop', $('#stage', fresh).classList.contains('desktop'))
  const next = $('#preview', fresh)
  frame.title = next.title
  if (next.getAttribute('src') !== was) load(next.getAttribute('src'))
  frame.dataset.src = next.getAttribute('src')
  list.scrollTop = top
  if (active && document.getElementById(active) !== document.activeElement) document.getElementById(active)?.focus({ preventScroll: true })
  prepare()
  scale()
}

function prepare() {
  for (const button of $$('#show, #save')) button.hidden = true
  $('.row.open')?.scrollIntoView({ block: 'nearest' })
  count()
  restore()
  mark()
}

// The preview -------------------------------------------------------------------------------------------------------------

const source = () => frame.dataset.src ?? frame.getAttribute('src')

// In place of an address: it would be one step more for the browser's Back.
function load(address) {
  frame.contentWindow.location.replace(address)
}

async function refreshFrame() {
  framed?.abort()
  const own = framed = new AbortController()
  try {
    const response = await fetch(source(), { signal: own.signal })
    if (!response.ok) return
    // Without its head, whose styles are there: parsing them here would break this page's policy.
    const html = await response.text(), shown = frame.contentDocument
    shown.body.replaceWith(shown.importNode(parsed(html.slice(html.indexOf('<body'))).body, true))
    mark()
  } catch { /* the next one is newer, or tells what is wrong */ }
}

// Which text is edited, so that the preview shows where it is.
function mark() {
  frame.contentWindow?.postMessage({ wizardText: edit()?.dataset.key ?? '' }, location.origin)
}

function scale() {
  const stage = $('#stage')
  stage.classList.add('scaled')
  stage.style.setProperty('--scale', Math.min(1, stage.clientWidth / 1280))
}

// What somebody does ------------------------------------------------------------------------------------------------------

addEventListener('message', ({ source: from, origin, data }) => {
  if (from !== frame.contentWindow || origin !== location.origin || typeof data?.wizardText !== 'string') return
  go(hrefOf({ key: data.wizardText, view: 'texts' }), { focus: '#text' })
})
frame.addEventListener('load', mark)
new ResizeObserver(scale).observe($('#stage'))

document.addEventListener('input', ({ target }) => {
  if (target.id === 'text') typed()
  if (target.id !== 'q') return
  clearTimeout(searched)
  searched = setTimeout(() => go(hrefOf({ q: target.value, key: '', view: 'texts' }), { isTyped: true }), SEARCHED_MS)
})
document.addEventListener('focusout', ({ target }) => { if (target.id === 'text' && isDirty) save() })
document.addEventListener('change', ({ target }) => {
  if (target.id === 'page') go(hrefOf({ page: target.value, key: '', q: '', filter: '' }))
  if (target.id === 'locale') go(hrefOf({ locale: target.value }))
})
document.addEventListener('submit', async event => {
  const { target: form, submitter } = event
  if (form.id === 'choose') {
    event.preventDefault()
    return go(hrefOf({ q: $('#q').value, page: $('#page').value, locale: $('#locale').value }))
  }
  if (form.id !== 'edit' && !form.hasAttribute('data-go')) return
  event.preventDefault()
  if (form.id === 'edit' && !submitter?.hasAttribute('formaction') && submitter?.name !== 'choice') {
    isDirty = true
    return save(true)
  }
  if (submitter?.name === 'choice') { isDirty = false; storage.drop(nameOf(form)) }
  else if (!await settled()) return
  const body = new URLSearchParams(new FormData(form))
  if (submitter?.name) body.set(submitter.name, submitter.value)
  await go(submitter?.getAttribute('formaction') ?? form.getAttribute('action'), { request: { method: 'POST', body }, focus: '#text' })
  refreshFrame()
})
document.addEventListener('click', event => {
  const menu = $('#draft-menu')
  if (menu.open && !menu.contains(event.target)) menu.open = false
  const insert = event.target.closest('[data-insert]')
  if (insert) {
    field().focus()
    return document.execCommand('insertText', false, insert.dataset.insert)  // the only way that the browser can undo
  }
  const link = event.target.closest('a[data-go]')
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  const focus = link.matches('.row > a, .unsaved a') ? '#text' : link.classList.contains('move') ? `#${link.id}` : ''
  go(link.href, { focus })
})
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && $('#draft-menu').open) {
    $('#draft-menu').open = false
    $('#draft-menu summary').focus()
  }
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.id === 'text') {
    event.preventDefault()
    const next = $('#move-next')
    next ? go(next.href, { focus: '#text' }) : save()
  }
})
addEventListener('popstate', () => go(location.href, { isPushed: false }))
// Somebody who comes back has signed in meanwhile, perhaps.
addEventListener('focus', () => { if (isDirty) save() })
addEventListener('online', () => { if (isDirty) save() })
addEventListener('pagehide', () => {
  const form = edit()
  if (form && isDirty && !isHeld()) post(form.action, new URLSearchParams(new FormData(form)), { keepalive: true, signal: undefined }).catch(() => {})
})
addEventListener('beforeunload', event => { if (isDirty && isTold) event.preventDefault() })
addEventListener('pageshow', ({ persisted }) => { if (persisted) location.reload() })
main.classList.add('scripted')
prepare()
scale()
