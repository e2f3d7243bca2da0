// Renders the page as a server does.
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { App } from './app'

export const html = (src: string) => renderToString(<StrictMode><App src={src} byRef /></StrictMode>)
