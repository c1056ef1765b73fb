/** Tickets of previews as texts that can be neither read nor forged. */
import type { Forced } from '../core/decision/forced.ts'
import type { PreviewTicket } from '../flow/preview.ts'
import { textSeal } from './text-seal.ts'

export interface TicketSeal {
  /** null where it would be longer than an address or a cookie should be. */
  seal(ticket: PreviewTicket): string | null
  /** null when it was not sealed here, for this use. */
  open(text: string): PreviewTicket | null
}

/** As short as it goes: it stands in an address. */
type Row = readonly [
  id: string,
  source: string,
  untilMs: number,
  actions: Forced['actions'],
  arms: Forced['arms'],
  segments: Forced['segments'],
  atMs: number | null,
]

const LONGEST = 1000

export function ticketSeal(secret: string, use: 'link' | 'cookie'): TicketSeal {
  const sealer = textSeal(secret, `preview ${use}`)
  return {
    seal({ id, source, untilMs, forced: { actions, arms, segments, atMs } }) {
      const row: Row = [id, source, untilMs, actions, arms, segments, atMs]
      const sealed = sealer.seal(JSON.stringify(row))
      return sealed.length > LONGEST ? null : sealed
    },
    open(text) {
      const opened = sealer.open(text)
      if (opened === null) return null
      const [id, source, untilMs, actions, arms, segments, atMs] = JSON.parse(opened) as Row
      return { id, source, untilMs, forced: { actions, arms, segments, atMs } }
    },
  }
}
