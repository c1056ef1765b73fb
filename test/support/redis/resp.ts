/** A small client of Redis's own protocol (RESP2) over a socket: commands in, replies out, in order. */
import { connect, type Socket } from 'node:net'

export type Reply = string | number | null | RedisFault | readonly Reply[]

/** An error that Redis answered. */
export class RedisFault {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

export interface RespClient {
  /** Rejects when the connection breaks before the answer. */
  send(command: readonly (string | number)[]): Promise<Reply>
  close(): void
}

export async function respClient(socketPath: string): Promise<RespClient> {
  const socket = connect(socketPath)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return clientOn(socket)
}

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

function clientOn(socket: Socket): RespClient {
  const waiting: Waiting[] = []
  const parser = replyParser((reply) => waiting.shift()?.resolve(reply))
  let broken: Error | null = null
  const end = (error: Error): void => {
    broken ??= error
    for (const { reject } of waiting.splice(0)) reject(broken)
  }
  socket.on('data', parser)
  socket.on('error', end)
  socket.on('close', () => end(new Error('Redis closed the connection')))
  return {
    send: async (command) => {
      if (broken !== null) throw broken
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        socket.write(encode(command))
      })
    },
    close: () => socket.destroy(),
  }
}

export function encode(command: readonly (string | number)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${command.length}\r\n`)]
  for (const word of command) {
    const bytes = Buffer.from(String(word))
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}

/** Takes bytes as they come and hands on each whole reply. */
export function replyParser(onReply: (reply: Reply) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let length = 0
  /** No reply can be whole before so many bytes are there: spares parsing a long one again and again. */
  let needed = 0
  return (chunk) => {
    chunks.push(chunk)
    length += chunk.length
    if (length < needed) return
    const buffer = Buffer.concat(chunks, length)
    let at = 0
    for (;;) {
      const read = readReply(buffer, at)
      if (typeof read === 'number') {
        needed = read - at
        break
      }
      onReply(read.reply)
      at = read.end
    }
    chunks = [buffer.subarray(at)]
    length = buffer.length - at
  }
}

/** The reply that starts here, or the least length the buffer must have for it. */
function readReply(buffer: Buffer, at: number): { reply: Reply; end: number } | number {
  const lineEnd = buffer.indexOf('\r\n', at)
  if (lineEnd === -1) return buffer.length + 1
  const line = buffer.toString('utf8', at + 1, lineEnd)
  let end = lineEnd + 2
  switch (buffer[at]) {
    case 0x2b: // +
      return { reply: line, end }
    case 0x2d: // -
      return { reply: new RedisFault(line), end }
    case 0x3a: // :
      return { reply: Number(line), end }
    case 0x24: {
      // $
      const size = Number(line)
      if (size === -1) return { reply: null, end }
      if (buffer.length < end + size + 2) return end + size + 2
      return { reply: buffer.toString('utf8', end, end + size), end: end + size + 2 }
    }
    case 0x2a: {
      // *
      const count = Number(line)
      if (count === -1) return { reply: null, end }
      const items: Reply[] = []
      for (let i = 0; i < count; i++) {
        const item = readReply(buffer, end)
        if (typeof item === 'number') return item
        items.push(item.reply)
        end = item.end
      }
      return { reply: items, end }
    }
    default:
      throw new Error(`no RESP: ${buffer.toString('utf8', at, at + 20)}`)
  }
}
