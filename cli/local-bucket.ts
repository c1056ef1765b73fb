/**
 * The files in the bucket of `npm start`, whether it runs or not: R2's objects
 * lie as blobs in the state folder, and a small database names them.
 */
import { copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UsageError } from './connection.ts'

export interface BucketFile {
  /** In the bucket: events/dt=2026-03-01/hour=09/….parquet */
  readonly key: string
  /** On this machine. */
  readonly path: string
}

/** As Miniflare lays them out: r2/<bucket>/blobs beside the databases of all buckets. */
const BUCKET = 'tsugi'
const OBJECTS = 'r2/miniflare-R2BucketObject'

/** Throws UsageError where no worker ever had its data there. */
export async function localBucketFiles(stateFolder: string): Promise<BucketFile[]> {
  const folder = join(stateFolder, OBJECTS)
  const names = await entriesOf(folder)
  if (names === null) {
    throw new UsageError(
      `There is no local bucket in ${stateFolder}. "npm start" makes one; --state names another folder, --bucket a copy of a bucket.`,
    )
  }
  const objects: { key: string; blob: string }[] = []
  for (const name of names) {
    if (!name.endsWith('.sqlite') || name === 'metadata.sqlite') continue
    objects.push(...(await objectsIn(join(folder, name))))
  }
  const blobs = join(stateFolder, 'r2', BUCKET, 'blobs')
  return objects
    .filter(({ key }) => key.endsWith('.parquet'))
    .map(({ key, blob }) => ({ key, path: join(blobs, blob) }))
}

/** A bucket that somebody copied into a folder. */
export async function folderFiles(folder: string): Promise<BucketFile[]> {
  const names = await entriesOf(folder, true)
  if (names === null) throw new UsageError(`There is no folder ${folder}.`)
  return names
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => ({ key: name.replaceAll('\\', '/'), path: join(folder, name) }))
}

async function entriesOf(folder: string, recursive = false): Promise<string[] | null> {
  try {
    return await readdir(folder, { recursive })
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** From a copy: a worker that runs holds the database itself. */
async function objectsIn(path: string): Promise<{ key: string; blob: string }[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-sql-'))
  try {
    const copy = join(folder, 'objects.sqlite')
    await copyWhole(path, copy)
    const database = new DatabaseSync(copy)
    try {
      return database
        .prepare('SELECT key, blob_id AS blob FROM _mf_objects WHERE blob_id IS NOT NULL')
        .all() as { key: string; blob: string }[]
    } finally {
      database.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The database with its log; again where somebody wrote to them meanwhile. */
async function copyWhole(path: string, copy: string): Promise<void> {
  for (let nth = 0; nth < 20; nth++) {
    const before = await stamp(path)
    await copyFile(path, copy)
    await copyFile(`${path}-wal`, `${copy}-wal`).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      await rm(`${copy}-wal`, { force: true })
    })
    if ((await stamp(path)) === before) return
  }
  throw new Error(`${path} is written to all the time`)
}

async function stamp(path: string): Promise<string> {
  const parts = await Promise.all(
    [path, `${path}-wal`].map(async (name) => {
      const found = await stat(name).catch(() => null)
      return found === null ? '-' : `${found.mtimeMs} ${found.size}`
    }),
  )
  return parts.join()
}
