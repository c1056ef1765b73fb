/** What `load` was told. There is one SDK in a page, so there is one of everything. */
import type { LoadOptions } from '../api.ts'

interface Settings extends LoadOptions {
  readonly writeKey: string
  readonly host: string
  /** Where the device keeps what is ours. */
  readonly storageKey: string
}

export let settings: Settings

export const configure = (given: Settings): void => {
  settings = given
}
