/** Finds in an answer what must never go to a browser. */
import { CONFIGURATION } from './actions.ts'

const { segments, policies, actions } = CONFIGURATION

/** Keys and names of whatever the configuration has; only content and placements are public. */
const SECRETS = [
  ...[...segments, ...policies, ...actions].flatMap(({ key, name }) => [key, name]),
  ...policies.flatMap(({ split }) => split?.arms.map(({ key }) => `"${key}"`) ?? []),
  ...['knitwear-lover', 'audience', 'sessionNumber', 'Product Viewed', 'Order Completed'],
]

/** What decide and collect may answer a browser with, by the path to each value. */
const PUBLIC = [
  /^decisions\.[a-z-]+\.items\.\d+\.decisionId$/,
  /^decisions\.[a-z-]+\.items\.\d+\.content\.[a-z]+(\.html)?$/,
  /^decisions\.[a-z-]+\.items$/,
  /^(acked|rejected)(\.\d+)?$/,
  /^(profileId|epoch|degraded|success|accepted)$/,
]

/** Leaves of a JSON value, empty lists and objects too, by path. */
function* leaves(value: unknown, path: readonly string[] = []): Generator<[string, unknown]> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  if (entries.length === 0) yield [path.join('.'), value]
  for (const [key, inner] of entries) yield* leaves(inner, [...path, key])
}

/**
 * @param values what a profile holds of the visitor, such as an e-mail address
 * @returns one line for each thing found
 */
export function leaksIn(body: string, values: readonly string[] = []): string[] {
  const answer = JSON.parse(body) as unknown
  const found = [...leaves(answer)]
    .filter(([path]) => !PUBLIC.some((pattern) => pattern.test(path)))
    .map(([path]) => `not public: ${path}`)
  const secrets = [...SECRETS, ...values]
  const readable = [body, ...opened(answer)]
  for (const secret of secrets) {
    if (readable.some((text) => text.includes(secret))) found.push(`tells "${secret}"`)
  }
  return found
}

/** decisionIds as somebody curious would read them. */
const opened = (answer: unknown): string[] =>
  [...leaves(answer)]
    .filter(([path, value]) => path.endsWith('.decisionId') && typeof value === 'string')
    .flatMap(([, value]) => String(value).split('.'))
    .flatMap((part) => [0, 1, 2, 3].map((skip) => part.slice(skip)))
    .map((part) => Buffer.from(part, 'base64url').toString('utf8'))
