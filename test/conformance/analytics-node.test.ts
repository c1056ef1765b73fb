/** Segment's own client for Node, unmodified: given a host and a key, it must just work. */
import { Analytics } from '@segment/analytics-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECRET_KEY } from './site/configuration.ts'
import { startFaultProxy, type FaultProxy } from './site/fault-proxy.ts'
import { eventNames, rowsByType, sixCalls } from './site/sightings.ts'
import { startSite, type Site } from './site/site.ts'

const PATIENCE_MS = 120_000

let site: Site
let proxy: FaultProxy
beforeAll(async () => {
  site = await startSite()
  proxy = await startFaultProxy(site.url)
})
afterAll(async () => {
  await proxy?.stop()
  await site?.stop()
})

/** Its deliveries and what it gave up on, as the client itself tells them. */
function nodeClient(host: string) {
  const analytics = new Analytics({
    writeKey: SECRET_KEY,
    host,
    flushAt: 20,
    httpRequestTimeout: PATIENCE_MS,
  })
  const sent: { batch: { messageId: string }[] }[] = []
  const failures: unknown[] = []
  analytics.on('http_request', ({ body }) => sent.push(JSON.parse(body)))
  analytics.on('error', (error) => failures.push(error))
  return {
    analytics,
    failures,
    requests: () => sent.length,
    messageIds: () => [...new Set(sent.flatMap(({ batch }) => batch.map((m) => m.messageId)))],
  }
}

describe('@segment/analytics-node', () => {
  it('delivers all six calls into the profile and into Parquet', async () => {
    const { analytics, failures, messageIds } = nodeClient(site.url)
    const who = { userId: 'node-taro', anonymousId: 'node-device' }
    const at = new Date(Date.now() - 5000)
    analytics.track({
      ...who,
      event: 'Order Completed',
      properties: { order_id: 'o-1', revenue: 4200, currency: 'JPY' },
      context: { ip: '203.0.113.7' },
      timestamp: at,
    })
    analytics.page({ ...who, category: 'Docs', name: 'Start', properties: { path: '/start' } })
    analytics.screen({ ...who, name: 'Home', properties: { tab: 'new' } })
    analytics.group({ ...who, groupId: 'club', traits: { tier: 'gold' } })
    analytics.identify({ ...who, traits: { plan: 'pro', email: 'Node-Taro@Example.com' } })
    analytics.alias({ userId: 'node-taro', previousId: 'node-taro-before' })
    await analytics.closeAndFlush({ timeout: PATIENCE_MS })
    const answeredMs = Date.now()
    expect(failures).toEqual([])
    expect(messageIds()).toHaveLength(6)

    const { status, body } = await site.profile('user_id', 'node-taro')
    expect(status).toBe(200)
    expect(eventNames(body)).toEqual(sixCalls('Order Completed'))
    expect(body.traits.plan).toMatchObject({ value: 'pro', source: 'server' })
    for (const [type, value] of [
      ['anonymous_id', 'node-device'],
      // An alias does not say what its previousId is: nobody owned it, so it is a device.
      ['anonymous_id', 'node-taro-before'],
      ['email', 'node-taro@example.com'],
    ] as const) {
      expect((await site.profile(type, value)).body.profileId).toBe(body.profileId)
    }

    const rows = await rowsByType(await site.warehouse(), messageIds())
    const common = {
      user_id: 'node-taro',
      profile_id: body.profileId,
      source: 'server',
      late: false,
    }
    expect(rows).toMatchObject({
      track: { ...common, event: 'Order Completed', anonymous_id: 'node-device' },
      page: { ...common, name: 'Start', category: 'Docs' },
      screen: { ...common, name: 'Home' },
      group: { ...common, group_id: 'club' },
      identify: common,
      alias: { ...common, previous_id: 'node-taro-before' },
    })
    expect(JSON.parse(rows['track']?.['properties'] as string)).toMatchObject({
      order_id: 'o-1',
      revenue: 4200,
    })
    expect(JSON.parse(rows['track']?.['context'] as string)).toMatchObject({
      ip: '203.0.113.7',
      library: { name: '@segment/analytics-node' },
    })
    expect(JSON.parse(rows['identify']?.['traits'] as string)).toMatchObject({ plan: 'pro' })
    expect(JSON.parse(rows['group']?.['traits'] as string)).toEqual({ tier: 'gold' })
    // Ours and the client's clock are one here, so the correction is what the way took.
    const laterMs = Date.parse(body.events.at(-1).timestamp) - at.getTime()
    expect(laterMs).toBeGreaterThanOrEqual(0)
    expect(laterMs).toBeLessThanOrEqual(answeredMs - at.getTime() - 5000)
  })

  it('delivers once through a store that is down twice and then lives', async () => {
    const { analytics, failures, requests, messageIds } = nodeClient(proxy.url)
    proxy.plan('unavailable', 'unavailable')
    analytics.track({ userId: 'node-patient', event: 'Signed Up' })
    await analytics.closeAndFlush({ timeout: PATIENCE_MS })
    expect([failures, requests(), messageIds().length]).toEqual([[], 3, 1])
    await expectOnce('node-patient', messageIds())
  })

  it('delivers once when the answer was lost and everything is sent again', async () => {
    const { analytics, failures, requests, messageIds } = nodeClient(proxy.url)
    proxy.plan('answer-lost', 'answer-lost')
    for (let i = 0; i < 20; i++) analytics.track({ userId: 'node-unlucky', event: 'Signed Up' })
    await analytics.closeAndFlush({ timeout: PATIENCE_MS })
    expect([failures, requests(), messageIds().length]).toEqual([[], 3, 20])
    await expectOnce('node-unlucky', messageIds())
  })

  async function expectOnce(userId: string, messageIds: readonly string[]): Promise<void> {
    const { body } = await site.profile('user_id', userId)
    expect(body.events).toHaveLength(messageIds.length)
    const rows = await (
      await site.warehouse()
    ).query(`SELECT message_id FROM events WHERE user_id = '${userId}' ORDER BY ALL`)
    expect(rows.map((row) => row['message_id'])).toEqual([...messageIds].sort())
  }
})
