/** Files as text, and what keeps them from being read, in words. */
import { readFile } from 'node:fs/promises'
import { UsageError } from './connection.ts'

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder, where a file is wanted',
  EACCES: 'you may not open it; see its permissions',
  EPERM: 'you may not open it; see its permissions',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
  EMFILE: 'too many files are open',
  ELOOP: 'its links run in circles',
  ENAMETOOLONG: 'the name is too long',
}

/** Of the file system, as Node throws it. */
export interface FileError extends Error {
  readonly code: string
  readonly path?: string
}

export const isFileError = (error: unknown): error is FileError =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

export const whyNot = (error: FileError): string => WHY[error.code] ?? error.message

/** Throws UsageError, also for what is empty or no UTF-8. */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (!isFileError(error)) throw error
    throw new UsageError(`Cannot read ${path}: ${whyNot(error)}.`, { cause: error })
  })
  const told = encodingFault(bytes)
  if (told !== null) throw new UsageError(`${path} ${told}`)
  const text = decodedUtf8(bytes)
  if (text === null) throw new UsageError(`${path} ${NOT_UTF8}`)
  if (text.trim() === '') throw new UsageError(`${path} is empty.`)
  return text
}

export const NOT_UTF8 = 'is not in UTF-8 (Shift_JIS, perhaps?): save it as UTF-8.'

/** By how a file begins; null where nothing speaks against UTF-8. */
export function encodingFault(bytes: Uint8Array): string | null {
  const [first, second] = bytes
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  return isUtf16 ? 'is in UTF-16: save it as UTF-8 (in Excel: "CSV UTF-8").' : null
}

/** Without its byte order mark; null where it is none. */
function decodedUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return null
  }
}

/** More than a worker takes; a walk through all of them is still no matter for the stack. */
const MOST_LEVELS = 100

/** Throws UsageError, which names the place. */
export function parsedJson(text: string, what: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new UsageError(`${what} is not JSON: ${error.message}`, { cause: error })
  }
  if (isDeep(value)) throw new UsageError(`${what} is nested deeper than ${MOST_LEVELS} levels.`)
  return value
}

function isDeep(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; depth <= MOST_LEVELS && level.length > 0; depth++) {
    level = level.flatMap((one): unknown[] =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    )
  }
  return level.length > 0
}
