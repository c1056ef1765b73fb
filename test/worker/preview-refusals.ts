/** Tokens that do not open. */
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { ticketSeal } from '../../worker/http/preview-seal.ts'
import { call, OPEN_KEY, SECRET_KEY, withKey, WRITE_KEY, type Answer } from './site.ts'
import { tokenOf, browser } from './preview-site.ts'

export function previewRefusals(): void {
  describe('a token that does not open', () => {
    const refusal = async (answer: Promise<Answer>): Promise<string> => {
      const { status, body, headers } = await answer
      expect([status, body.code]).toEqual([400, 'invalid_preview_link'])
      expect(headers.getSetCookie()).toEqual([])
      return body.detail
    }
    const ticket = {
      id: 'forged',
      source: 'site',
      untilMs: Date.now() + 1000_000,
      forced: { actions: {}, arms: {}, segments: ['pro'], atMs: null },
    }

    it('is one that was changed, made up, or sealed for something else', async () => {
      const token = await tokenOf({ segments: ['pro'] })
      const changed = [...token]
      changed[40] = changed[40] === 'A' ? 'B' : 'A'
      const { SIGNING_KEY } = env as unknown as { SIGNING_KEY: string }
      const { decisionId } = (await browser().decide('d')).body.decisions.hero.items[0]
      for (const bad of [
        changed.join(''),
        token.slice(0, -1),
        `${token}A`,
        'd1',
        '',
        'x'.repeat(1000),
        decisionId,
        // The cookie of a session is no link.
        ticketSeal(SIGNING_KEY, 'cookie').seal(ticket) as string,
      ]) {
        expect(await refusal(browser().exchange(bad))).toMatch(/no link of this deployment/)
      }
    })

    it('is another deployment’s', async () => {
      const seal = ticketSeal('another-signing-key-of-32-bytes-or-more', 'link')
      const foreign = seal.seal(ticket) as string
      expect(await refusal(browser().exchange(foreign))).toMatch(/no link of this deployment/)
    })

    it('is another source’s', async () => {
      const token = await tokenOf({ segments: ['pro'] })
      const open = browser(OPEN_KEY, 'https://open.example')
      expect(await refusal(open.exchange(token))).toMatch(/another source/)
      // And it is not spent by the attempt.
      expect((await browser().exchange(token)).status).toBe(200)
    })

    it('has expired', async () => {
      const token = await tokenOf({ segments: ['pro'], expires: '1h' })
      vi.setSystemTime(Date.now() + 3_600_001)
      const detail = await refusal(browser().exchange(token))
      vi.useRealTimers()
      expect(detail).toMatch(/expired/)
    })

    it('was used: it opens in one browser, which may load its page again', async () => {
      const token = await tokenOf({ segments: ['pro'] })
      const { exchange } = browser()
      expect((await exchange(token)).status).toBe(200)
      expect((await exchange(token)).status).toBe(200)
      expect(await refusal(browser().exchange(token))).toMatch(/used already/)
    })

    it('of twenty browsers at once opens in exactly one', async () => {
      const token = await tokenOf({ segments: ['pro'] })
      const answers = await Promise.all(Array.from({ length: 20 }, () => browser().exchange(token)))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    })

    it('comes without a key, with a wrong one, from elsewhere, from a server', async () => {
      const token = await tokenOf({ segments: ['pro'] })
      const codes = await Promise.all([
        call('/v1/preview', { method: 'POST', body: JSON.stringify({ token }) }),
        browser('wk_wrong').exchange(token),
        browser(WRITE_KEY, 'https://evil.example').exchange(token),
        withKey(SECRET_KEY, '/v1/preview', { token }),
        browser().post('/v1/preview', { token: 7 }),
        browser().post('/v1/preview', {}),
        browser().post('/v1/preview', { token: 'x'.repeat(5000) }),
        browser().post('/v1/preview', { token: 'x'.repeat(50_000) }),
      ])
      expect(codes.map(({ body }) => body.code)).toEqual([
        'unauthorized',
        'unknown_write_key',
        'origin_not_allowed',
        'forbidden',
        'invalid_body',
        'invalid_body',
        'invalid_body',
        'body_too_large',
      ])
    })

    it('as a cookie is as good as none', async () => {
      const token = await tokenOf({ segments: ['pro'] })
      for (const value of [token, 'd1', 'x', ticketSeal('x'.repeat(32), 'cookie').seal(ticket)]) {
        const answer = await browser().post(
          '/v1/decide',
          { anonymousId: 'c', placements: ['hero'] },
          { cookie: `tsugi_preview=${value}` },
        )
        expect([answer.status, answer.body.preview]).toEqual([200, undefined])
      }
    })
  })
}
