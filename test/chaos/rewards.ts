/** What is chosen for people before the load begins, and what the tallies make of it in the end. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalWorker } from '../../scripts/local-worker.ts'
import { client, type Client } from '../conformance/site/client.ts'
import type { Plan } from './plan.ts'

const TRIES = 50

/** By device: a decision of the split for each that will see one. */
export async function decisionIds(url: string, { buyers }: Plan): Promise<Map<string, string>> {
  const http = client(url)
  const ids = new Map<string, string>()
  const waiting = buyers.flatMap(({ devices }) => devices)
  const ask = async (): Promise<void> => {
    for (let device = waiting.pop(); device !== undefined; device = waiting.pop()) {
      ids.set(device, await decisionFor(http, device))
    }
  }
  await Promise.all(Array.from({ length: 6 }, ask))
  return ids
}

/** A machine under load answers the fallback when its time is up: then it is asked again. */
async function decisionFor(http: Client, device: string): Promise<string> {
  const question = { anonymousId: device, placements: ['halves'] }
  for (let tries = 1; ; tries++) {
    const { status, body } = await http.post('/v1/decide', question)
    const id: unknown = body.decisions?.halves?.items?.[0]?.decisionId
    if (typeof id === 'string') return id
    if (body.degraded !== true || tries === TRIES) {
      throw new Error(`decide: ${status} ${JSON.stringify(body)}`)
    }
    await sleep(200)
  }
}

async function sumsOf(worker: LocalWorker, columns: readonly string[], table: string) {
  const sums = columns.map((column) => `coalesce(sum(${column}), 0) AS ${column}`).join()
  const database = await worker.database()
  return database.prepare(`SELECT ${sums} FROM ${table}`).first()
}

export const tallies = (worker: LocalWorker) =>
  sumsOf(worker, ['impressions', 'rewarded', 'rewards', 'micro'], 'choice_tally')

export const experiment = (worker: LocalWorker) =>
  sumsOf(worker, ['people', 'crossed', 'converted', 'conversions', 'micro'], 'experiment_tally')
