/** Every D1 table. The prose beside it: docs/storage.md */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'

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

/** Uploads of static lists; who is on a list stands on the profiles. */
export const listUpload = sqliteTable('list_upload', {
  id: text('id').primaryKey(),
  list: text('list').notNull(),
  mode: text('mode', { enum: ['add', 'remove', 'replace'] }).notNull(),
  startedMs: integer('started_ms').notNull(),
  /** null while lines may still come. */
  finishedMs: integer('finished_ms'),
  lines: integer('lines').notNull(),
  refused: integer('refused').notNull(),
  removed: integer('removed').notNull(),
})

/** One row a list, so that telling of them all reads no upload but the newest of each. */
export const staticList = sqliteTable('static_list', {
  list: text('list').primaryKey(),
  /** Of the list, ever. */
  uploads: integer('uploads').notNull(),
  newestUpload: text('newest_upload').notNull(),
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
    /** Where in the file its rows begin. */
    firstRow: integer('first_row').notNull().default(0),
    /** 1: its file may still be compacted with its neighbours. */
    loose: integer('loose').notNull().default(1),
  },
  (t) => [
    primaryKey({ columns: [t.shard, t.fromSeq] }),
    index('manifest_loose')
      .on(t.shard, t.hourMs)
      .where(sql`${t.loose} = 1`),
  ],
)

/** How far each sink has come in each shard. */
export const sink = sqliteTable(
  'sink',
  {
    name: text('name').notNull(),
    shard: text('shard').notNull(),
    afterSeq: integer('after_seq').notNull(),
    tries: integer('tries').notNull(),
    retryAtMs: integer('retry_at_ms').notNull(),
    error: text('error'),
    batches: integer('batches').notNull(),
    rows: integer('rows').notNull(),
    updatedMs: integer('updated_ms').notNull(),
  },
  (t) => [primaryKey({ columns: [t.name, t.shard] })],
)

/** Batches that a sink could not take. */
export const deadLetter = sqliteTable(
  'dead_letter',
  {
    sink: text('sink').notNull(),
    shard: text('shard').notNull(),
    fromSeq: integer('from_seq').notNull(),
    batchId: text('batch_id').notNull(),
    tries: integer('tries').notNull(),
    error: text('error').notNull(),
    /** 1: somebody asked for another try. */
    wanted: integer('wanted').notNull(),
    atMs: integer('at_ms').notNull(),
  },
  (t) => [primaryKey({ columns: [t.sink, t.shard, t.fromSeq] })],
)

/** What is being compacted in a shard now; at most one file at a time. */
export const compaction = sqliteTable('compaction', {
  shard: text('shard').primaryKey(),
  path: text('path').notNull(),
  /** The batches that go into the file, as JSON: [{ fromSeq, path, firstRow, rows }]. */
  pieces: text('pieces').notNull(),
  state: text('state', { enum: ['open', 'pointed'] }).notNull(),
  updatedMs: integer('updated_ms').notNull(),
})

/** The snapshot of all profiles that is being taken, or was taken last. One row. */
export const snapshot = sqliteTable('snapshot', {
  id: integer('id').primaryKey(),
  dayMs: integer('day_ms').notNull(),
  /** Where the scan goes on; null at its beginning and at its end. */
  after: text('after'),
  parts: integer('parts').notNull(),
  rows: integer('rows').notNull(),
  state: text('state', { enum: ['open', 'done'] }).notNull(),
  updatedMs: integer('updated_ms').notNull(),
})
/** Runs that rebuild profiles from the files; at most one is running. */
export const replay = sqliteTable('replay', {
  number: integer('number').primaryKey({ autoIncrement: true }),
  state: text('state', { enum: ['running', 'done', 'abandoned'] }).notNull(),
  phase: text('phase', { enum: ['sweep', 'fold', 'settle', 'recent', 'survey', 'tidy'] }).notNull(),
  /** 1: what differs is written to the store. */
  apply: integer('apply').notNull(),
  fromMs: integer('from_ms'),
  toMs: integer('to_ms'),
  release: integer('release').notNull(),
  revision: integer('revision').notNull(),
  /** Of the piece that was done last: two that read one revision cannot both write. */
  piece: text('piece').notNull(),
  cursor: text('cursor').notNull(),
  counts: text('counts').notNull(),
  startedMs: integer('started_ms').notNull(),
  updatedMs: integer('updated_ms').notNull(),
})

/** People as a run has rebuilt them so far; gone when it ends. */
export const replayProfile = sqliteTable(
  'replay_profile',
  {
    run: integer('run').notNull(),
    id: text('id').notNull(),
    mergedInto: text('merged_into'),
    /** 1: the run is asked about them. */
    chosen: integer('chosen').notNull(),
    /** 1: first met after all files were folded. */
    recent: integer('recent').notNull(),
    doc: text('doc').notNull(),
  },
  (t) => [primaryKey({ columns: [t.run, t.id] })],
)

/** Batches that the tallies have. */
export const talliedBatch = sqliteTable(
  'tallied_batch',
  {
    batchId: text('batch_id').primaryKey(),
    /** Of the call that added it. */
    token: text('token').notNull(),
    atMs: integer('at_ms').notNull(),
  },
  (t) => [index('tallied_batch_at').on(t.atMs)],
)

/** What the digests of choices stand for. */
export const choice = sqliteTable('choice', {
  what: text('what').primaryKey(),
  policy: text('policy').notNull(),
  arm: text('arm').notNull(),
  action: text('action').notNull(),
  leaf: text('leaf').notNull(),
})

/** What was chosen by which weights, how often it was met, and what came of it, by the hour of exposure. */
export const choiceTally = sqliteTable(
  'choice_tally',
  {
    what: text('what').notNull(),
    model: integer('model').notNull(),
    goal: text('goal').notNull(),
    currency: text('currency').notNull(),
    hour: integer('hour').notNull(),
    impressions: integer('impressions').notNull(),
    clicks: integer('clicks').notNull(),
    rewarded: integer('rewarded').notNull(),
    rewards: integer('rewards').notNull(),
    micro: integer('micro').notNull(),
    squares: real('squares').notNull(),
  },
  (t) => [primaryKey({ columns: [t.what, t.model, t.goal, t.currency, t.hour] })],
)

/** Experiments by arm and the hour of first exposure. */
export const experimentTally = sqliteTable(
  'experiment_tally',
  {
    experiment: text('experiment').notNull(),
    arm: text('arm').notNull(),
    hour: integer('hour').notNull(),
    goal: text('goal').notNull(),
    currency: text('currency').notNull(),
    people: integer('people').notNull(),
    crossed: integer('crossed').notNull(),
    exposures: integer('exposures').notNull(),
    converted: integer('converted').notNull(),
    conversions: integer('conversions').notNull(),
    micro: integer('micro').notNull(),
    squares: real('squares').notNull(),
  },
  (t) => [primaryKey({ columns: [t.experiment, t.arm, t.hour, t.goal, t.currency] })],
)

/** Actions of which there are only so many: how many were served, over everybody. */
export const stock = sqliteTable('stock', {
  action: text('action').primaryKey(),
  taken: integer('taken').notNull(),
  /** The last commit that took one, so that its repetition takes none. */
  commitId: text('commit_id').notNull(),
})

/** Preview links that were used: each opens in one browser. */
export const previewUse = sqliteTable('preview_use', {
  id: text('id').primaryKey(),
  untilMs: integer('until_ms').notNull(),
})

/** What policies learned: the newest version counts, and none ever changes. */
export const model = sqliteTable('model', {
  version: integer('version').primaryKey(),
  body: text('body').notNull(),
  createdMs: integer('created_ms').notNull(),
})
