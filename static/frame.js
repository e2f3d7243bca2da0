// In a frame: tells the <deployment-wizard> around it what is shown, and how high that is. See docs/embed.md.
(() => {
  const root = document.documentElement
  const { here, shown } = document.querySelector('main').dataset
  const told = document.createElement('div')
  let host, height

  const tell = (type, detail) => host && parent.postMessage({ wizard: 1, type, ...detail }, host)

  const fit = () => {
    const now = Math.min(Math.ceil(root.getBoundingClientRect().height), 10000)
    if (innerWidth && now !== height) tell('height', { height: (height = now) })
  }

  // The theme changes at once; another accent or language is another page of the same visit.
  const dress = (look) => {
    const url = new URL(here ?? location, location)
    const news = ['theme', 'accent', 'locale'].filter((name) => name in look && look[name] !== (url.searchParams.get(name) ?? ''))
    for (const name of news) url.searchParams.set(name, look[name])
    if (news.some((name) => name !== 'theme')) return location.replace(url)
    if (!news[0]) return
    root.dataset.theme = look.theme
    history.replaceState(null, '', url)
    for (const link of document.querySelectorAll('a[href^="/"], form')) {
      const name = link.href ? 'href' : 'action'
      const to = new URL(link[name])
      to.searchParams.set('theme', look.theme)
      link[name] = to
    }
  }

  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || data?.wizard !== 1 || data.type !== 'hello' || (host ??= origin) !== origin) return
    root.dataset.fitted = height = ''
    told.replaceChildren(...Object.entries({ ...data.tags, embed_origin: host }).map(([name, value]) =>
      Object.assign(document.createElement('input'), { type: 'hidden', name: `host.${name}`, value })))
    tell('page', JSON.parse(shown ?? '{}'))
    fit()
    dress(data)
  })

  document.querySelector('form')?.append(told)
  new ResizeObserver(fit).observe(root)
  addEventListener('click', ({ target }) => {
    const { deployment } = target.closest('a')?.dataset ?? {}
    if (deployment) tell('exit', { deployment })
  })
  addEventListener('keydown', ({ key }) => key === 'Escape' && tell('close'))
})()
