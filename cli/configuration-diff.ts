/** What a configuration would change, entity by entity. */
import type { Configuration } from '../worker/contract/config.ts'
import { LISTS, SECTIONS } from '../worker/contract/entities.ts'

export interface EntityChange {
  /** segment, action, … ; or a section of which there is one. */
  readonly kind: string
  /** Empty of a section. */
  readonly key: string
  readonly change: 'added' | 'removed' | 'changed'
  /** For a changed one: each field that differs, by its path. */
  readonly fields: readonly FieldChange[]
}
export interface FieldChange {
  readonly path: string
  /** undefined where it is not there. */
  readonly before: unknown
  readonly after: unknown
}

type Entity = { readonly key: string }

/** Both as the contract's schema reads them, defaults filled in. The order of entities means nothing. */
export function diffConfigurations(before: Configuration, after: Configuration): EntityChange[] {
  const changes: EntityChange[] = []
  for (const section of SECTIONS) {
    const fields = diffValues(before[section], after[section], '')
    const key = section === 'workspace' ? after.workspace.name : ''
    if (fields.length > 0) changes.push({ kind: section, key, change: 'changed', fields })
  }
  for (const [list, kind] of entriesOf(LISTS)) {
    changes.push(...diffLists(kind, before[list], after[list]))
  }
  return changes
}

const entriesOf = <K extends string, V>(object: Readonly<Record<K, V>>): [K, V][] =>
  Object.entries(object) as [K, V][]

function diffLists(
  kind: string,
  before: readonly Entity[],
  after: readonly Entity[],
): EntityChange[] {
  const old = new Map(before.map((entity) => [entity.key, entity]))
  const changes: EntityChange[] = []
  for (const entity of after) {
    const was = old.get(entity.key)
    old.delete(entity.key)
    if (was === undefined) {
      changes.push({ kind, key: entity.key, change: 'added', fields: [] })
      continue
    }
    const fields = diffValues(was, entity, '')
    if (fields.length > 0) changes.push({ kind, key: entity.key, change: 'changed', fields })
  }
  for (const key of old.keys()) changes.push({ kind, key, change: 'removed', fields: [] })
  return changes
}

/** Leaves that differ; an array is compared place by place, as order in one does mean something. */
function diffValues(before: unknown, after: unknown, path: string): FieldChange[] {
  if (Object.is(before, after)) return []
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ path, before, after }]
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) =>
    diffValues(before[name], after[name], path === '' ? name : `${path}.${name}`),
  )
}

type Tree = { readonly [name: string]: unknown }

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null
}
