// The overview and the list, made quicker: filters apply at once, and they keep themselves up to date while somebody looks.
// The server stays the only author of what is shown: the same page is fetched, and those parts of it that changed are
// swapped in. An interaction under way (a selection, a date, an open list) is not interrupted.
const $ = (selector, root = document) => root.querySelector(selector)
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)]
const EVERY_MS = 60_000
const LONGEST_MS = 16 * EVERY_MS
const BUSY_MS = 30_000
const TYPED_MS = 200
const MENUS = '#custom[open], #share[open], #part-export details[open]'
const served = new Map($$('[data-live]').map(part => [part.id, part.innerHTML]))
const bare = address => address.split('#')[0]
let pending, timer, typed, failures = 0, fetchedAt = Date.now(), touchedAt = 0, shownAt = bare(location.href), isLeaving = false

const say = (id, text) => { const place = $(id); if (place.textContent !== text) place.textContent = text }
const lastUpdate = () => $('#as-of').textContent.trim().replace(/^\D+/, '')

// Somebody who types, or has a list open (which browsers don't tell), touched a field a moment ago and is still in it.
const isBusy = () => $('#filters')?.contains(document.activeElement)
  && document.activeElement.matches('select, input') && Date.now() - touchedAt < BUSY_MS

// The field of the breakdown stays in place while somebody types in it; all around it is swapped.
const isFinding = part => part.id === 'part-find' && part.contains(document.activeElement)

function holds(part) {
  const selection = getSelection()
  if (part.id === 'part-filters' && isBusy()) return true
  if (isFinding(part)) return true
  const selects = !selection.isCollapsed && selection.rangeCount && selection.getRangeAt(0).intersectsNode(part)
  return selects || part.contains(document.activeElement) && document.activeElement.matches('[type=date]')
}

// Where the focus is, in words that hold for the new part, too: an id, or the address of a link and which of those it is.
function placeOf(part) {
  const element = document.activeElement
  if (!part.contains(element)) return null
  if (element.id) return root => root.querySelector('#' + CSS.escape(element.id))
  const href = element.getAttribute('href')
  const alike = href === null ? element.tagName : `[href="${CSS.escape(href)}"]`
  const index = $$(alike, part).indexOf(element)
  return root => $$(alike, root)[index]
}

function swapPart(part, fresh) {
  const find = placeOf(part)
  const open = $$('details[open][id]', part).map(details => details.id)
  const scrolled = $$('.scroll, .chart, .selects', part).map(area => area.scrollLeft)
  part.replaceChildren(...document.importNode(fresh, true).childNodes)
  for (const details of $$('details[id]', part)) details.open = open.includes(details.id)
  $$('.scroll, .chart, .selects', part).forEach((area, index) => { area.scrollLeft = scrolled[index] ?? 0 })
  prepare(part)
  if (find) (find(part) ?? $('#main')).focus({ preventScroll: true })
}

function swap(fresh, isForced) {
  // What somebody reads stays where it is: what begins in sight, or else reaches into it, and is there afterwards, too.
  const places = $$('[data-live], [data-live] [id]').map(place => [place.id, place.getBoundingClientRect()])
  const begin = places.filter(([, { top, height }]) => height && top >= 0 && top < innerHeight)
  const seen = [...begin, ...places.filter(([, box]) => box.bottom > 0)]
  for (const part of $$('[data-live]')) {
    const other = fresh.getElementById(part.id)
    if (!other || other.innerHTML === served.get(part.id) || (isForced ? isFinding : holds)(part)) continue
    served.set(part.id, other.innerHTML)
    swapPart(part, other)
  }
  document.title = fresh.title
  for (const [index, link] of $$('.site-header nav a').entries()) {
    link.href = ($$('.site-header nav a', fresh)[index] ?? link).getAttribute('href')  // fewer where a role was taken away
  }
  const [id, box] = seen.find(([id]) => document.getElementById(id)) ?? []
  if (id) scrollBy({ top: document.getElementById(id).getBoundingClientRect().top - box.top, behavior: 'instant' })
}

// Nothing is fetched once the page is being replaced: a second reload would abort the first.
function reload() {
  isLeaving = true
  location.reload()
}

async function load(address, isForced) {
  clearTimeout(timer)
  if (isLeaving) return
  pending?.abort()
  const own = pending = new AbortController()
  if (isForced) $('#main').setAttribute('aria-busy', 'true')
  const limit = setTimeout(() => own.abort(new DOMException('', 'TimeoutError')), EVERY_MS / 2)
  try {
    // What nobody asked for keeps no session in use.
    const response = await fetch(address, { signal: own.signal, headers: isForced ? {} : { 'X-Refresh': '1' } })
    // Signed out, or, of a shared view, revoked or expired: the page says which.
    if ([401, 404, 410].includes(response.status)) return reload()
    if (!response.ok) throw new Error(response.statusText)
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
    // The page has other parts now: the first visit came, or the last one was erased.
    if (!$('#filters', fresh) !== !$('#filters')) return reload()
    swap(fresh, isForced)
    failures = 0
    fetchedAt = Date.now()
    say('#stale', '')
    return response.url
  } catch (error) {
    if (error.name === 'AbortError') return
    failures += 1
    say('#stale', `Not up to date since ${lastUpdate()}. Trying again.`)
  } finally {
    clearTimeout(limit)
    if (own === pending) {
      pending = null
      $('#main').removeAttribute('aria-busy')
      schedule()
    }
  }
}

// A page behind a place in the list must not change while it is read.
const isStill = () => $('[data-still]')

function schedule() {
  clearTimeout(timer)
  if (isStill() || isLeaving) return
  const wait = Math.min(EVERY_MS * 2 ** failures, LONGEST_MS)
  timer = setTimeout(refresh, Math.max(0, fetchedAt + wait - Date.now(), failures ? EVERY_MS / 4 : 0))
}

function refresh() {
  if (document.hidden || pending || isStill()) return  // what is under way is newer than this, or what somebody asked for
  if (!isBusy()) return load(bare(location.href), false)
  timer = setTimeout(refresh, BUSY_MS / 10)
}

async function go(address, isTyped) {
  const shown = await load(address, true)
  if (pending) return  // something else was asked for since
  if (!shown) return $('#filters')?.reset()  // it failed: the fields say again what is shown
  if (shown !== bare(location.href)) history[isTyped ? 'replaceState' : 'pushState'](null, '', shown)
  shownAt = bare(shown)
  const told = isTyped ? $('#c-breakdown') : $('#part-lead')
  say('#said', told.textContent.trim().replace(/\s+/g, ' '))
}

function find() {
  const address = new URL(location.href)
  address.searchParams.delete('all')
  address.searchParams.set('find', $('#find-text').value)
  if (!$('#find-text').value.trim()) address.searchParams.delete('find')
  go(bare(address.href), true)
}

function apply() {
  const given = new URLSearchParams([...new FormData($('#filters'))].filter(([, value]) => value))
  // The dates show the period that is chosen: they count once they are changed, or where nothing else is chosen.
  const dates = $$('#custom input')
  const count = dates.every(date => date.value) && (!given.has('period') || dates.some(date => date.value !== date.defaultValue))
  if (count) given.delete('period')
  else if (given.has('period')) for (const name of ['since', 'until']) given.delete(name)
  go(`${$('#filters').getAttribute('action')}?${given}`)
}

function prepare(root) {
  for (const button of $$('#apply, #find-button', root)) button.hidden = true
}

document.addEventListener('change', ({ target }) => { if (target.matches('#filters select')) apply() })
document.addEventListener('input', ({ target }) => {
  if (target.id !== 'find-text') return
  clearTimeout(typed)
  typed = setTimeout(find, TYPED_MS)
})
document.addEventListener('submit', event => {
  if (!['filters', 'find'].includes(event.target.id)) return
  event.preventDefault()
  if (event.target.id === 'find') return find()
  const missing = $$('#custom[open] input').filter(date => !date.value)
  if (missing.length) return missing[0].focus()
  $('#custom')?.removeAttribute('open')
  apply()
})
document.addEventListener('click', event => {
  for (const menu of $$(MENUS)) if (!menu.contains(event.target)) menu.open = false
  const link = event.target.closest('a[data-view]')
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  go(link.href)
})
document.addEventListener('keydown', event => {
  const menu = event.key === 'Escape' && $(`${MENUS}, #filter-menu[open]`)
  if (!menu) return
  menu.open = false
  $('summary', menu).focus()
})
for (const type of ['pointerdown', 'keydown', 'input']) {
  document.addEventListener(type, ({ target }) => { if (target.closest?.('#filters')) touchedAt = Date.now() }, true)
}
document.addEventListener('visibilitychange', () => { if (!document.hidden) schedule() })
addEventListener('popstate', () => {  // also told of a step to another part of this page
  if (bare(location.href) === shownAt) return
  shownAt = bare(location.href)
  load(shownAt, true)
})
addEventListener('online', refresh)
// WebKit keeps a page for Back in spite of no-store where there is no TLS; after signing out, it must not be shown.
addEventListener('pageshow', ({ persisted }) => { if (persisted) reload() })
prepare(document)
schedule()
