/** What a line of a bulk decide is told where its person got no answer. */
import type { BulkFault } from '../contract/bulk.ts'
import type { BulkPerson, BulkPorts, BulkRun } from './decide-bulk.ts'
import type { CollectError } from './commit-chunk.ts'

const DETAILS: Readonly<Record<CollectError, string>> = {
  store_busy: 'too many others changed them at once; ask again',
  store_unavailable: 'the store does not answer; ask again',
  outbox_full: 'too much waits for the warehouse; ask again later',
}

export const toldOf = ({ line, ref }: BulkPerson) => ({
  line,
  ...(ref === undefined ? {} : { ref }),
})

export const failed = (person: BulkPerson, code: CollectError): BulkFault => ({
  ...toldOf(person),
  error: { code, detail: DETAILS[code] },
})

/** A fault of ours that one of them met: the others are answered. */
export function thrown(
  { log }: Pick<BulkPorts, 'log'>,
  { requestId }: Pick<BulkRun, 'requestId'>,
  person: BulkPerson,
  error: unknown,
): BulkFault {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  log({ level: 'error', requestId, line: person.line, error: message, stack })
  const detail = 'a fault of ours, in our log under the request and this line'
  return { ...toldOf(person), error: { code: 'internal', detail } }
}
