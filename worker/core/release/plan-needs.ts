/**
 * What profiles keep of events that leave the newest 100: all declared
 * aggregates, and for event leaves whatever still fits, the smallest first, so
 * that as many as possible are exact.
 */
import type { Configuration } from '../../contract/config.ts'
import type { Warning } from '../../contract/problem.ts'
import { worstStateBytes, type AggregateNeed } from '../aggregate/aggregate.ts'
import { askOf, needOf, onDemandNeed, shareKey, type Ask } from '../aggregate/needs.ts'
import { reaches, widest } from '../aggregate/span.ts'
import { askFor, measuresOf, unkeptBecause } from '../condition/asks.ts'
import { eventWords } from '../condition/words.ts'
import type { Setting } from '../condition/scope.ts'
import { leavesOf } from '../condition/tree.ts'
import { compileWindow } from '../condition/window.ts'
import { AGGREGATE_BYTES } from '../profile/caps.ts'
import { conditionsOf } from './conditions.ts'

export interface NeedPlan {
  /** By the aggregate's key. */
  readonly declared: ReadonlyMap<string, AggregateNeed>
  /** Each state once. */
  readonly needs: readonly AggregateNeed[]
  /** undefined where only recent events tell. */
  readonly kept: (ask: Ask) => AggregateNeed | undefined
  /** Leaves that are exact among the newest 100 events only, and why. */
  readonly inexact: readonly Warning[]
}

interface Wanted {
  ask: Ask
  readonly users: { readonly path: string; readonly about: string }[]
}

export function planNeeds(config: Configuration, setting: Setting): NeedPlan {
  const declared = new Map(
    config.aggregates.map((aggregate) => [aggregate.key, needOf(aggregate, setting)]),
  )
  const states = new Map([...declared.values()].map((need) => [need.id, need]))
  const standing = new Map(
    config.aggregates.map((aggregate) => {
      const ask = askOf(aggregate)
      return [shareKey(ask), { ask, need: declared.get(aggregate.key) as AggregateNeed }]
    }),
  )
  let leftBytes = AGGREGATE_BYTES
  for (const need of states.values()) leftBytes -= worstStateBytes(need)

  const { wanted, inexact } = askedBy(config, setting)
  const onDemand = new Map<string, AggregateNeed>()
  const smallestFirst = [...wanted]
    .filter(([key, { ask }]) => !covers(standing.get(key)?.ask, ask))
    .map(([key, { ask, users }]) => {
      const need = onDemandNeed(ask, setting)
      return { key, need, users, bytes: worstStateBytes(need) }
    })
    .sort((a, b) => a.bytes - b.bytes)
  for (const { key, need, users, bytes } of smallestFirst) {
    if (bytes <= leftBytes) {
      leftBytes -= bytes
      onDemand.set(key, need)
    } else {
      const why = `to look further back than the newest 100 events takes ${bytes} bytes in every profile, and ${leftBytes} of ${AGGREGATE_BYTES} are left`
      for (const { path, about } of users) inexact.push({ path, about, why })
    }
  }
  return {
    declared,
    needs: [...states.values(), ...onDemand.values()],
    kept: (ask) => {
      const key = shareKey(ask)
      const stands = standing.get(key)
      return covers(stands?.ask, ask) ? stands?.need : onDemand.get(key)
    },
    inexact,
  }
}

const covers = (standing: Ask | undefined, ask: Ask): boolean =>
  standing !== undefined && reaches(standing.span, ask.span)

/** What all event leaves ask for, asks of one state together. */
function askedBy(config: Configuration, setting: Setting) {
  const wanted = new Map<string, Wanted>()
  const inexact: Warning[] = []
  for (const { path, condition } of conditionsOf(config)) {
    for (const leaf of leavesOf(condition)) {
      if (!('event' in leaf)) continue
      const why = unkeptBecause(leaf, setting)
      if (why !== null) {
        inexact.push({
          path,
          about: eventWords(leaf),
          why: `beyond the newest 100 events nothing is known of it: ${why}`,
        })
        continue
      }
      const window = compileWindow(leaf, setting)
      for (const measure of measuresOf(leaf)) {
        const ask = askFor(leaf, measure, window)
        if (ask === null) continue
        const key = shareKey(ask)
        const known = wanted.get(key) ?? { ask, users: [] }
        known.ask = { ...ask, span: widest(known.ask.span, ask.span) }
        known.users.push({ path, about: eventWords(leaf) })
        wanted.set(key, known)
      }
    }
  }
  return { wanted, inexact }
}
