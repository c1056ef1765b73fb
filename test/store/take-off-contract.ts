/** Whoever is taken off a list while their identifier becomes nobody's. Run on each store. */
import { beforeAll, describe, expect, it } from 'vitest'
import { listsOf } from '../../worker/core/profile/lists.ts'
import { collect } from '../../worker/flow/collect.ts'
import { takeOnce, type UploadPorts } from '../../worker/flow/upload-list.ts'
import { configuration } from '../worker/site.ts'
import type { Site } from './sweep-contract.ts'

const T0 = Date.UTC(2027, 1, 1)
/** So many devices a person may have: one more, and the least recently seen is let go. */
const DEVICES = 5

export function takeOffContract(name: string, { deps, publish }: Site): void {
  const releaseOf = async () => {
    const release = await deps().releases.current()
    if (release === null) throw new Error('nothing is published')
    return release
  }
  const upload = async (ports: UploadPorts, mode: 'add' | 'remove', devices: readonly string[]) => {
    const lines = devices.map((device, i) => ({ line: i + 1, fields: { anonymous_id: device } }))
    const receivedAtMs = T0 + (mode === 'add' ? 1000 : 2000)
    const taken = await takeOnce(ports, 'ads', mode, {
      release: await releaseOf(),
      lines,
      receivedAtMs,
    })
    if (!taken.ok) throw new Error(taken.error)
    return taken.value
  }
  /** One person on devices, each seen later than the one before. */
  const visit = async (who: string, devices: readonly string[], atMs: number) => {
    const release = await releaseOf()
    const [source] = [...release.sourceByWriteKey.values()]
    if (source === undefined) throw new Error('no source')
    const done = await collect(deps(), {
      release,
      source,
      trusted: true,
      messages: devices.map((anonymousId, i) => ({
        type: 'identify',
        userId: who,
        anonymousId,
        messageId: `${anonymousId}-${atMs + i}`,
        timestamp: new Date(atMs + i).toISOString(),
      })),
      sentAt: null,
      receivedAtMs: atMs + devices.length,
      bytes: 200 * devices.length,
    })
    expect(done).toMatchObject({ ok: true })
  }
  const owners = async (device: string) =>
    (await deps().store.load([{ type: 'anonymous_id', value: device }])).filter(({ profile }) =>
      profile.identifiers.some(({ value }) => value === device),
    )
  const on = async (device: string) => {
    const [owner] = await owners(device)
    return owner === undefined ? 'nobody' : listsOf(owner.profile)
  }

  /** Ports that stop at the n-th load or commit, until something else has happened. */
  const stopped = (
    [where, nth]: Moment,
    meanwhile: () => Promise<unknown>,
  ): { ports: UploadPorts; happened: () => boolean } => {
    const ports = deps()
    const { store } = ports
    const seen = { read: 0, 'worked out': 0 }
    const at = async (now: Moment[0]): Promise<void> => {
      if (++seen[now] === nth && now === where) await meanwhile()
    }
    const stops: UploadPorts['store'] = {
      load: async (...asked) => {
        const found = await store.load(...asked)
        await at('read')
        return found
      },
      commit: async (commit) => {
        await at('worked out')
        return store.commit(commit)
      },
    }
    return { ports: { ...ports, store: stops }, happened: () => seen[where] >= nth }
  }
  type Moment = readonly ['read' | 'worked out', number]

  describe(`${name}: nobody is made in order to be taken off a list`, () => {
    beforeAll(async () => {
      await publish({ ...(await configuration()), placements: [], actions: [], policies: [] })
    })

    const moments: Moment[] = [
      ['read', 1],
      ['worked out', 1],
    ]
    for (const moment of moments) {
      const key = moment.join('-').replace(' ', '-')
      const [lost, kept] = [`lost-${key}`, `kept-${key}`]
      const more = Array.from({ length: DEVICES }, (_, i) => `${lost}-${i}`)

      it(`their device is let go once they were ${moment[0]}`, async () => {
        await visit(`u-${lost}`, [lost], T0)
        await visit(`u-${kept}`, [kept], T0)
        await upload(deps(), 'add', [lost, kept])
        expect([await on(lost), await on(kept)]).toEqual([['ads'], ['ads']])
        const { ports, happened } = stopped(moment, () => visit(`u-${lost}`, more, T0 + 1500))
        const taken = await upload(ports, 'remove', [lost, kept, `never-${key}`])
        expect(happened()).toBe(true)
        expect(await owners(lost)).toEqual([])
        expect(await owners(`never-${key}`)).toEqual([])
        expect(await on(kept)).toEqual([])
        // What is told is what was done at last.
        expect(taken).toMatchObject({ lines: 3, accepted: 1, errors: [] })
        // Who let the device go was never taken off by it.
        expect(await on(more[0] ?? '')).toEqual(['ads'])
      })

      it(`somebody comes once nobody was ${moment[0]}: they are not on it, and they stay one`, async () => {
        const [came, there] = [`came-${key}`, `there-${key}`]
        await visit(`u-${there}`, [there], T0)
        await upload(deps(), 'add', [there])
        const { ports, happened } = stopped(moment, () => visit(`u-${came}`, [came], T0 + 1500))
        await upload(ports, 'remove', [came, there])
        expect(happened()).toBe(true)
        expect([await on(came), await on(there)]).toEqual([[], []])
        expect((await owners(came))[0]?.profile.identifiers.map(({ type }) => type).sort()).toEqual(
          ['anonymous_id', 'user_id'],
        )
      })
    }
  })
}
