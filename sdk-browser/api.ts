/** What a page can call: the type of `window.tsugi` and of the module's default export. */

/** Anything that JSON can carry; what it cannot carry is left out as JSON.stringify does. */
export type Properties = { readonly [key: string]: unknown }

export interface LoadOptions {
  /** Origin of the worker. The origin that the script came from unless given. */
  readonly host?: string
  /**
   * For how many milliseconds a placement may stay hidden while its content is
   * on the way, network included. Default 300.
   */
  readonly budgetMs?: number
  /**
   * `granted` (default): every purpose is allowed until it is denied.
   * `pending`: events are held in memory and nothing is stored until `consent()`.
   */
  readonly consent?: 'granted' | 'pending'
  /** `auto` (default): a page event on load and on every navigation. `manual`: only `page()`. */
  readonly pages?: 'auto' | 'manual'
  /** Sent with every decision: what the page knows, such as the cart's value. */
  readonly context?: Properties | (() => Properties)
  /** How long events are gathered before they are sent. Default 1000. */
  readonly flushMs?: number
}

/** The last argument of every event call. */
export interface EventOptions {
  /** Merged over the event's own context. */
  readonly context?: Properties
  /** When it happened, if not now (ISO 8601). */
  readonly timestamp?: string
  readonly integrations?: Properties
  /** JWT signed by the site's server that proves the userId; for `identify`. */
  readonly token?: string
}

/** Plain text, or HTML that was sanitized when it was published. */
export type ContentValue = string | { readonly html: string }

export interface DecisionItem {
  /** Give it back as `decisionId` with `$impression`, `$click` and `$dismiss`. */
  readonly decisionId: string
  readonly content: { readonly [field: string]: ContentValue }
}

export interface Answer {
  readonly decisions: {
    readonly [placement: string]: {
      /** None: the page's own content stays. */
      readonly items: readonly DecisionItem[]
      /** Where none is shown and yet an experiment counts who would have seen one. */
      readonly decisionId?: string
    }
  }
  /** True when nothing could be decided: not allowed, not reachable, or too slow. */
  readonly degraded: boolean
  /** This browser opened a preview link: it sees what the link shows, and nothing of it counts. */
  readonly preview?: boolean
  /** Who this is to the worker; null for somebody it does not know yet. */
  readonly profileId?: string | null
}

/** An event that will never be delivered, and why. */
export interface RejectedEvent {
  readonly messageId: string | null
  readonly code: string
  readonly detail: string
}

export interface Listeners {
  /** An event was made, before consent is looked at. */
  readonly event: (message: Properties) => void
  readonly decision: (answer: Answer) => void
  readonly consent: (choices: { readonly [purpose: string]: boolean }) => void
  readonly rejected: (event: RejectedEvent) => void
}

/**
 * Arguments follow analytics.js: what stands in brackets there may be left out.
 * Calls made before `load` wait for it.
 */
export interface Tsugi {
  load(writeKey: string, options?: LoadOptions): void
  page(properties?: Properties, options?: EventOptions): void
  page(name: string, properties?: Properties, options?: EventOptions): void
  page(category: string, name: string, properties?: Properties, options?: EventOptions): void
  track(event: string, properties?: Properties, options?: EventOptions): void
  identify(userId: string | number, traits?: Properties, options?: EventOptions): void
  identify(traits: Properties, options?: EventOptions): void
  group(groupId: string | number, traits?: Properties, options?: EventOptions): void
  /** `to` is the new userId; `from` the current one unless given. */
  alias(to: string | number, from?: string | number, options?: EventOptions): void
  /** Forgets who this was: new anonymousId, no userId, new session. Choices of consent stay. */
  reset(): void
  /** For instance `{ analytics: true, personalization: false }`. */
  consent(choices: { readonly [purpose: string]: boolean }): void
  /** Asks now, fills the placements' elements, and answers. Never rejects. */
  decide(placements?: string | readonly string[], context?: Properties): Promise<Answer>
  on<Name extends keyof Listeners>(name: Name, listener: Listeners[Name]): void
  off<Name extends keyof Listeners>(name: Name, listener: Listeners[Name]): void
}
