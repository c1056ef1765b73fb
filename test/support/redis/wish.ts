import type { Fault } from './faults.ts'

/** What a test may ask of its server. */
export type Wish =
  | { readonly do: 'fault'; readonly fault: Fault }
  | { readonly do: 'until-stuck'; readonly times: number }
  | { readonly do: 'clear-faults' | 'release' | 'kill' | 'start' | 'count' | 'remove' }
  /** Past the bridge and its faults. */
  | { readonly do: 'command'; readonly command: readonly (string | number)[] }
