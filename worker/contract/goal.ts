/** A goal: what counts as success, what it is worth, and which exposures it is credited to. */
import * as v from 'valibot'
import { duration, where } from './condition.ts'
import { key, named, note } from './scalars.ts'
import { strict } from './strict.ts'

const event = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
const property = v.pipe(v.string(), v.minLength(1), v.maxLength(100))
const currency = v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, 'Expected a currency such as "JPY"'))

/** Money of one currency, or of several that a property tells apart. */
const value = v.pipe(
  strict({
    /** A number: 1200 is 1,200 yen, or 1,200 dollars. */
    property,
    currency: v.optional(currency),
    currencies: v.optional(v.pipe(v.array(currency), v.minLength(1), v.maxLength(4))),
    /** Where an event says which of `currencies` it is in. */
    currencyProperty: v.optional(property, 'currency'),
  }),
  v.check(
    (money) => (money.currency === undefined) !== (money.currencies === undefined),
    'Expected either "currency" or "currencies"',
  ),
)

export const goal = v.pipe(
  strict({
    key,
    ...named,
    description: note,
    /** As conditions name it: "Order Completed", "$page", or "$click" for a click on what was shown. */
    event,
    where: v.optional(where),
    /** What makes two of them the same, such as "order_id": a page that is loaded again counts once. */
    businessKey: v.optional(property),
    value: v.optional(value),
    /** What takes money back. It has the business key of what it takes back. */
    refund: v.optional(
      strict({
        event,
        where: v.optional(where),
        /** The amount, above zero; the value's property unless given. */
        property: v.optional(property),
      }),
    ),
    /** How long after an exposure it is still that exposure's. */
    window: v.optional(duration, '7d'),
    /** From which exposure on: having seen it, or having clicked it. */
    after: v.optional(v.picklist(['impression', 'click']), 'impression'),
  }),
  v.check(
    (g) => g.refund === undefined || (g.value !== undefined && g.businessKey !== undefined),
    'Expected "value" and "businessKey" beside "refund"',
  ),
)
export type GoalConfig = v.InferOutput<typeof goal>
