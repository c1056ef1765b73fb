/** The local D1's and R2's own files, looked into from outside. */
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Where the D1 lies. Throws when the folder holds none with our tables. */
export async function databaseFile(stateFolder: string): Promise<string> {
  const names = await readdir(stateFolder, { recursive: true })
  for (const name of names.filter((name) => name.endsWith('.sqlite'))) {
    const path = join(stateFolder, name)
    if (await withCopy(path, (database) => has(database, 'manifest'))) return path
  }
  throw new Error(`no D1 under ${stateFolder}`)
}

const has = (database: DatabaseSync, table: string): boolean =>
  database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(table) !== undefined

/** Reads a copy: what a crash left must be found, and mended, by workerd. */
async function withCopy<T>(path: string, read: (database: DatabaseSync) => T): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-d1-'))
  try {
    const copy = join(folder, 'd1.sqlite')
    await copyFile(path, copy)
    await copyFile(`${path}-wal`, `${copy}-wal`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    const database = new DatabaseSync(copy)
    try {
      return read(database)
    } finally {
      database.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** While no worker runs: whether a run of the drain began a batch that it did not end. */
export async function isDrainUnfinished(stateFolder: string): Promise<boolean> {
  return withCopy(
    await databaseFile(stateFolder),
    (database) =>
      database.prepare("SELECT 1 FROM manifest WHERE state <> 'done'").get() !== undefined,
  )
}

/** While no worker runs: what a while does: the lease of a run that died keeps nobody out any more, and a sink is tried again. */
export async function letLeaseRunOut(stateFolder: string): Promise<void> {
  const database = new DatabaseSync(await databaseFile(stateFolder))
  try {
    database.exec('UPDATE lease SET until_ms = 0; UPDATE sink SET retry_at_ms = 0')
  } finally {
    database.close()
  }
}

/** How many objects' bytes R2 has put on disk, whether or not their names are known yet. */
export async function storedFiles(stateFolder: string): Promise<number> {
  try {
    return (await readdir(join(stateFolder, 'r2/tsugi/blobs'))).length
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
