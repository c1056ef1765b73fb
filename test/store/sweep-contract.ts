/** Entries and exits through the whole worker, by a clock that the test moves. Run on each store. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Condition } from '../../worker/contract/condition.ts'
import type { ResegmentAnswer } from '../../worker/contract/segments.ts'
import type { Deps } from '../../worker/deps.ts'
import { collect } from '../../worker/flow/collect.ts'
import type { Commit } from '../../worker/flow/ports.ts'
import { previewSegment } from '../../worker/flow/preview-segment.ts'
import { resegment } from '../../worker/flow/resegment.ts'
import { sweep, type SweepLimits } from '../../worker/flow/sweep.ts'
import { configuration } from '../worker/site.ts'

export interface Site {
  /** As a request has them; each call as another isolate would. */
  readonly deps: () => Deps
  readonly publish: (config: unknown) => Promise<unknown>
}

const MINUTE = 60_000
const T0 = Date.UTC(2026, 2, 1)

interface Told {
  readonly type: string
  readonly messageId: string
  readonly profileId: string
  readonly timestampMs: number
  readonly receivedAtMs: number
  readonly properties?: Readonly<Record<string, unknown>>
}

export function sweepContract(name: string, { deps, publish }: Site): void {
  const site = async (segments: readonly object[]) => ({
    ...(await configuration()),
    placements: [],
    actions: [],
    policies: [],
    segments,
  })
  const fresh = { key: 'fresh', name: 'Fresh', when: { event: 'Seen', last: '30m' } }
  const quiet = {
    key: 'quiet',
    name: 'Quiet',
    when: { all: [{ not: { event: 'Seen', last: '10m' } }, { event: 'Seen', last: '20m' }] },
  }

  const see = async (who: string, atMs: number, event = 'Seen'): Promise<void> => {
    const ports = deps()
    const release = await ports.releases.current()
    if (release === null) throw new Error('nothing is published')
    const [source] = [...release.sourceByWriteKey.values()]
    if (source === undefined) throw new Error('no source')
    const result = await collect(ports, {
      release,
      source,
      trusted: true,
      messages: [{ type: 'track', event, userId: who, messageId: `${who}-${event}-${atMs}` }],
      sentAt: null,
      receivedAtMs: atMs,
      bytes: 200,
    })
    expect(result).toMatchObject({ ok: true, value: { accepted: 1 } })
  }
  const sweepAt = (nowMs: number, limits?: SweepLimits, ports = deps()) =>
    sweep({ ...ports, nowMs: () => nowMs }, limits)
  const logged = async (): Promise<Told[]> => {
    const rows = await deps().outbox.records(0, 1_000)
    return rows.flatMap(({ body }) => (JSON.parse(body) as { records: Told[] }).records)
  }
  const idOf = async (who: string): Promise<string> => {
    const loaded = await deps().store.load([{ type: 'user_id', value: who }])
    return loaded[0]?.profile.id ?? ''
  }
  /** Of one person: [segment, change, why, minutes after T0 it happened, and was noticed]. */
  const movesOf = async (who: string) => {
    const id = await idOf(who)
    return (await logged())
      .filter(({ type, profileId }) => type === '$segment' && profileId === id)
      .map(({ properties: p, timestampMs, receivedAtMs }) => [
        p?.['segment'],
        p?.['change'],
        p?.['why'],
        (timestampMs - T0) / MINUTE,
        (receivedAtMs - T0) / MINUTE,
      ])
  }

  describe(`${name}: memberships as time goes by`, () => {
    beforeAll(async () => {
      await publish(await site([fresh, quiet]))
    })

    it('writes entries and exits in the commit that caused them, and those of time at their moment', async () => {
      await see('kei', T0)
      expect(await movesOf('kei')).toEqual([['fresh', 'entered', 'event', 0, 0]])
      expect(await sweepAt(T0 + 9 * MINUTE)).toMatchObject({ visited: 0, backlog: { profiles: 0 } })
      expect(await sweepAt(T0 + 45 * MINUTE)).toEqual({
        visited: 1,
        entered: 1,
        exited: 2,
        overtaken: 0,
        backlog: { profiles: 0, oldestMs: null },
      })
      expect((await movesOf('kei')).slice(1)).toEqual([
        ['quiet', 'entered', 'time', 10, 45],
        ['quiet', 'exited', 'time', 20, 45],
        ['fresh', 'exited', 'time', 30, 45],
      ])
      expect(await sweepAt(T0 + 90 * MINUTE)).toMatchObject({ visited: 0 })
    })

    it('takes a backlog in bounded pieces, the longest due first, and says what is left', async () => {
      const people = Array.from({ length: 7 }, (_, i) => `late-${i}`)
      for (const [i, who] of people.entries()) await see(who, T0 + i * MINUTE)
      const nowMs = T0 + 60 * MINUTE
      expect(await deps().due.dueBacklog(nowMs)).toEqual({
        profiles: 7,
        oldestMs: T0 + 10 * MINUTE,
      })
      const limits = { people: 3, ms: 60_000 }
      expect(await sweepAt(nowMs, limits)).toMatchObject({ visited: 3, backlog: { profiles: 4 } })
      expect(await sweepAt(nowMs, limits)).toMatchObject({ visited: 3, backlog: { profiles: 1 } })
      expect(await sweepAt(nowMs, limits)).toMatchObject({ visited: 1, backlog: { profiles: 0 } })
      for (const [i, who] of people.entries()) {
        expect((await movesOf(who)).map(([, change, , at]) => [change, at])).toEqual([
          ['entered', i],
          ['entered', i + 10],
          ['exited', i + 20],
          ['exited', i + 30],
        ])
      }
    })

    it('of isolates that sweep at once each change is written once', async () => {
      const people = Array.from({ length: 12 }, (_, i) => `race-${i}`)
      for (const who of people) await see(who, T0)
      const nowMs = T0 + 15 * MINUTE
      const swept = await Promise.all(Array.from({ length: 4 }, () => sweepAt(nowMs)))
      expect(swept.reduce((sum, one) => sum + (one?.entered ?? 0), 0)).toBe(people.length)
      for (const who of people) {
        expect(await movesOf(who)).toEqual([
          ['fresh', 'entered', 'event', 0, 0],
          ['quiet', 'entered', 'time', 10, 15],
        ])
      }
      await sweepAt(T0 + 60 * MINUTE)
    })

    it('an event that overtakes the sweep has seen to the person', async () => {
      await see('overtaken', T0)
      const ports = deps()
      const nowMs = T0 + 12 * MINUTE
      let first = true
      const commit = async (one: Commit) => {
        if (first) {
          first = false
          await see('overtaken', T0 + 11 * MINUTE, 'Else')
        }
        return ports.store.commit(one)
      }
      const swept = await sweepAt(nowMs, undefined, { ...ports, store: { ...ports.store, commit } })
      expect(swept).toMatchObject({ overtaken: 1, entered: 0, backlog: { profiles: 0 } })
      expect(await movesOf('overtaken')).toEqual([
        ['fresh', 'entered', 'event', 0, 0],
        ['quiet', 'entered', 'time', 10, 11],
      ])
      await sweepAt(T0 + 60 * MINUTE)
    })

    it('a publish is seen at the next touch, and sweeps nobody', async () => {
      await see('published', T0)
      await publish(await site([fresh, { ...quiet, when: { event: 'Seen', last: '3h' } }]))
      expect((await movesOf('published')).length).toBe(1)
      await see('published', T0 + MINUTE, 'Else')
      expect((await movesOf('published')).slice(1)).toEqual([['quiet', 'entered', 'publish', 1, 1]])
      await sweepAt(T0 + 600 * MINUTE)
      expect((await movesOf('published')).slice(2)).toEqual([
        ['fresh', 'exited', 'time', 30, 600],
        ['quiet', 'exited', 'time', 180, 600],
      ])
    })

    it('a walk through everybody does not wait for the touch, in bounded steps, and does nothing twice', async () => {
      const people = Array.from({ length: 5 }, (_, i) => `walk-${i}`)
      for (const who of people) await see(who, T0 + 700 * MINUTE)
      const nowMs = T0 + 701 * MINUTE
      await publish(await site([fresh, { ...quiet, when: { event: 'Seen', last: '4h' } }]))
      const walk = async (over: { repair?: boolean } = {}) => {
        const sum = { scanned: 0, changed: 0, entered: 0, exited: 0, steps: 0 }
        let cursor: string | null = null
        do {
          const ports = deps()
          const release = await ports.releases.current()
          if (release === null) throw new Error('nothing is published')
          const step = { release, cursor, limit: 4, repair: false, nowMs, ...over }
          const done: ResegmentAnswer = await resegment(ports, step)
          for (const name of ['scanned', 'changed', 'entered', 'exited'] as const) {
            sum[name] += done[name]
          }
          sum.steps++
          cursor = done.next
        } while (cursor !== null)
        return sum
      }
      const first = await walk()
      expect(first).toMatchObject({ entered: 0, exited: 0, changed: first.scanned })
      expect(first.steps).toBeGreaterThan(3)
      await publish(await site([fresh, { ...quiet, when: { event: 'Seen', last: '30s' } }]))
      expect(await walk()).toMatchObject({ exited: people.length, entered: 0 })
      expect(await walk()).toMatchObject({ changed: 0, exited: 0, entered: 0 })
      for (const who of people) {
        expect((await movesOf(who)).at(-1)).toEqual(['quiet', 'exited', 'publish', 701, 701])
      }
      expect(await walk({ repair: true })).toMatchObject({ changed: first.scanned, exited: 0 })
      await sweepAt(T0 + 1200 * MINUTE)
    })

    it('a preview counts everybody once and changes nobody', async () => {
      const ports = deps()
      const release = await ports.releases.current()
      if (release === null) throw new Error('nothing is published')
      const before = (await logged()).length
      const count = async (when: Condition, limit: number) => {
        const sum = { scanned: 0, matched: 0 }
        let cursor: string | null = null
        do {
          const step = { when, cursor, limit, sample: 1, at: null, receivedAtMs: T0 }
          const done: Awaited<ReturnType<typeof previewSegment>> = await previewSegment(
            ports,
            release,
            step,
          )
          if (!done.ok) throw new Error(JSON.stringify(done.error))
          sum.scanned += done.value.scanned
          sum.matched += done.value.matched
          cursor = done.value.next
        } while (cursor !== null)
        return sum
      }
      const everybody = await count({ seen: 'first', exists: true }, 500)
      expect(everybody.matched).toBe(everybody.scanned)
      expect(everybody.scanned).toBeGreaterThan(20)
      expect(await count({ seen: 'first', exists: true }, 3)).toEqual(everybody)
      const walkers = { event: 'Seen', where: { property: 'none', exists: false } } as const
      expect((await count(walkers, 7)).scanned).toBe(everybody.scanned)
      expect((await logged()).length).toBe(before)
    })

    it('entries and exits of a calendar are at their exact moments, also where the clocks change', async () => {
      const seen = { event: 'Seen' }
      const config = await site([
        { key: 'today', name: 'Today', when: { ...seen, in: 'today' } },
        { key: 'yesterday', name: 'Yesterday', when: { ...seen, in: 'yesterday' } },
        {
          key: 'night',
          name: 'Night',
          when: { all: [seen, { clock: 'time', between: ['01:30', '03:30'] }] },
        },
      ])
      const zoned = { name: 'Test', timeZone: 'America/New_York', phoneRegion: 'JP' }
      await publish({ ...config, workspace: zoned })
      const told = async (who: string) =>
        (await movesOf(who)).map(
          ([segment, change, why, minutes]) =>
            `${new Date(T0 + Number(minutes) * MINUTE).toISOString().slice(5, 16)} ${String(segment)} ${String(change)} ${String(why)}`,
        )
      // Clocks go from 2 to 3 in the night to the 8th of March: that day has 23 hours.
      await see('spring', Date.parse('2026-03-07T17:00:00Z'))
      await sweepAt(Date.parse('2026-03-09T12:00:00Z'))
      expect(await told('spring')).toEqual([
        '03-07T17:00 today entered event',
        '03-08T05:00 today exited time',
        '03-08T05:00 yesterday entered time',
        '03-08T06:30 night entered time',
        '03-08T07:30 night exited time',
        '03-09T04:00 yesterday exited time',
        '03-09T05:30 night entered time',
        '03-09T07:30 night exited time',
      ])
      // And from 2 back to 1 in the night to the 1st of November: half past one comes twice.
      await see('autumn', Date.parse('2026-10-31T16:00:00Z'))
      for (const at of ['2026-11-01T04:30:00Z', '2026-11-01T06:10:00Z', '2026-11-02T06:00:00Z']) {
        await sweepAt(Date.parse(at))
      }
      expect(await told('autumn')).toEqual([
        '10-31T16:00 today entered event',
        '11-01T04:00 today exited time',
        '11-01T04:00 yesterday entered time',
        '11-01T05:30 night entered time',
        '11-01T06:00 night exited time',
        '11-01T06:30 night entered time',
        '11-01T08:30 night exited time',
        '11-02T05:00 yesterday exited time',
      ])
    })

    it('no messageId of a record is ever used twice', async () => {
      const ids = (await logged()).map(({ messageId }) => messageId)
      expect(new Set(ids).size).toBe(ids.length)
    })
  })
}
