/** Every D1 table. The prose beside it: docs/storage.md */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const profile = sqliteTable(
  'profile',
  {
    id: text('id').primaryKey(),
    version: integer('version').notNull(),
    mergedInto: text('merged_into'),
    dueMs: integer('due_ms'),
    doc: text('doc').notNull(),
  },
  (t) => [
    index('profile_due')
      .on(t.dueMs)
      .where(sql`${t.dueMs} is not null`),
  ],
)

export const identifier = sqliteTable(
  'identifier',
  {
    type: text('type').notNull(),
    value: text('value').notNull(),
    profileId: text('profile_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.type, t.value] })],
)

/** seq is AUTOINCREMENT: a plain rowid would be used again after a trim, and a cursor would skip it. */
export const outbox = sqliteTable('outbox', {
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  commitId: text('commit_id').notNull(),
  receivedMs: integer('received_ms').notNull(),
  body: text('body').notNull(),
})

/** The one draft; `revision` guards against lost updates. */
export const draft = sqliteTable('draft', {
  id: integer('id').primaryKey(),
  revision: integer('revision').notNull(),
  body: text('body').notNull(),
  updatedMs: integer('updated_ms').notNull(),
})

export const release = sqliteTable('release', {
  number: integer('number').primaryKey({ autoIncrement: true }),
  body: text('body').notNull(),
  note: text('note').notNull(),
  createdMs: integer('created_ms').notNull(),
})

/** The epoch is the row's id: it only ever grows, rollbacks too. */
export const activation = sqliteTable('activation', {
  epoch: integer('epoch').primaryKey({ autoIncrement: true }),
  release: integer('release').notNull(),
  /** 1: the kill switch is on. */
  stopped: integer('stopped').notNull(),
  atMs: integer('at_ms').notNull(),
})

/** Where in a profile's bitmap a segment stands; `version` is empty while no active release has it. */
export const segmentSlot = sqliteTable('segment_slot', {
  slot: integer('slot').primaryKey(),
  key: text('key').notNull(),
  sinceEpoch: integer('since_epoch').notNull(),
  version: text('version').notNull(),
  versionEpoch: integer('version_epoch').notNull(),
})

/** Who drains an outbox shard now; `fence` grows with every change of hands. */
export const lease = sqliteTable('lease', {
  name: text('name').primaryKey(),
  fence: integer('fence').notNull(),
  holder: text('holder').notNull(),
  untilMs: integer('until_ms').notNull(),
})

/** The log of batches; at most the newest of a shard is not done, and its to_seq is the cursor. */
export const manifest = sqliteTable(
  'manifest',
  {
    shard: text('shard').notNull(),
    fromSeq: integer('from_seq').notNull(),
    toSeq: integer('to_seq').notNull(),
    hourMs: integer('hour_ms').notNull(),
    /** How many outbox rows the range holds. */
    entries: integer('entries').notNull(),
    batchId: text('batch_id'),
    path: text('path'),
    rows: integer('rows'),
    bytes: integer('bytes'),
    state: text('state', { enum: ['open', 'named', 'written', 'done'] }).notNull(),
    fence: integer('fence').notNull(),
    updatedMs: integer('updated_ms').notNull(),
  },
  (t) => [primaryKey({ columns: [t.shard, t.fromSeq] })],
)
