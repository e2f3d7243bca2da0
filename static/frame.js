// Tells the element around the frame what is shown. See docs/embed.md.
(() => {
  const root = document.documentElement
  const { here, shown } = document.querySelector('main').dataset
  const told = document.createElement('div')
  let host, height, waiting, heard
  let asked = new URL(location)
  let place = new URL(here ?? asked, asked)
  // Back to the first page leads to its journey, not to a new one; a hash is still to be scrolled to.
  if (here && !asked.hash) history.replaceState(null, '', here)

  const tell = (type, detail) => host && parent.postMessage({ wizard: 1, type, ...detail }, host)

  const measure = () => Math.ceil(root.getBoundingClientRect().height)
  // The scrollbar is hidden while the frame is as high as the page; the host page may allow it less.
  const reveal = () => innerWidth && root.toggleAttribute('data-fitted', innerHeight > measure() - 2)
  const fit = () => {
    const now = Math.min(measure(), 10000)
    if (now && innerWidth && now !== height) tell('height', { height: (height = now) })
    clearTimeout(waiting)
    waiting = setTimeout(reveal, 300)
  }
  const sizes = new ResizeObserver(() => host ? fit() : resize())
  // Without the host page's script, the browser resizes the frame as a page loads, if it can, and does not shrink it.
  // Once asked to, it does both at any time. It may still measure at the width before, so the height is written down.
  const resize = () => {
    root.style.minHeight = ''
    const now = measure()
    if (!innerWidth || Math.abs(innerHeight - now) < 2) return
    root.style.minHeight = `${now}px`
    requestResize()
  }
  const fitAgain = () => {
    if (Math.abs(innerHeight - height) > 1) height = 0
    fit()
  }

  // A theme is put on; another colour, radius or language is another page of the same visit.
  const LOOK = ['accent', 'background', 'radius', 'locale']
  const dress = (look) => {
    const at = (address) => {
      const url = new URL(address, location)
      for (const name of ['theme', ...LOOK]) if (name in look) url.searchParams.set(name, look[name])
      return url
    }
    // As an address has them, else what can't be written there would differ for ever.
    const differs = (name) => name in look && [place, asked].every((url) => at(url).searchParams.get(name) !== (url.searchParams.get(name) ?? ''))
    if (LOOK.some(differs)) location.replace(at(place))
    else if (differs('theme')) {
      root.dataset.theme = look.theme
      history.replaceState(null, '', (asked = place = at(place)))
      for (const link of document.querySelectorAll('a[href^="/"]')) link.href = at(link.href)
      for (const form of document.forms) form.action = at(form.action)
    }
  }

  if (self.requestResize && document.querySelector('meta[name^=responsive]')) {
    sizes.observe(document.body)
    addEventListener('resize', () => host || resize())
  }

  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || data?.wizard !== 1 || data.type !== 'hello' || (host ??= origin) !== origin) return
    root.dataset.fitted = root.style.minHeight = height = ''
    told.replaceChildren(...Object.entries({ ...data.tags, embed_origin: host }).map(([name, value]) =>
      Object.assign(document.createElement('input'), { type: 'hidden', name: `host.${name}`, value })))
    document.querySelector('[method=post]')?.append(told)
    tell('page', JSON.parse(shown ?? '{}'))
    fit()
    // Anew: as the element takes the frame in, it may just now have no size at all.
    sizes.observe(root)
    addEventListener('resize', fitAgain)
    // A language that the visitor has switched to since, in the frame, stays until the host page asks for another.
    const { locale } = data
    if (heard ? locale === heard.locale : place.searchParams.has('locale') && document.referrer.startsWith(location.origin)) delete data.locale
    heard = { locale }
    dress(data)
  })
  addEventListener('click', (click) => {
    const link = click.target.closest('a')
    const { deployment } = link?.dataset ?? {}
    if (!deployment) return
    tell('exit', { deployment })
    if (click.ctrlKey || click.metaKey || click.shiftKey || click.altKey) return
    // Where a sandbox around the frame forbids to leave the host page, the link opens in a new tab.
    click.preventDefault()
    let leaves
    try { leaves = open(link.href, '_top') } catch {}
    leaves || open(link.href, '_blank', 'noopener')
  })
  addEventListener('keydown', ({ key }) => key === 'Escape' && tell('close'))
})()
