/** Errors as the person at the terminal should read them. */
import type { Fault } from '../worker/contract/problem.ts'
import { AdminError, UnreachableError } from './admin-api.ts'
import { UsageError } from './connection.ts'
import { table } from './table.ts'
import { isFileError, whyNot } from './text-file.ts'

/** Prints what went wrong; the exit code. A bug is thrown on. */
export function explain(error: unknown, print: (line: string) => void): number {
  if (error instanceof UsageError) {
    print(error.message)
    return 2
  }
  if (error instanceof UnreachableError) {
    print(error.message)
    print('Is it running? On this machine: npm start. Elsewhere: give --url.')
    return 3
  }
  if (isFileError(error)) {
    print(`${error.path ?? 'A file'}: ${whyNot(error)}.`)
    return 2
  }
  if (!(error instanceof AdminError)) throw error
  const { code, detail, title, errors, field, requestId, status } = error.problem
  // The table below tells it with its place.
  const told = detail === undefined || (errors?.length ?? 0) > 0 ? null : detail
  // "segments.0" is "segments": of what was typed nobody counts from 0.
  const where = field === undefined ? '' : `${field.replace(/\.\d+$/, '')}: `
  // Who typed options has sent no body that they know of.
  const isPlain = code === 'invalid_body' && told !== null
  print(
    isPlain ? `${where}${told}` : `${title}${told === null ? '' : `: ${where}${told}`} (${code})`,
  )
  if (errors !== undefined && errors.length > 0) {
    print('')
    print(faultTable(errors))
  }
  if (code === 'unauthorized' || code === 'forbidden') {
    print('Check --token or TSUGI_TOKEN against the ADMIN_TOKEN of the worker.')
  }
  if (status >= 500) print(`Request ${requestId}: its log line tells more.`)
  return status >= 500 ? 3 : 1
}

function faultTable(faults: readonly Fault[]): string {
  const places = faults.some((fault) => fault.in !== undefined)
  return table(
    ['path', ...(places ? ['in'] : []), 'wrong', 'allowed'],
    faults.map(({ path, in: keys = '', wrong, allowed = '' }) => [
      path || '(the file)',
      ...(places ? [keys] : []),
      wrong,
      allowed,
    ]),
  )
}
