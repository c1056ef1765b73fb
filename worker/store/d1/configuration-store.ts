/** Draft, releases and activations on D1. An epoch is an activation's row id. */
import type { Configuration } from '../../contract/config.ts'
import type { Model } from '../../core/learning/model.ts'
import type { Slot, TrackedSegment } from '../../core/membership/slots.ts'
import type {
  Activation,
  ConfigurationStore,
  ReleaseSummary,
} from '../../flow/configuration-ports.ts'
import type { Meter } from '../meter.ts'
import { NEWEST_MODEL } from './models.ts'
import { readSlots, SLOTS_AS_JSON } from './segment-slots.ts'
import { trip } from './trip.ts'

const DRAFT_ID = 1
const EPOCH_IS = `coalesce((SELECT max(epoch) FROM activation), 0) =`
const LATEST = `SELECT epoch, release, stopped FROM activation ORDER BY epoch DESC LIMIT 1`

export function d1ConfigurationStore(d1: D1Database, meter: Meter): ConfigurationStore {
  /**
   * Begins an epoch together with the slots that its segments need.
   * @param statements the last of them makes the activation, if `epoch` still is the active one
   */
  const activateWith = async (
    segments: readonly TrackedSegment[],
    statements: (epoch: number) => D1PreparedStatement[],
  ): Promise<Activation | null> => {
    let known = -1
    for (;;) {
      const { epoch, write } = await trip(meter, () => readSlots(d1, segments))
      // Refused, and not because of somebody else's epoch.
      if (epoch === known) return null
      const results = await trip(meter, () => d1.batch<Activation>([...statements(epoch), write]))
      const activation = results.at(-2)?.results[0]
      if (activation !== undefined) return activation
      known = epoch
    }
  }

  return {
    async active(knownEpoch, knownModel) {
      const row = await trip(meter, () =>
        d1
          .prepare(
            `SELECT a.epoch, a.release, a.stopped, CASE WHEN a.epoch = ?1 THEN NULL ELSE r.body END AS body,
               CASE WHEN a.epoch = ?1 THEN NULL ELSE ${SLOTS_AS_JSON} END AS slots,
               (SELECT body FROM model WHERE version = ${NEWEST_MODEL} AND version > ?2) AS model
             FROM (${LATEST}) a JOIN release r ON r.number = a.release`,
          )
          .bind(knownEpoch, knownModel)
          .first<{
            epoch: number
            release: number
            stopped: number
            body: string | null
            slots: string | null
            model: string | null
          }>(),
      )
      if (row === null) return null
      const { epoch, release, stopped, body, slots, model } = row
      return {
        release:
          body === null
            ? 'unchanged'
            : {
                epoch,
                release,
                stopped: stopped === 1,
                configuration: JSON.parse(body) as Configuration,
                slots: JSON.parse(slots ?? '[]') as Slot[],
              },
        model: model === null ? null : (JSON.parse(model) as Model),
      }
    },

    async readDraft() {
      const row = await trip(meter, () =>
        d1
          .prepare(`SELECT revision, body FROM draft WHERE id = ${DRAFT_ID}`)
          .first<{ revision: number; body: string }>(),
      )
      return row === null
        ? null
        : { revision: row.revision, configuration: JSON.parse(row.body) as Configuration }
    },

    async writeDraft(configuration, expectedRevision, nowMs) {
      const row = await trip(meter, () =>
        d1
          .prepare(
            `INSERT INTO draft (id, revision, body, updated_ms) VALUES (${DRAFT_ID}, 1, ?1, ?2)
             ON CONFLICT (id) DO UPDATE
               SET revision = draft.revision + 1, body = excluded.body, updated_ms = excluded.updated_ms
               WHERE ?3 IS NULL OR draft.revision = ?3
             RETURNING revision`,
          )
          .bind(JSON.stringify(configuration), nowMs, expectedRevision)
          .first<{ revision: number }>(),
      )
      return row?.revision ?? null
    },

    async publish(configuration, draftRevision, segments, note, nowMs) {
      return activateWith(segments, (epoch) => [
        d1
          .prepare(
            `INSERT INTO release (body, note, created_ms)
             SELECT ?1, ?2, ?3 FROM draft WHERE id = ${DRAFT_ID} AND revision = ?4 AND ${EPOCH_IS} ?5`,
          )
          .bind(JSON.stringify(configuration), note, nowMs, draftRevision, epoch),
        d1
          .prepare(
            `INSERT INTO activation (release, stopped, at_ms)
             SELECT (SELECT max(number) FROM release), coalesce((SELECT stopped FROM (${LATEST})), 0), ?1
             WHERE changes() = 1 RETURNING epoch, release`,
          )
          .bind(nowMs),
      ])
    },

    async activate(number, segments, nowMs) {
      return activateWith(segments, (epoch) => [
        d1
          .prepare(
            `INSERT INTO activation (release, stopped, at_ms)
             SELECT number, coalesce((SELECT stopped FROM (${LATEST})), 0), ?2 FROM release
             WHERE number = ?1 AND ${EPOCH_IS} ?3 RETURNING epoch, release`,
          )
          .bind(number, nowMs, epoch),
      ])
    },

    async setStopped(stopped, nowMs) {
      return trip(meter, () =>
        d1
          .prepare(
            `INSERT INTO activation (release, stopped, at_ms)
             SELECT release, ?1, ?2 FROM (${LATEST}) RETURNING epoch, release`,
          )
          .bind(stopped ? 1 : 0, nowMs)
          .first<{ epoch: number; release: number }>(),
      )
    },

    async releases(limit) {
      const { results: rows } = await trip(meter, () =>
        d1
          .prepare(
            `SELECT number, note, created_ms AS createdMs,
                    number = (SELECT release FROM (${LATEST})) AS active
             FROM release ORDER BY number DESC LIMIT ?1`,
          )
          .bind(limit)
          .all<{ number: number; note: string; createdMs: number; active: number }>(),
      )
      return rows.map((row): ReleaseSummary => ({
        number: row.number,
        note: row.note,
        createdAt: new Date(row.createdMs).toISOString(),
        active: row.active === 1,
      }))
    },

    async readRelease(number) {
      const row = await trip(meter, () =>
        d1
          .prepare(`SELECT body FROM release WHERE number = ?1`)
          .bind(number)
          .first<{ body: string }>(),
      )
      return row === null ? null : (JSON.parse(row.body) as Configuration)
    },

    async activation(epoch) {
      const row = await trip(meter, () =>
        d1
          .prepare(
            `SELECT a.release, a.stopped, r.body FROM activation a JOIN release r ON r.number = a.release
             WHERE a.epoch = ?1`,
          )
          .bind(epoch)
          .first<{ release: number; stopped: number; body: string }>(),
      )
      if (row === null) return null
      const { release: number, stopped, body } = row
      const configuration = JSON.parse(body) as Configuration
      return { epoch, release: number, stopped: stopped === 1, configuration }
    },

    async status() {
      const row = await trip(meter, () =>
        d1
          .prepare(
            `SELECT (SELECT epoch FROM (${LATEST})) AS epoch, (SELECT release FROM (${LATEST})) AS release,
                    (SELECT stopped FROM (${LATEST})) AS stopped,
                    (SELECT revision FROM draft WHERE id = ${DRAFT_ID}) AS draftRevision`,
          )
          .first<{
            epoch: number | null
            release: number | null
            stopped: number | null
            draftRevision: number | null
          }>(),
      )
      return {
        epoch: row?.epoch ?? null,
        release: row?.release ?? null,
        stopped: row?.stopped === 1,
        draftRevision: row?.draftRevision ?? null,
      }
    },
  }
}
