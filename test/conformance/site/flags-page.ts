/** OpenFeature's web SDK and provider as published, handed to the page by name. */
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider'
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk'

export interface FlagsPage {
  readonly OpenFeature: typeof OpenFeature
  readonly OFREPWebProvider: typeof OFREPWebProvider
  readonly ProviderEvents: typeof ProviderEvents
}

Object.assign(globalThis, { flags: { OpenFeature, OFREPWebProvider, ProviderEvents } })
