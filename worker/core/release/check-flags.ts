/** That a placement read as a string, number or boolean always has one. */
import type { Configuration, PlacementConfig } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { scalarOf } from '../decision/flag-value.ts'
import { placementsOfActions } from './placements.ts'

type Flag = Exclude<PlacementConfig['flag'], false | undefined>

export function* flags(config: Configuration): Generator<Fault> {
  for (const [i, { flag, fields }] of config.placements.entries()) {
    if (!flag || flag.field === undefined || Object.hasOwn(fields, flag.field)) continue
    yield {
      path: `placements[${i}].flag.field`,
      wrong: `"${flag.field}" is no field of it`,
      allowed: Object.keys(fields).join(', '),
    }
  }
  const shown = placementsOfActions(config)
  for (const [i, action] of config.actions.entries()) {
    for (const { key, flag } of shown.get(action.key) ?? []) {
      if (!flag || flag.field === undefined) continue
      yield* unreadable(`actions[${i}].content`, action.content, key, flag, true)
      for (const [language, texts] of Object.entries(action.translations)) {
        yield* unreadable(`actions[${i}].translations.${language}`, texts, key, flag, false)
      }
    }
  }
}

function* unreadable(
  path: string,
  texts: Readonly<Record<string, string>>,
  placement: string,
  { type, field = '' }: Flag,
  required: boolean,
): Generator<Fault> {
  if (type === 'object' || type === 'list') return
  const text = Object.hasOwn(texts, field) ? texts[field] : undefined
  if (text === undefined ? !required : scalarOf(type, text) !== null) return
  yield {
    path: `${path}.${field}`,
    wrong:
      text === undefined
        ? `placement "${placement}" is read as a ${type} from it, and it is missing`
        : `"${text.slice(0, 60)}" is no ${type}, as which placement "${placement}" is read`,
    allowed: type === 'boolean' ? 'true or false' : `a ${type}`,
  }
}
