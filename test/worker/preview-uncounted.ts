/** Nothing of a preview counts. */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { decisionSeal } from '../../worker/http/decision-seal.ts'
import { fromPage, profileOf, records, WRITE_KEY } from './site.ts'
import { tokenOf, browser, titles } from './preview-site.ts'

export function previewCountsNothing(): void {
  describe('nothing of a preview counts', () => {
    const view = (anonymousId: string, messageId: string) => ({
      type: 'track',
      event: 'Product Viewed',
      messageId,
      anonymousId,
      properties: { category: 'knitwear' },
    })
    const logged = async (messageId: string) =>
      (await records()).filter((record) => record.messageId === messageId)

    it('neither events of a batch nor those that come with a question', async () => {
      const { exchange, decide, post } = browser()
      await post('/v1/batch', { batch: [view('ro', 'ro-1')] })
      const before = (await profileOf('anonymous_id', 'ro')).body
      await exchange(await tokenOf({ segments: ['pro'] }))
      const sent = await post('/v1/batch', {
        anonymousId: 'ro',
        device: 'fresh',
        batch: [
          view('ro', 'ro-2'),
          { ...view('ro', 'ro-3'), type: 'identify', traits: { plan: 'x' } },
        ],
      })
      expect(sent.body).toMatchObject({ accepted: 2, rejected: [] })
      // A preview neither reads nor writes who this device is.
      expect(sent.headers.getSetCookie()).toEqual([])
      const answer = await decide('ro', { device: 'kept', events: [view('ro', 'ro-4')] })
      expect(answer.body.acked).toEqual(['ro-4'])
      expect(answer.headers.getSetCookie()).toEqual([])
      await post('/v1/track', view('ro', 'ro-5'))
      expect((await profileOf('anonymous_id', 'ro')).body).toEqual(before)
      for (const messageId of ['ro-2', 'ro-3', 'ro-4', 'ro-5']) {
        const [record, ...more] = await logged(messageId)
        expect(record).toMatchObject({ preview: true, profileId: before.profileId })
        expect(more).toEqual([])
      }
      expect((await logged('ro-1'))[0]).not.toHaveProperty('preview')
    })

    it('nor are strangers made of it', async () => {
      const { exchange, post } = browser()
      await exchange(await tokenOf({ segments: ['pro'] }))
      await post('/v1/batch', { batch: [view('nobody', 'nobody-1')] })
      expect((await profileOf('anonymous_id', 'nobody')).status).toBe(404)
      expect((await logged('nobody-1'))[0]).toMatchObject({ preview: true, profileId: null })
    })

    it('nor impressions of what it showed, even once the cookie is gone', async () => {
      const { exchange, decide } = browser()
      await exchange(await tokenOf({ segments: ['knit-lover'] }))
      const answer = await decide('imp')
      const { decisionId } = answer.body.decisions.hero.items[0]
      const report = await fromPage('/v1/track', {
        writeKey: WRITE_KEY,
        anonymousId: 'imp',
        event: '$impression',
        properties: { decisionId },
      })
      expect(report.status).toBe(200)
      expect((await profileOf('anonymous_id', 'imp')).status).toBe(404)
      const [record] = (await records()).filter(
        ({ properties }) => (properties as { decisionId?: string })?.decisionId === decisionId,
      )
      expect(record).toMatchObject({ preview: true, event: '$impression' })
      expect(record?.['properties']).toMatchObject({ action: 'knit' })
      expect(record?.['properties']).not.toHaveProperty('preview')
    })

    it('nor is its answer kept for when it has ended', async () => {
      const { exchange, decide, post } = browser()
      await exchange(await tokenOf({ segments: ['pro'] }))
      const requestId = 'same-question-1'
      expect(titles(await decide('kept', { requestId }))[0]).toBe('For pros')
      await post('/v1/preview', { end: true })
      const after = await decide('kept', { requestId })
      expect(titles(after)[0]).toBe('Welcome')
      const { SIGNING_KEY } = env as unknown as { SIGNING_KEY: string }
      const claim = decisionSeal(SIGNING_KEY).open(after.body.decisions.hero.items[0].decisionId)
      expect(claim).not.toHaveProperty('preview')
    })
  })
}
