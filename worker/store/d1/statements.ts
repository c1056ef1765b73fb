/**
 * The SQL of the profile store. A commit is one batch(), and D1 runs a batch
 * as one transaction. Its guard does not abort, which would throw away the
 * results: the first statement writes the outbox row only if every version
 * and owner still holds, the next ones act only if that row is the last, and
 * the final ones tell who won and, to the loser, how things stand.
 */

/** ?1 identifiers [{type, value}] */
export const LOAD = `
SELECT p.id, p.version, p.merged_into, p.doc FROM profile p
WHERE p.id IN (SELECT i.profile_id FROM json_each(?1) e
               JOIN identifier i ON i.type = e.value->>'type' AND i.value = e.value->>'value')`

/** ?1 type, ?2 value: most requests bring one identifier. */
export const LOAD_ONE = `
SELECT p.id, p.version, p.merged_into, p.doc FROM profile p
WHERE p.id = (SELECT profile_id FROM identifier WHERE type = ?1 AND value = ?2)`

/** ?1 commit id, ?2 body, ?3 receivedAt, ?4 profiles [{id, expect}], ?5 identifiers [{type, value, was}] */
export const GUARD = `
INSERT INTO outbox (commit_id, body, received_ms)
SELECT ?1, ?2, ?3
WHERE NOT EXISTS (SELECT 1 FROM json_each(?4) e LEFT JOIN profile p ON p.id = e.value->>'id'
                  WHERE coalesce(p.version, 0) <> e.value->>'expect')
  AND NOT EXISTS (SELECT 1 FROM json_each(?5) e
                  LEFT JOIN identifier i ON i.type = e.value->>'type' AND i.value = e.value->>'value'
                  WHERE i.profile_id IS NOT e.value->>'was')`

/** ?1 commit id, ?2 body, ?3 receivedAt: of a commit that has nothing to guard */
export const APPEND = `INSERT INTO outbox (commit_id, body, received_ms) VALUES (?1, ?2, ?3)`

const IS_OURS = `(SELECT commit_id FROM outbox ORDER BY seq DESC LIMIT 1) IS ?1`

/** ?1 commit id, ?2 profiles [{id, expect, mergedInto, doc}] whose due moment stays: naming it costs rows written. */
export const PUT_PROFILES = `
INSERT INTO profile (id, version, merged_into, doc)
SELECT e.value->>'id', e.value->>'expect' + 1, e.value->>'mergedInto', e.value->>'doc'
FROM json_each(?2) e WHERE ${IS_OURS}
ON CONFLICT (id) DO UPDATE SET version = excluded.version, merged_into = excluded.merged_into, doc = excluded.doc`

/** ?1 commit id, ?2 profiles [{id, expect, mergedInto, doc, dueMs}] whose due moment moves */
export const PUT_DUE_PROFILES = `
INSERT INTO profile (id, version, merged_into, due_ms, doc)
SELECT e.value->>'id', e.value->>'expect' + 1, e.value->>'mergedInto', e.value->>'dueMs', e.value->>'doc'
FROM json_each(?2) e WHERE ${IS_OURS}
ON CONFLICT (id) DO UPDATE SET version = excluded.version, merged_into = excluded.merged_into,
  due_ms = excluded.due_ms, doc = excluded.doc`

/** ?1 commit id, ?2 identifiers [{type, value, now}] that change hands */
export const PUT_IDENTIFIERS = `
INSERT INTO identifier (type, value, profile_id)
SELECT e.value->>'type', e.value->>'value', e.value->>'now'
FROM json_each(?2) e WHERE ${IS_OURS}
ON CONFLICT (type, value) DO UPDATE SET profile_id = excluded.profile_id`

/** ?1 commit id, ?2 identifiers [{type, value}] that belong to nobody now */
export const DROP_IDENTIFIERS = `
DELETE FROM identifier
WHERE (type, value) IN (SELECT e.value->>'type', e.value->>'value' FROM json_each(?2) e)
  AND ${IS_OURS}`

/** Beside GUARD's: ?6 stocks [{key, take, total}] of which there must be enough. */
export const GUARD_STOCK = `${GUARD}
  AND NOT EXISTS (SELECT 1 FROM json_each(?6) e LEFT JOIN stock s ON s.action = e.value->>'key'
                  WHERE coalesce(s.taken, 0) + (e.value->>'take') > e.value->>'total')`

/** ?1 commit id, ?2 stocks [{key, take}]: once, also where the very same commit is repeated. */
export const PUT_STOCK = `
INSERT INTO stock (action, taken, commit_id)
SELECT e.value->>'key', e.value->>'take', ?1 FROM json_each(?2) e WHERE ${IS_OURS}
ON CONFLICT (action) DO UPDATE SET taken = stock.taken + excluded.taken, commit_id = excluded.commit_id
WHERE stock.commit_id <> excluded.commit_id`

/** ?1 keys of actions */
export const TAKEN = `
SELECT action, taken FROM stock WHERE action IN (SELECT value FROM json_each(?1))`

/** ?1 commit id: takes the outbox row away again; its position is not given out once more. */
export const TAKE_BACK = `
DELETE FROM outbox WHERE commit_id = ?1 AND seq = (SELECT max(seq) FROM outbox)`

/** ?1 commit id: also true when the very same commit is repeated at once. */
export const WON = `SELECT ${IS_OURS} AS won`

/** ?1 commit id, ?2 profiles [{id}], ?3 identifiers [{type, value}]: what the loser needs to try again. A CROSS JOIN keeps its order: the winner reads nothing. */
export const CURRENT = `
SELECT p.id, p.version, p.merged_into, p.doc
FROM (SELECT 1 WHERE NOT ${IS_OURS}) CROSS JOIN profile p
WHERE p.id IN (SELECT value->>'id' FROM json_each(?2)
               UNION SELECT i.profile_id FROM json_each(?3) e
               JOIN identifier i ON i.type = e.value->>'type' AND i.value = e.value->>'value')`

/** ?1 id, ?2 most profiles, ?3 bytes of documents after which the page ends: at least one profile. */
export const SCAN = `
SELECT id, version, merged_into, doc FROM (
  SELECT id, version, merged_into, doc,
    sum(octet_length(doc)) OVER (ORDER BY id) - octet_length(doc) AS before
  FROM (SELECT id, version, merged_into, doc FROM profile WHERE id > ?1 ORDER BY id LIMIT ?2))
WHERE before < ?3 ORDER BY id`

/** ?1 ids */
export const BY_IDS = `
SELECT id, version, merged_into, doc FROM profile WHERE id IN (SELECT value FROM json_each(?1))`

/** ?1 now, ?2 most profiles, ?3 bytes of documents after which the page ends: at least one profile. */
export const DUE = `
SELECT id, version, merged_into, doc FROM (
  SELECT id, version, merged_into, doc, due_ms,
    sum(octet_length(doc)) OVER (ORDER BY due_ms, id) - octet_length(doc) AS before
  FROM (SELECT id, version, merged_into, doc, due_ms FROM profile WHERE due_ms <= ?1 ORDER BY due_ms LIMIT ?2))
WHERE before < ?3 ORDER BY due_ms, id`

/** ?1 now, ?2 where counting ends: each one counted is a row read. */
export const DUE_BACKLOG = `
SELECT count(*) AS profiles, min(due_ms) AS oldestMs
FROM (SELECT due_ms FROM profile WHERE due_ms <= ?1 ORDER BY due_ms LIMIT ?2)`
