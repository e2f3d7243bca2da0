// The wizard on any page. See docs/embed.md.
(() => {
  const NAME = 'deployment-wizard'
  if (customElements.get(NAME)) return

  const HOME = new URL('/', document.currentScript?.src || location)
  const LOOK = ['theme', 'accent', 'locale']
  const CAMPAIGN_TAGS = [] // the server fills them in
  const ATTRIBUTES = [...LOOK, 'src', 'campaign', 'prefill', 'mode']
  const OPENER = `data-${NAME}-open`
  const make = (tag) => document.createElement(tag)

  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`
    :host(:not([hidden])) { display: block }
    iframe, ::slotted(iframe), dialog, button { border: 0 }
    iframe { display: block; width: 100%; height: max(560px, 1000px - 80vw); border-radius: 14px }
    dialog { width: 880px; padding: 0; overscroll-behavior: contain; border-radius: 18px }
    ::backdrop { background: #0b0d14a6 }
    button { position: sticky; top: 12px; float: right; margin: 12px 12px -56px; width: 44px; height: 44px; border-radius: 50%; font: 24px system-ui; color: #000; background: #fff }`)

  class DeploymentWizard extends HTMLElement {
    static observedAttributes = ATTRIBUTES

    #inline = make('div')
    #dialog = make('dialog')
    #slot = make('slot') // in one of the two, and a frame of ours behind it
    #frame
    #gone
    #seen = new Set()
    #stage = 0 // the frame -1: goes; 1: shows something; 2: has loaded again; 3: shows news

    connectedCallback() {
      const gone = (this.#gone = new AbortController())
      if (!this.shadowRoot) this.#build()
      addEventListener('message', (message) => this.#hear(message), gone)
      document.addEventListener('click', (click) => this.#openFor(click), gone)
      this.#arrange()
      if (this.#adopt()) return
      const settle = () => gone.signal.aborted || this.#adopt() || this.#make()
      if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', settle, gone)
      else queueMicrotask(settle)
    }

    disconnectedCallback() {
      this.#gone.abort()
      this.#frame = null
    }

    connectedMoveCallback() {}

    attributeChangedCallback(name, before, now) {
      if (!this.#frame || before === now) return
      if (name === 'mode') this.#arrange()
      else if (name === 'src' || name === 'prefill') this.#renew()
      else this.#hello(name)
    }

    open() {
      if (this.#isModal) this.#dialog.showModal()
    }

    close() {
      this.#dialog.close()
    }

    #build() {
      const shadow = this.attachShadow({ mode: 'open' })
      shadow.adoptedStyleSheets = [sheet]
      shadow.append(this.#inline, this.#dialog)
      this.#dialog.append(Object.assign(make('button'), { ariaLabel: 'Close', textContent: '×' }))
      this.#slot.onslotchange = () => this.isConnected && this.#adopt()
      this.#dialog.ariaLabel = this.#title
      this.#dialog.onclick = () => this.close()
    }

    #arrange() {
      const box = this.#isModal ? this.#dialog : this.#inline
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
      const frame = this.querySelector('iframe')
      if (!frame || frame === this.#frame) return frame
      this.#slot.nextSibling?.remove()
      return this.#take(frame)
    }

    #make() {
      const frame = this.#slot.nextSibling ?? make('iframe')
      frame.sandbox = 'allow-forms allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts allow-top-navigation-by-user-activation'
      if (this.hasAttribute('share-path')) frame.referrerPolicy = 'no-referrer-when-downgrade'
      Object.assign(frame, { allow: '', loading: 'lazy', title: this.#title, src: this.#address })
      this.#slot.after(frame)
      this.#take(frame)
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
    get #title() { return this.title || 'Deployment Wizard' }
    get #origin() { return new URL(this.#frame.src || this.#address).origin }

    get #address() {
      const url = new URL(this.src || HOME, document.baseURI)
      const { referrer_host, embed_path, ...tags } = this.#tags
      for (const [name, value] of [...Object.entries({ ...tags, ...this.#look() }), ...new URLSearchParams(this.prefill)]) {
        if (value && !url.searchParams.has(name)) url.searchParams.set(name, value)
      }
      return url
    }

    get #tags() {
      const query = new URLSearchParams(location.search)
      const tags = { campaign: this.campaign, referrer_host: document.referrer.split('/')[2], embed_path: this.hasAttribute('share-path') && location.pathname }
      for (const name of CAMPAIGN_TAGS) tags[name] = query.get(name)
      for (const name in tags) tags[name] = (tags[name] || '').slice(0, 160)
      return tags
    }

    #look(changed) {
      const names = LOOK.filter((name) => this.hasAttribute(name) || name === changed)
      return Object.fromEntries(names.map((name) => [name, this[name].replace(/^(auto$|#)/, '')]))
    }

    #renew() {
      const address = this.#address
      this.#stage &&= address.origin === this.#origin ? -1 : 0
      if (this.#stage) this.#frame.contentWindow.location.replace(address)
      else this.#frame.src = address
    }

    #hello(changed) {
      this.#frame.contentWindow?.postMessage({ wizard: 1, type: 'hello', ...this.#look(changed), tags: this.#tags }, this.#origin)
    }

    #hear({ source, origin, data }) {
      if (source !== this.#frame?.contentWindow || origin !== this.#origin || data?.wizard !== 1) return
      const { type, height, deployment } = data
      if (type === 'page') this.#show(data)
      if (type === 'height') this.#fit(height)
      if (type === 'exit') this.#tell(type, { deployment })
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

    #fit(height) {
      if (!(height > 0 && height <= 10000)) return
      this.#frame.style.height = `${height}px`
      if (this.#stage < 3) return
      this.#stage = 1
      this.#inline.style.minHeight = ''
      this.#dialog.scrollTop = 0
      if (!this.#isModal && this.getBoundingClientRect().top < 0) this.scrollIntoView()
    }

    #tell(type, detail) {
      this.dispatchEvent(new CustomEvent(`wizard-${type}`, { bubbles: true, composed: true, detail }))
    }

    #openFor(click) {
      const opener = click.composedPath().find((node) => node.matches?.(`[${OPENER}]`))
      const id = opener?.getAttribute(OPENER)
      if (!opener || click.ctrlKey || click.metaKey || this !== document.querySelector(`${NAME}[mode=dialog]` + (id && `#${CSS.escape(id)}`))) return
      click.preventDefault()
      opener.focus()
      this.open()
    }
  }

  for (const name of ATTRIBUTES) {
    Object.defineProperty(DeploymentWizard.prototype, name, {
      get() { return this.getAttribute(name) ?? '' },
      set(value) { value == null ? this.removeAttribute(name) : this.setAttribute(name, value) }
    })
  }

  customElements.define(NAME, DeploymentWizard)
})()
