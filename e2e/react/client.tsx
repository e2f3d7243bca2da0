// Renders the page in Strict Mode, or hydrates it where a server has rendered it.
import { StrictMode } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { App } from './app'

const root = document.getElementById('root')!
const isRendered = root.hasChildNodes()
const page = <StrictMode><App src={root.dataset.src!} byRef={isRendered || 'byRef' in root.dataset} /></StrictMode>
window.received = []
if (isRendered) hydrateRoot(root, page, { onRecoverableError: error => console.error(error) })
else createRoot(root).render(page)
