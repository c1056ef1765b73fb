/**
 * One process a state folder: two would corrupt each other's view of it. The
 * lock is a socket, so that a SIGKILL gives it back without a trace to clean up.
 */
import { createHash } from 'node:crypto'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class StateInUseError extends Error {
  override readonly name = 'StateInUseError'

  constructor(folder: string) {
    super(`Another Tsugi uses the state folder ${folder}.`)
  }
}

/** Makes the folder and holds it; returns how to give it back. Throws StateInUseError. */
export async function lockState(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true })
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 16)
  // A socket's path may not be longer than about 100 bytes; the folder's may.
  const path = join(tmpdir(), `tsugi-${name}.sock`)
  let server = await listen(path)
  if (server === null) {
    if (await isAnswered(path)) throw new StateInUseError(folder)
    await rm(path, { force: true })
    server = await listen(path)
    if (server === null) throw new StateInUseError(folder)
  }
  const held = server
  held.unref()
  return async () => {
    held.ref()
    await new Promise((resolve) => held.close(resolve))
  }
}

async function listen(path: string): Promise<Server | null> {
  const server = createServer((socket) => socket.end())
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    server.listen(path, () => resolve(server))
  })
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path)
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
