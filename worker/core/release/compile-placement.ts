/** A placement with its policies and actions, as decisions go through them. */
import type {
  ActionConfig,
  Configuration,
  PlacementConfig,
  PolicyConfig,
} from '../../contract/config.ts'
import type { Content, ContentValue } from '../../contract/decide.ts'
import type { CompiledCondition, conditionCompiler } from '../condition/compile.ts'
import type {
  CompiledAction,
  CompiledFlag,
  CompiledPlacement,
  CompiledPolicy,
  Schedule,
} from '../decision/plan.ts'
import { compileCaps } from './compile-caps.ts'

const OBJECT: CompiledFlag = { type: 'object' }

type Compile = ReturnType<typeof conditionCompiler>

const compileSchedule = (schedule: ActionConfig['schedule']): Schedule => ({
  fromMs: schedule?.from === undefined ? -Infinity : Date.parse(schedule.from),
  untilMs: schedule?.until === undefined ? Infinity : Date.parse(schedule.until),
})

const compileMaybe = (
  condition: PolicyConfig['audience'],
  compile: Compile,
): CompiledCondition | null => (condition === undefined ? null : compile(condition))

function compileContent(
  texts: ActionConfig['content'],
  fields: PlacementConfig['fields'],
): Content {
  const content: Record<string, ContentValue> = {}
  for (const [field, text] of Object.entries(texts)) {
    content[field] = fields[field] === 'html' ? { html: text } : text
  }
  return content
}

function compileAction(
  action: ActionConfig,
  placement: PlacementConfig,
  compile: Compile,
): CompiledAction {
  const content = compileContent(action.content, placement.fields)
  return {
    key: action.key,
    content,
    translations: new Map(
      Object.entries(action.translations).map(([language, texts]) => [
        language,
        { ...content, ...compileContent(texts, placement.fields) },
      ]),
    ),
    schedule: compileSchedule(action.schedule),
    when: compileMaybe(action.when, compile),
    caps: compileCaps(action.caps, 'action', action.key),
  }
}

export function compilePlacement(
  config: Configuration,
  placement: PlacementConfig,
  compile: Compile,
): CompiledPlacement {
  const configs = new Map(config.actions.map((action) => [action.key, action]))
  const compiled = new Map<string, CompiledAction>()
  const actionOf = (key: string): CompiledAction => {
    const action =
      compiled.get(key) ?? compileAction(configs.get(key) as ActionConfig, placement, compile)
    compiled.set(key, action)
    return action
  }
  return {
    key: placement.key,
    flag: placement.flag === false ? null : ((placement.flag ?? OBJECT) as CompiledFlag),
    fallback: placement.fallback === undefined ? null : actionOf(placement.fallback),
    policies: config.policies
      .filter((policy) => policy.placement === placement.key)
      .sort((a, b) => b.priority - a.priority || (a.key < b.key ? -1 : 1))
      .map((policy) => compilePolicy(policy, actionOf, compile)),
  }
}

function compilePolicy(
  policy: PolicyConfig,
  actionOf: (key: string) => CompiledAction,
  compile: Compile,
): CompiledPolicy {
  return {
    key: policy.key,
    audience: compileMaybe(policy.audience, compile),
    schedule: compileSchedule(policy.schedule),
    caps: compileCaps(policy.caps, 'policy', policy.key),
    limit: policy.limit,
    choice: compileChoice(policy, actionOf),
  }
}

function compileChoice(
  policy: PolicyConfig,
  actionOf: (key: string) => CompiledAction,
): CompiledPolicy['choice'] {
  if (policy.split === undefined) {
    const ranked = [...(policy.candidates ?? [])].sort(
      (a, b) => b.priority - a.priority || (a.action < b.action ? -1 : 1),
    )
    return { by: 'priority', actions: ranked.map(({ action }) => actionOf(action)) }
  }
  const { arms, seed } = policy.split
  const total = arms.reduce((sum, arm) => sum + arm.weight, 0)
  return {
    by: 'split',
    seed: seed ?? policy.key,
    arms: arms.map(({ key, weight, action }) => ({
      key,
      share: weight / total,
      action: action === null ? null : actionOf(action),
    })),
  }
}
