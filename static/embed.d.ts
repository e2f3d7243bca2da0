// Types of the element <deployment-wizard> and of its events, for TypeScript 5.1 and newer, and for React 19.
// Put this file into your project, where `include` of your tsconfig.json finds it. See docs/embed.md.

export type WizardStep = 'who' | 'team_size' | 'hosting'
export type WizardPersona = 'enthusiast' | 'visionary' | 'team' | 'enterprise'
export type WizardDeployment = 'cloud' | 'private_cloud' | 'on_premise'

/** The events of the element, by name. They bubble and are composed. */
export interface WizardEventMap {
  'wizard-ready': CustomEvent<null>
  'wizard-step': CustomEvent<{ step: WizardStep; index: number }>
  'wizard-result': CustomEvent<{ persona: WizardPersona; recommended: WizardDeployment }>
  'wizard-exit': CustomEvent<{ deployment: WizardDeployment }>
}

/** The attributes of the element. */
export interface WizardAttributes {
  src?: string
  theme?: 'auto' | 'light' | 'dark'
  accent?: string
  background?: string
  radius?: string | number
  locale?: string
  campaign?: string
  prefill?: string
  mode?: 'inline' | 'dialog'
  title?: string
  'share-path'?: boolean
}

/** The element. A property is "" without its attribute; null or undefined removes the attribute. */
export interface DeploymentWizardElement extends HTMLElement {
  get src(): string
  set src(value: WizardAttributes['src'] | null)
  get theme(): string
  set theme(value: WizardAttributes['theme'] | null)
  get accent(): string
  set accent(value: WizardAttributes['accent'] | null)
  get background(): string
  set background(value: WizardAttributes['background'] | null)
  get radius(): string
  set radius(value: WizardAttributes['radius'] | null)
  get locale(): string
  set locale(value: WizardAttributes['locale'] | null)
  get campaign(): string
  set campaign(value: WizardAttributes['campaign'] | null)
  get prefill(): string
  set prefill(value: WizardAttributes['prefill'] | null)
  get mode(): string
  set mode(value: WizardAttributes['mode'] | null)
  /** Opens the dialog, with mode="dialog". */
  open(): void
  /** Closes the dialog. */
  close(): void
}

type WizardHandlers = {
  [Name in keyof WizardEventMap as `on${Name}`]?: (event: WizardEventMap[Name]) => void
}

/** What JSX takes: the attributes, and handlers such as `onwizard-result`. */
export type WizardProps = WizardAttributes & WizardHandlers

declare global {
  interface HTMLElementTagNameMap {
    'deployment-wizard': DeploymentWizardElement
  }
  interface GlobalEventHandlersEventMap extends WizardEventMap {}
}

// @ts-ignore: a project without React has no such module
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      // @ts-ignore: likewise
      'deployment-wizard': WizardProps & DetailedHTMLProps<HTMLAttributes<DeploymentWizardElement>, DeploymentWizardElement>
    }
  }
}
