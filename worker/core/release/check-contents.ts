/** That an action's content fits where it is shown, and its links are safe. */
import type { Configuration, PlacementConfig } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { placementsOfActions } from './placements.ts'
import { isSafeLink } from './safe-link.ts'

/** An action's content must fit every placement that can show it. */
export function* contents(config: Configuration): Generator<Fault> {
  const shown = placementsOfActions(config)
  for (const [i, action] of config.actions.entries()) {
    const texts = [
      [`actions[${i}].content`, action.content] as const,
      ...Object.entries(action.translations).map(
        ([language, content]) => [`actions[${i}].translations.${language}`, content] as const,
      ),
    ]
    const kinds = new Map<string, string>()
    for (const placement of shown.get(action.key) ?? []) {
      for (const [field, kind] of Object.entries(placement.fields)) {
        const other = kinds.get(field)
        if (other !== undefined && other !== kind && Object.hasOwn(action.content, field)) {
          yield {
            path: `actions[${i}].content.${field}`,
            wrong: `its placements disagree: it is ${other} in one and ${kind} in another`,
          }
        }
        kinds.set(field, kind)
      }
      for (const [path, content] of texts) yield* contentFaults(path, content, placement)
    }
  }
}

function* contentFaults(
  path: string,
  content: Readonly<Record<string, string>>,
  { key, fields }: PlacementConfig,
): Generator<Fault> {
  for (const [field, text] of Object.entries(content)) {
    const kind = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (kind === undefined) {
      yield {
        path: `${path}.${field}`,
        wrong: `placement "${key}" has no such field`,
        allowed: Object.keys(fields).join(', '),
      }
    } else if ((kind === 'link' || kind === 'image') && !isSafeLink(text)) {
      yield {
        path: `${path}.${field}`,
        wrong: `"${text.slice(0, 60)}" is no safe ${kind}`,
        allowed: 'http(s) addresses, or paths on the site',
      }
    }
  }
}
