import * as v from 'valibot'

/** An object of just these fields; a fault at an unknown one names those there are. */
export const strict = <const T extends v.ObjectEntries>(entries: T) =>
  v.strictObject(entries, (issue) =>
    issue.expected === 'never'
      ? `Expected one of the fields: ${Object.keys(entries).join(', ')}`
      : `Expected ${issue.expected} but received ${issue.received}`,
  )
