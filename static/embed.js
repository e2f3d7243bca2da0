// <deployment-wizard>: the wizard on any page. See docs/embed.md.
(() => {
  const NAME = 'deployment-wizard'
  if (customElements.get(NAME)) return

  const script = document.currentScript ?? document.querySelector('script[src$="/embed.js"]')
  const LOOK = ['theme', 'accent', 'locale']
  const ATTRIBUTES = [...LOOK, 'src', 'campaign', 'prefill', 'mode']
  const OPENER = `data-${NAME}-open`

  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`
    :host { display: block }
    :host([hidden]), button { display: none }
    dialog { all: unset; display: block }
    iframe { display: block; width: 100%; height: max(560px, 1000px - 80vw); border: 0; border-radius: 14px }
    [role=dialog] { all: revert; width: 880px; padding: 0; border: 0; border-radius: 18px }
    ::backdrop { background: #0b0d14a6 }
    [role=dialog] button { display: block; position: sticky; top: 12px; float: right; margin: 12px 12px -56px; width: 44px; height: 44px; border: 0; border-radius: 50%; font: 24px system-ui; color: #000; background: #fff }`)

  class DeploymentWizard extends HTMLElement {
    static observedAttributes = ATTRIBUTES

    #dialog // is around the frame in either mode, since a frame that is moved loads again
    #frame
    #gone
    #opener
    #seen = new Set()
    #stage = 0 // 0: has shown nothing; 1: has told what it shows; 2: has loaded another page
    #isNews = false

    connectedCallback() {
      this.#gone = new AbortController()
      const { signal } = this.#gone
      if (!this.#dialog) this.#build()
      addEventListener('message', (message) => this.#hear(message), { signal })
      document.addEventListener('click', (click) => this.#openFor(click), { signal })
      this.#arrange()
      // A frame inside may still be on its way, from the parser or a script.
      const settle = () => signal.aborted || this.#adopt() || this.#make()
      if (this.#adopt()) return
      if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', settle, { signal })
      else queueMicrotask(settle)
    }

    disconnectedCallback() {
      this.#gone.abort()
      this.#frame = null
    }

    connectedMoveCallback() {} // moveBefore() leaves the frame as it is

    attributeChangedCallback(name, before, now) {
      if (!this.#frame || before === now) return
      if (name === 'mode') this.#arrange()
      else if (name === 'src' || name === 'prefill') this.#renew()
      else this.#hello(name)
    }

    open() {
      if (this.#isModal && !this.#dialog.open) this.#dialog.showModal()
    }

    close() {
      this.#dialog.close()
    }

    #build() {
      const shadow = this.attachShadow({ mode: 'open' })
      shadow.adoptedStyleSheets = [sheet]
      shadow.innerHTML = '<dialog><button aria-label="Close">×</button><slot></slot></dialog>'
      this.#dialog = shadow.firstChild
      this.#dialog.onclick = () => this.close() // by the button or the backdrop
      this.#dialog.onclose = () => this.#opener?.focus()
      shadow.querySelector('slot').onslotchange = () => this.isConnected && this.#adopt()
    }

    get #isModal() { return this.mode === 'dialog' }
    get #title() { return this.title || 'Deployment Wizard' }

    #arrange() {
      this.close()
      this.#dialog.role = this.#isModal ? 'dialog' : 'none'
      this.#dialog.ariaLabel = this.#isModal ? this.#title : null
    }

    #adopt() {
      const frame = this.querySelector('iframe')
      if (!frame || frame === this.#frame) return frame
      this.shadowRoot.querySelector('iframe')?.remove()
      if (!this.#isModal) this.#dialog.style.minHeight = `${frame.offsetHeight}px`
      return this.#take(frame)
    }

    #make() {
      const frame = this.shadowRoot.querySelector('iframe') ?? document.createElement('iframe')
      frame.sandbox = 'allow-forms allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts allow-top-navigation-by-user-activation'
      if (this.sharePath) frame.referrerPolicy = 'no-referrer-when-downgrade'
      Object.assign(frame, { loading: 'lazy', title: this.#title, src: this.#address })
      this.#dialog.append(frame)
      this.#take(frame)
    }

    #take(frame) {
      this.#frame = frame
      this.#stage = 0
      frame.addEventListener('load', () => {
        this.#stage &&= 2
        this.#hello()
      }, this.#gone)
      if (frame.contentDocument?.URL !== 'about:blank') this.#hello() // it has come already
      return frame
    }

    get #base() { return new URL(this.src || '/', this.src ? document.baseURI : script?.src || location) }

    get #address() {
      const url = this.#base
      const { referrer_host, embed_path, ...tags } = this.#tags
      for (const [name, value] of Object.entries({ ...tags, ...this.#look(), ...Object.fromEntries(new URLSearchParams(this.prefill)) })) {
        if (value) url.searchParams.set(name, value)
      }
      return url
    }

    get #tags() {
      const query = new URLSearchParams(location.search)
      const tags = { campaign: this.campaign, embed_path: this.sharePath ? location.pathname : '' }
      for (const name of ['source', 'medium', 'campaign', 'term', 'content']) tags[`utm_${name}`] = query.get(`utm_${name}`) ?? ''
      tags.referrer_host = document.referrer.split('/')[2] ?? ''
      for (const name in tags) tags[name] = tags[name].slice(0, 160)
      return tags
    }

    // What has been `removed` must be told, too.
    #look(removed) {
      const names = LOOK.filter((name) => this.hasAttribute(name) || name === removed)
      return Object.fromEntries(names.map((name) => [name, this[name].replace(/^(auto$|#)/, '')]))
    }

    #renew() {
      if (this.#stage) this.#frame.contentWindow.location.replace(this.#address)
      else this.#frame.src = this.#address
      this.#stage = 0
    }

    #hello(removed) {
      this.#frame.contentWindow?.postMessage({ wizard: 1, type: 'hello', ...this.#look(removed), tags: this.#tags }, this.#origin)
    }

    get #origin() { return new URL(this.#frame.src || this.#base).origin }

    #hear({ source, origin, data }) {
      if (!this.#frame || source !== this.#frame.contentWindow || origin !== this.#origin || data?.wizard !== 1) return
      const { type, height, deployment } = data
      if (type === 'page') this.#show(data)
      if (type === 'height') this.#fit(height)
      if (type === 'exit') this.#tell(type, { deployment })
      if (type === 'close') this.close()
    }

    #show({ view, step, index, persona, recommended, error }) {
      const isNew = view && !this.#seen.has(view)
      if (this.#stage > 1 && (isNew || error)) this.#isNews = true
      this.#stage = 1
      if (!this.#seen.size) this.#tell('ready')
      this.#seen.add(view)
      if (isNew) persona ? this.#tell('result', { persona, recommended }) : this.#tell('step', { step, index })
    }

    // The reserved space goes as the height changes, so that the page around moves once.
    #fit(height) {
      if (!(height > 0 && height <= 10000)) return
      this.#frame.style.height = `${height}px`
      if (!this.#isNews) return
      this.#isNews = false
      this.#dialog.style.minHeight = ''
      this.#dialog.scrollTop = 0
      if (!this.#isModal && this.getBoundingClientRect().top < 0) this.scrollIntoView()
    }

    #tell(type, detail) {
      this.dispatchEvent(new CustomEvent(`wizard-${type}`, { bubbles: true, composed: true, detail }))
    }

    #openFor(click) {
      const opener = click.target.closest(`[${OPENER}]`)
      const id = opener?.getAttribute(OPENER)
      if (!opener || click.ctrlKey || click.metaKey || this !== (id ? document.getElementById(id) : document.querySelector(`${NAME}[mode=dialog]`))) return
      click.preventDefault()
      this.#opener = opener
      this.open()
    }

    get sharePath() { return this.hasAttribute('share-path') }
    set sharePath(value) { this.toggleAttribute('share-path', value) }
  }

  for (const name of ATTRIBUTES) {
    Object.defineProperty(DeploymentWizard.prototype, name, {
      get() { return this.getAttribute(name) ?? '' },
      set(value) { this.setAttribute(name, value) }
    })
  }

  customElements.define(NAME, DeploymentWizard)
})()
