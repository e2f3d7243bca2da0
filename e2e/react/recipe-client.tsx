// Renders the component that the snippet builder gives.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { DeploymentWizard } from './recipe'

createRoot(document.getElementById('root')!).render(<StrictMode><DeploymentWizard /></StrictMode>)
