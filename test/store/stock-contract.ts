/** Of what there is only so much of, no more is given than there is. */
import { expect, it } from 'vitest'
import type { Commit } from '../../worker/flow/ports.ts'
import { unique, birth } from './contract-people.ts'
import type { StoreUnderTest } from './contract.ts'

export function stockContract({ store, meter, logged }: StoreUnderTest): void {
  it('takes of a stock with the commit, as long as there is enough for all of it', async () => {
    const key = unique('stock')
    expect((await store.taken([key])).get(key) ?? 0).toBe(0)
    const taking = (take: number): Commit => {
      const id = unique('buyer')
      return { ...birth(id, id), stock: [{ key, take, total: 5 }] }
    }
    const first = taking(3)
    expect(await store.commit(first)).toEqual({ done: true })
    // The same again, after an answer that was lost.
    expect(await store.commit(first)).toEqual({ done: true })
    expect((await store.taken([key])).get(key)).toBe(3)
    const tooMuch = taking(3)
    const refused = await store.commit(tooMuch)
    expect(refused).toMatchObject({ done: false })
    expect(!refused.done && refused.taken?.get(key)).toBe(3)
    expect((await store.taken([key])).get(key)).toBe(3)
    expect(await store.load([tooMuch.identifiers[0]!.identifier])).toEqual([])
    const messageIds = (await logged()).map(({ messageId }) => messageId)
    expect(messageIds).not.toContain(tooMuch.records[0]?.messageId)
    expect(await store.commit(taking(2))).toEqual({ done: true })
    expect(await store.commit(taking(1))).toMatchObject({ done: false })
    meter.trips = 0
    expect((await store.taken([key, unique('other')])).get(key)).toBe(5)
    expect(meter.trips).toBe(1)
  })

  it('of twenty commits at once for a stock of seven exactly seven are done', async () => {
    const key = unique('stock')
    const results = await Promise.all(
      Array.from({ length: 20 }, () => {
        const id = unique('buyer')
        return store.commit({ ...birth(id, id), stock: [{ key, take: 1, total: 7 }] })
      }),
    )
    expect(results.filter(({ done }) => done)).toHaveLength(7)
    expect((await store.taken([key])).get(key)).toBe(7)
  })
}
