/** What the panel in the page may ask of the shop's server. */
import * as v from 'valibot'

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(200))

const question = v.object({
  anonymousId: text,
  placements: v.pipe(v.array(text), v.minLength(1), v.maxLength(20)),
  context: v.object({
    page: v.optional(v.object({ path: text })),
    sessionNumber: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
})
export type PanelQuestion = v.InferOutput<typeof question>

/** null for anything else. */
export function readQuestion(body: string): PanelQuestion | null {
  try {
    const parsed = v.safeParse(question, JSON.parse(body))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}
