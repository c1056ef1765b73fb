import { Command } from 'commander'
import type { ExplainAnswer, SegmentExplanation } from '../../worker/contract/segments.ts'
import { AdminError, type AdminApi } from '../admin-api.ts'
import { UsageError } from '../connection.ts'
import { session } from '../session.ts'
import { parsedJson, readTextFile } from '../text-file.ts'
import { traceText } from '../trace-text.ts'

interface Options {
  readonly id?: string
  readonly when?: string
  readonly context?: string
  readonly at?: string
  readonly in?: true
  readonly json?: true
}

export function explain(): Command {
  return new Command('explain')
    .description('Why somebody is in a segment or out of it, with the values seen, and until when.')
    .argument('[identifier]', 'whom: <type>:<value>, such as user_id:kei')
    .argument('[segments...]', 'which segments; all unless named')
    .option('--id <profileId>', 'whom, by the id of the profile')
    .option('--when <file>', 'a condition that nobody published, as JSON, tried on this person')
    .option('--context <json>', 'as it would come with a request')
    .option('--at <instant>', 'as of this moment, by what is known of them now')
    .option('--in', 'only those that the person is in')
    .option('--json', 'the whole answer')
    .addHelpText(
      'after',
      `
Examples:
  npm run tsugi -- explain user_id:kei
  npm run tsugi -- explain user_id:kei returning high-value
  npm run tsugi -- explain email:kei@example.com --when docs/examples/condition.json`,
    )
    .action(
      async (
        identifier: string | undefined,
        segments: readonly string[],
        options: Options,
        command: Command,
      ) => {
        const api = session(command)
        // With --id the first word is a segment, too.
        const named =
          options.id === undefined || identifier === undefined
            ? segments
            : [identifier, ...segments]
        if (named.some((word) => word.includes(':'))) {
          throw new UsageError('Give an identifier or --id, not both.')
        }
        const answer = await explained(api, {
          ...personOf(options.id === undefined ? identifier : undefined, options.id),
          ...(named.length > 0 ? { segments: named } : {}),
          ...(options.when === undefined ? {} : { when: await conditionIn(options.when) }),
          ...(options.context === undefined
            ? {}
            : { context: parsedJson(options.context, '--context') }),
          ...(options.at === undefined ? {} : { at: options.at }),
        })
        if (options.json) console.log(JSON.stringify(answer, null, 2))
        else console.log(explanationText(answer, options.in === true))
      },
    )
}

/** Whoever is not there may come: the examples are of a shop where somebody was. */
async function explained(api: AdminApi, body: object): Promise<ExplainAnswer> {
  try {
    return await api.explain(body)
  } catch (error) {
    if (!(error instanceof AdminError) || error.problem.code !== 'not_found') throw error
    const { detail = 'nobody' } = error.problem
    const way =
      'Log in as them in the shop, or: npm run tsugi -- upload vip docs/examples/people.csv'
    throw new AdminError({ ...error.problem, detail: `${detail}. ${way}` })
  }
}

function personOf(identifier: string | undefined, id: string | undefined): object {
  if (id !== undefined) return { profileId: id }
  const [, type, value] = /^([a-z][a-z0-9_]*):(.+)$/.exec(identifier ?? '') ?? []
  if (type === undefined || value === undefined) {
    throw new UsageError('Whom? <type>:<value>, such as user_id:kei, or --id <profileId>.')
  }
  return { profile: { type, value } }
}

/** A condition, or a segment with one. */
export async function conditionIn(path: string): Promise<unknown> {
  const value = parsedJson(await readTextFile(path), path)
  const { when } = (value ?? {}) as { readonly when?: unknown }
  return when ?? value
}

function explanationText(
  { profileId, asOf, epoch, segments, when }: ExplainAnswer,
  onlyIn: boolean,
) {
  const shown = onlyIn ? segments.filter(({ member }) => member) : segments
  const parts = shown.map((segment) => part(segment.key, segment))
  if (when !== undefined) parts.unshift(part('the condition', { recorded: null, ...when }))
  if (parts.length === 0) parts.push(onlyIn ? 'In no segment.' : 'No segment is published.')
  return [`profile ${profileId}  as of ${asOf}  epoch ${epoch}`, ...parts].join('\n\n')
}

function part(
  name: string,
  {
    member,
    recorded,
    requestScoped,
    nextChange,
    trace,
  }: Omit<SegmentExplanation, 'key' | 'version'>,
): string {
  const notes = [
    member ? 'IN' : 'out',
    nextChange === null ? '' : `time may change that at ${nextChange}`,
    requestScoped ? 'reads the request, so entries and exits are not recorded' : '',
    recorded !== null && recorded !== member
      ? `the log says ${recorded ? 'in' : 'out'} until the next touch`
      : '',
  ]
  return `${name}: ${notes.filter(Boolean).join('; ')}\n${traceText(trace)}`
}
