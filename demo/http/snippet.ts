/** The SDK's snippet, as a customer pastes it: pinned by its hash, allowed by the page's nonce. */
import { demoConfiguration } from '../config.ts'
import { Html } from '../html.ts'
import type { Visit } from '../pages/visit.ts'
import { snippet } from '../../sdk-browser/snippet.ts'

/** null while the worker cannot be asked for the script's hash. */
export type Snippets = (visit: Visit, nonce: string) => Promise<Html | null>

const PATIENCE_MS = 2000

/** @param budgetMs the SDK's default unless given */
export async function snippets(workerUrl: string, budgetMs?: number): Promise<Snippets> {
  const { sources } = await demoConfiguration({ origins: [] })
  const writeKey = (sources[0] as (typeof sources)[number]).writeKey
  let isTold = false
  return async (visit, nonce) => {
    let integrity: string
    try {
      integrity = await readIntegrity(workerUrl)
      isTold = false
    } catch (error) {
      if (!isTold) console.error('shop: no snippet in the pages:', (error as Error).message)
      isTold = true
      return null
    }
    const markup = snippet({
      writeKey,
      host: workerUrl,
      nonce,
      integrity,
      load: {
        ...(budgetMs === undefined ? {} : { budgetMs }),
        context: {
          locale: visit.language,
          ...(visit.campaign === null ? {} : { campaign: visit.campaign }),
        },
      },
    })
    return new Html(markup)
  }
}

/** A real site writes the hash down when it adopts a version; this one asks, since the SDK is built anew so often. */
async function readIntegrity(workerUrl: string): Promise<string> {
  const answer = await fetch(`${workerUrl}/sdk/integrity.json`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}`)
  const hash = ((await answer.json()) as Record<string, unknown>)['tsugi.js']
  if (typeof hash !== 'string') throw new Error(`${answer.url} names no tsugi.js`)
  return hash
}
