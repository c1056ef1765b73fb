/**
 * A configuration of a given size. Every segment has four leaves and stands in
 * one policy's audience; every action has one policy and a condition, and some a cap.
 * So whoever evaluates it inlined, as other engines must, does nothing twice.
 */
import * as v from 'valibot'
import type { Condition } from '../../worker/contract/condition.ts'
import { configuration, type Configuration } from '../../worker/contract/config.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'
import { random, type Random } from '../harness/random.ts'
import { CAMPAIGNS, CAP, CITIES, COUNTRIES, DEVICES, EVENTS, PLANS, WINDOW } from './words.ts'

export interface Size {
  readonly segments: number
  readonly actions: number
  readonly placements: number
}
export const USUAL: Size = { segments: 1000, actions: 200, placements: 4 }

export const ORIGIN = 'https://shop.example'
export const WRITE_KEY = 'wk_bench'

function segmentCondition(r: Random, i: number): Condition {
  const event = (gte: number): Condition => ({
    event: r.pick(EVENTS),
    count: { gte },
    last: WINDOW,
  })
  switch (i % 4) {
    case 0:
      return {
        all: [
          { trait: 'plan', in: r.some(PLANS, 2) },
          { trait: 'spent', gte: 100 * r.below(100) },
          { context: 'country', in: r.some(COUNTRIES, 2) },
          event(4 + r.below(8)),
        ],
      }
    case 1:
      return {
        all: [
          { trait: 'city', eq: r.pick(CITIES) },
          { trait: 'age', lt: 20 + r.below(60) },
          { context: 'device', eq: r.pick(DEVICES) },
          { not: event(6 + r.below(8)) },
        ],
      }
    case 2:
      return {
        all: [
          event(8 + r.below(8)),
          {
            any: [
              { trait: 'plan', eq: r.pick(PLANS) },
              { trait: 'city', eq: r.pick(CITIES) },
            ],
          },
          { context: 'campaign.name', eq: r.pick(CAMPAIGNS) },
        ],
      }
    default:
      return {
        all: [
          { context: 'country', eq: r.pick(COUNTRIES) },
          { trait: 'age', gte: 20 + r.below(60) },
          { trait: 'spent', lt: 100 * r.below(100) },
          event(6 + r.below(8)),
        ],
      }
  }
}

/** As many as a profile's bound has room for may have a cap of their own. */
const MAX_CAPPED = 60
export const isCapped = (action: number, { actions }: Size): boolean =>
  action % Math.ceil(actions / MAX_CAPPED) === 0

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

export function configurationOf(size: Size): Configuration {
  const r = random(size.segments)
  const perAction = Math.max(1, Math.floor(size.segments / size.actions))
  const config = v.parse(configuration, {
    workspace: { name: 'Bench', timeZone: 'Asia/Tokyo', phoneRegion: 'JP' },
    sources: [{ key: 'site', name: 'Site', writeKey: WRITE_KEY, origins: [ORIGIN] }],
    segments: upTo(size.segments).map((i) => ({
      key: `s-${i}`,
      name: `Segment ${i}`,
      when: segmentCondition(r, i),
    })),
    placements: upTo(size.placements).map((i) => ({
      key: `p-${i}`,
      name: `Placement ${i}`,
      fields: { headline: 'text', text: 'text', href: 'link' },
      fallback: `fallback-${i}`,
    })),
    actions: [
      ...upTo(size.placements).map((i) => ({
        key: `fallback-${i}`,
        name: `Fallback ${i}`,
        content: { headline: 'Welcome', text: 'Have a look around', href: '/' },
      })),
      ...upTo(size.actions).map((i) => ({
        key: `a-${i}`,
        name: `Action ${i}`,
        content: {
          headline: `Headline of action ${i}`,
          text: 'A sentence that says why this is worth a look',
          href: `/c/${i}`,
        },
        when: { trait: 'spent', gte: 10 * r.below(100) },
        caps: isCapped(i, size) ? [{ max: CAP, per: '24h' }] : [],
      })),
    ],
    policies: upTo(size.actions).map((i) => ({
      key: `policy-${i}`,
      name: `Policy ${i}`,
      placement: `p-${i % size.placements}`,
      priority: size.actions - i,
      audience: {
        any: upTo(perAction).map((j) => ({
          segment: `s-${(i * perAction + j) % size.segments}`,
        })),
      },
      candidates: [{ action: `a-${i}` }],
    })),
  })
  const faults = checkConfiguration(config)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return config
}

export const placementsOf = (size: Size): string[] => upTo(size.placements).map((i) => `p-${i}`)
