/** What requests cost on Redis, as the bridge counts them: trips, and the keys that a commit touches. */
import { identify, many, taker, track } from './room.ts'
import { redisRoomOf } from './redis-room.ts'

export async function redisCosts(): Promise<string[]> {
  const room = await redisRoomOf()
  try {
    const take = taker(room)
    const lines: string[] = []
    const line = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      room.counted()
      await work()
      const { requests, commands } = room.counted()
      lines.push(`| ${what} | ${requests} | ${commands} |`)
    }
    const anonymous = (value: string) => ({ type: 'anonymous_id', value })
    // The first use of a script sends its text.
    await take([track('known'), identify('two-ids', 'user-2')])
    await line('decide: a stranger', () => room.store.load([anonymous('nobody')]))
    await line('decide: somebody known by one identifier', () =>
      room.store.load([anonymous('known')]),
    )
    await line('decide: userId and anonymousId', () =>
      room.store.load([{ type: 'user_id', value: 'user-2' }, anonymous('two-ids')]),
    )
    await line('event: the first of a new visitor', () => take([track('new')]))
    await line('event: one more of somebody known', () => take([track('known')]))
    await line('events: a batch of 50 of one person', () => take(many(50, () => track('known'))))
    await line('identify: a new userId for a known visitor', () =>
      take([identify('known', 'user-1')]),
    )
    await take([track('second-device')])
    await line('identify: two profiles merge', () => take([identify('second-device', 'user-1')]))
    await line('events: a batch of 50 new visitors', () =>
      take(many(50, (i) => track(`crowd-${i}`))),
    )
    await line('the same 50 again, each with a new event', () =>
      take(many(50, (i) => track(`crowd-${i}`))),
    )
    return lines
  } finally {
    await room.stop()
  }
}
