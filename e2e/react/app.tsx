// A page of a React 19 site that embeds the wizard: its theme changes, and the visitor goes to another page and back.
import { useState } from 'react'
import type { DeploymentWizardElement, WizardProps } from './embed'

declare global {
  interface Window {
    /** The events that React's handlers received: name and details. */
    received: [string, unknown][]
  }
}

const receive = ({ type, detail }: CustomEvent) => { window.received.push([type, detail]) }

/** Listens to the element, as is needed on pages that a server renders; React calls what it returns in the end. */
function listen(wizard: DeploymentWizardElement) {
  const gone = new AbortController()
  for (const name of ['wizard-ready', 'wizard-step', 'wizard-result'] as const) {
    wizard.addEventListener(name, receive, gone)
  }
  return () => gone.abort()
}

const HANDLERS: WizardProps = { 'onwizard-ready': receive, 'onwizard-step': receive, 'onwizard-result': receive }

export function App({ src, byRef }: { src: string; byRef: boolean }) {
  const [theme, setTheme] = useState<WizardProps['theme']>('light')
  const [isThere, setThere] = useState(true)
  return (
    <>
      <script async src={`${src}embed.js`} />
      <button id="theme" onClick={() => setTheme(theme === 'light' ? 'dark' : 'light')}>Theme</button>
      <button id="navigate" onClick={() => setThere(!isThere)}>Navigate</button>
      {isThere ? (
        <deployment-wizard
          src={src}
          theme={theme}
          radius={8}
          campaign="react"
          share-path
          {...(byRef ? { ref: listen } : HANDLERS)}
        />
      ) : (
        <p id="elsewhere">Another page</p>
      )}
    </>
  )
}
