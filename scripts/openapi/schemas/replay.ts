/** What `/admin/v1/replay` is asked and answers. */
import * as v from 'valibot'
import { replayWish as wish, type ReplayAnswer } from '../../../worker/contract/replay.ts'
import { says } from '../same.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const instant = v.pipe(v.string(), v.isoTimestamp())
const told = <T extends v.GenericSchema>(schema: T, text: string) =>
  v.pipe(schema, v.description(text))
const progress = v.object({ done: count, total: count })

export const replayWish = v.object(wish.pipe[0].entries)

export const replay = says<ReplayAnswer>()(
  v.object({
    number: count,
    state: v.picklist(['running', 'done', 'abandoned']),
    phase: told(
      v.picklist(['sweep', 'fold', 'settle', 'recent', 'survey', 'tidy']),
      'What it is at: removing what earlier runs left, folding files, comparing (and writing), the same for people who came since, looking for people without records, removing its own traces.',
    ),
    apply: v.boolean(),
    from: v.nullable(instant),
    to: v.nullable(instant),
    release: told(count, 'By whose rules it folds.'),
    startedAt: instant,
    updatedAt: instant,
    files: progress,
    rows: progress,
    people: progress,
    unreadable: told(
      count,
      'Rows that stand for something that could not be read when it was filed.',
    ),
    different: v.object({
      people: count,
      sections: told(v.record(v.string(), count), 'How many people differ in each section.'),
      first: v.array(v.object({ profileId: v.string(), sections: v.array(v.string()) })),
    }),
    written: told(count, 'People who were written to the store.'),
    unlogged: v.object({
      people: told(count, 'In the store, and named by no record.'),
      first: v.array(v.string()),
    }),
    waitsFor: told(
      v.nullable(v.literal('drain')),
      'The outbox holds too much that is in no file; the next drain helps.',
    ),
  }),
)
