/**
 * What goes wrong on the way to PostgreSQL, for so many transactions.
 * `refuse`: no connection is taken. `lose-answer`: the commit is done and the
 * connection breaks before its answer. `hold-answer`: it is done and nothing
 * is heard of it. `lose-commit`: the connection breaks before the commit.
 */
export interface PostgresFault {
  readonly kind: 'refuse' | 'lose-answer' | 'hold-answer' | 'lose-commit'
  readonly times: number
}

/**
 * What a test may ask. There are two servers, each started by the first wish
 * that concerns it: one for all test files, and one for the files that spoil it, which
 * take turns.
 */
export type PostgresWish =
  /** Of the one to spoil. */
  | { readonly do: 'start' | 'kill' | 'clear-fault' }
  /** Answered when an answer is being held back. */
  | { readonly do: 'until-held' }
  /** Answered when nobody else has the turn any more. */
  | { readonly do: 'take-turn' | 'end-turn' }
  | { readonly do: 'fault'; readonly fault: PostgresFault }
  /** Past the proxy and its fault. */
  | { readonly do: 'query'; readonly sql: string; readonly spoiled: boolean }
