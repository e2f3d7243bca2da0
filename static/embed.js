// The wizard on any page. See docs/embed.md.
(() => {
  const NAME = 'deployment-wizard'
  if (customElements.get(NAME)) return

  // Not by `document.…`: an element of the page with such a name would be found instead.
  const own = (name) => Reflect.get(Document.prototype, name, document)
  const make = (tag) => own('createElement').call(document, tag)
  const web = (address, base) => {
    try {
      const url = new URL(address, base)
      if (/^https?:/.test(url)) return url
    } catch {}
  }

  // At any other path it is a copy that an optimiser made, which does not tell where the wizard is.
  const script = web(own('currentScript')?.src)
  const HOME = script?.pathname === '/embed.js' ? new URL('.', script) : 'unknown:' // below a path, the server adds that
  const LOOK = ['theme', 'accent', 'background', 'radius', 'locale']
  const CAMPAIGN_TAGS = [] // filled in by `make minify`
  const ATTRIBUTES = [...LOOK, 'src', 'campaign', 'prefill', 'mode']
  const connected = new Set()
  let handled

  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`
    :host(:not([hidden])) { display: block; max-width: 100% }
    iframe, ::slotted(iframe) { display: block; border: 0; width: 100vw; min-width: 200px; max-width: 100% }
    iframe { height: max(560px, 1000px - 80vw); border-radius: 14px }
    div { scroll-margin: inherit }
    dialog { border: 0; padding: 1em; box-sizing: border-box; min-width: 100%; min-height: 100%; background: none; overscroll-behavior: contain; visibility: visible; pointer-events: auto }
    dialog[open] { display: grid; grid: auto / 100% }
    dialog::after { content: ''; position: absolute; top: 100%; padding: 1px }
    dialog div { width: 880px; max-width: 100%; margin: auto; border-radius: 18px; overflow: clip; background: Canvas }
    ::backdrop { background: #0b0d14a6 }
    button { border: 0; position: sticky; top: 12px; float: right; margin: 12px 12px -56px; width: 44px; height: 44px; border-radius: 50%; font: 24px system-ui; color: #000; background: #fff }`)

  class DeploymentWizard extends HTMLElement {
    static observedAttributes = ATTRIBUTES

    #inline = make('div')
    #dialog = make('dialog') // as large as the window, and with more to scroll, so that the page behind does not
    #box = make('div')
    #slot = make('slot') // in one of the two, and a frame of ours behind it
    #frame
    #gone
    #seen = new Set()
    #stage = 0 // the frame -1: goes; 1: shows something; 2: has loaded again; 3: shows news

    connectedCallback() {
      if (own('documentElement').matches('[data-turbo-preview], [data-turbolinks-preview]')) return this.querySelector('iframe')?.remove()
      const { signal } = (this.#gone = new AbortController())
      const gone = { signal } // not the controller itself, as libraries that copy options would lose its signal
      if (!this.shadowRoot) this.#build()
      connected.add(this)
      addEventListener('message', (message) => this.#hear(message), gone)
      for (const root of new Set([document, this.getRootNode()])) addEventListener.call(root, 'click', (click) => this.#openFor(click), { signal, capture: true })
      this.#arrange()
      if (this.#adopt()) return
      const settle = () => signal.aborted || this.#fill()
      if (own('readyState') === 'loading') addEventListener('DOMContentLoaded', settle, gone)
      else queueMicrotask(settle)
    }

    disconnectedCallback() {
      connected.delete(this)
      this.#gone?.abort()
      this.#frame = null
      this.close()
    }

    connectedMoveCallback() {}

    attributeChangedCallback(name, before, now) {
      if (!this.#frame || before === now) return
      if (name === 'mode') this.#arrange()
      else if (name === 'src' || name === 'prefill') this.#renew()
      else this.#hello(name)
    }

    open() {
      if (this.#isModal) this.#open()
    }

    close() {
      this.#dialog.close()
    }

    #build() {
      // What was set before the element was defined hides its properties.
      for (const [name, value] of Object.entries(this)) {
        delete this[name]
        this[name] = value
      }
      const shadow = this.attachShadow({ mode: 'open' })
      shadow.adoptedStyleSheets = [sheet]
      shadow.append(Object.assign(make('slot'), { name: 'open' }), this.#inline, this.#dialog)
      this.#inline.append(make('div'))
      this.#dialog.append(this.#box)
      this.#box.append(Object.assign(make('button'), { ariaLabel: 'Close', textContent: '×' }))
      this.#slot.onslotchange = () => this.isConnected && this.#adopt()
      this.#dialog.ariaLabel = this.#title
      this.#dialog.onclick = () => this.close()
      new ResizeObserver(() => this.#isSeen || this.close()).observe(this.#dialog)
    }

    #arrange() {
      const box = this.#isModal ? this.#box : this.#inline
      this.close()
      if (box.contains(this.#slot)) return
      const made = this.#slot.nextSibling
      this.#inline.style.minHeight = ''
      box.append(this.#slot)
      if (!made) return
      box.append(made)
      this.#stage = 0
    }

    #adopt() {
      for (const one of this.querySelectorAll(':scope > :is([data-deployment-wizard-open], :has([data-deployment-wizard-open]))')) one.slot = 'open'
      const frame = this.querySelector('iframe')
      if (!frame || frame === this.#frame) return frame
      this.#slot.nextSibling?.remove()
      return this.#take(frame)
    }

    #fill() {
      return this.#frame || this.#adopt() || this.#make()
    }

    #make() {
      const src = this.#address
      if (!src) return
      const frame = this.#slot.nextSibling ?? make('iframe')
      frame.sandbox = 'allow-forms allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts allow-top-navigation-by-user-activation'
      if (this.hasAttribute('share-path')) frame.referrerPolicy = 'no-referrer-when-downgrade'
      Object.assign(frame, { allow: '', loading: 'lazy', title: this.#title, src })
      this.#slot.after(frame)
      return this.#take(frame)
    }

    #take(frame) {
      this.#frame = frame
      this.#stage = 0
      frame.addEventListener('load', () => {
        this.#stage = this.#stage > 0 ? 2 : 0
        this.#hello()
      }, this.#gone)
      if (frame.contentDocument?.URL !== 'about:blank') this.#hello()
      return frame
    }

    get #isModal() { return this.mode === 'dialog' }
    get #isSeen() { return this.#dialog.checkVisibility?.() ?? this.#dialog.offsetWidth }
    get #title() { return this.title || 'Deployment Wizard' }
    get #origin() { return web(this.#frame.src)?.origin }

    get #address() {
      const url = web(this.src || HOME, this.baseURI)
      if (!url) return
      const { referrer_host, embed_path, ...tags } = this.#tags
      for (const [name, value] of [...Object.entries({ ...tags, ...this.#look() }), ...new URLSearchParams(this.prefill)]) {
        if (value && !url.searchParams.has(name)) url.searchParams.set(name, value)
      }
      return url
    }

    get #tags() {
      const query = new URLSearchParams(location.search)
      const tags = { campaign: this.campaign, referrer_host: own('referrer').split('/')[2], embed_path: this.hasAttribute('share-path') && location.pathname }
      for (const name of CAMPAIGN_TAGS) tags[name] = query.get(name)
      for (const name of Object.keys(tags)) tags[name] = (tags[name] || '').slice(0, 160)
      return tags
    }

    #look(changed) {
      const names = LOOK.filter((name) => this.hasAttribute(name) || name === changed)
      return Object.fromEntries(names.map((name) => [name, this[name].replace(/^(auto$|#)/, '')]))
    }

    #renew() {
      const address = this.#address
      if (!address) return
      this.#stage &&= address.origin === this.#origin ? -1 : 0
      if (this.#stage) this.#frame.contentWindow.location.replace(address)
      else this.#frame.src = address
    }

    #hello(changed) {
      const origin = this.#origin
      if (origin) this.#frame.contentWindow?.postMessage({ wizard: 1, type: 'hello', ...this.#look(changed), tags: this.#tags }, origin)
    }

    #hear({ source, origin, data }) {
      if (source !== this.#frame?.contentWindow || origin !== this.#origin || data?.wizard !== 1) return
      const { type } = data
      if (type === 'page') this.#show(data)
      if (type === 'height') this.#fit(data)
      if (type === 'exit') this.#tell(type, { deployment: data.deployment })
      if (type === 'close') this.close()
    }

    #show({ view, step, index, persona, recommended, error }) {
      if (this.#stage < 0) return
      const isNew = view && !this.#seen.has(view)
      this.#stage = this.#stage > 1 && (isNew || error || !view) ? 3 : 1
      if (!this.#seen.size) {
        if (!this.#isModal) this.#inline.style.minHeight = `${this.#frame.offsetHeight}px`
        this.#tell('ready')
      }
      this.#seen.add(view)
      if (isNew) persona ? this.#tell('result', { persona, recommended }) : this.#tell('step', { step, index })
    }

    #fit({ height }) {
      if (!(height > 0 && height <= 10000)) return
      Object.assign(this.#frame.style, { padding: 0, height: `${height}px` })
      if (this.#stage < 3) return
      this.#stage = 1
      this.#inline.style.minHeight = ''
      this.#dialog.scrollTop = 0
      this.#inline.firstChild.scrollIntoView({ block: 'nearest' })
    }

    #tell(type, detail) {
      this.dispatchEvent(new CustomEvent(`wizard-${type}`, { bubbles: true, composed: true, detail }))
    }

    // Whether it is open now. It closes again where nobody can see it, as inside what is hidden.
    #open() {
      if (!connected.has(this) || !this.#fill()) return
      if (!this.#dialog.open) this.#dialog.showModal()
      return this.#isSeen || this.close()
    }

    #openFor(click) {
      if (click === handled || click.ctrlKey || click.metaKey || click.shiftKey || click.altKey) return
      let id
      const path = click.composedPath()
      const opener = path.find((node) => (id = node.dataset?.deploymentWizardOpen)?.trim)
      if (!opener) return
      handled = click
      opener.focus()
      // The opener's own tree first, then those around it, then any other.
      for (const root of [...path, 0]) for (const one of connected) {
        if (!one.#isModal || (id && one.id !== id) || (root && one.getRootNode() !== root) || !one.#open()) continue
        // A menu that the click closes hides the dialog in it. The link is followed then.
        setTimeout(() => connected.has(one) && one.#inline.checkVisibility?.() === false && path[0].dispatchEvent((handled = new MouseEvent('click', click))), 500)
        return click.preventDefault()
      }
    }
  }

  for (const name of ATTRIBUTES) {
    Object.defineProperty(DeploymentWizard.prototype, name, {
      __proto__: null, // a page may add to that of all objects
      get() { return this.getAttribute(name) ?? '' },
      set(value) { value == null ? this.removeAttribute(name) : this.setAttribute(name, value) }
    })
  }

  customElements.define(NAME, DeploymentWizard)
})()
