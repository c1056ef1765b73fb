/**
 * A bridge in front of a real Redis: Upstash's REST in, Redis's protocol out.
 * POST / with a command, /pipeline and /multi-exec with several; a bearer
 * token; `Upstash-Encoding: base64`. Nothing on npm does this for a plain
 * Redis. It is not Upstash: it has one server, no replicas and no sync tokens.
 * Upstash's script flag allow-key-locking, which plain Redis refuses, is taken
 * off the script here; that it locks less cannot be shown.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { faultList, type Fault, type FaultList } from './faults.ts'
import { RedisFault, respClient, type Reply, type RespClient } from './resp.ts'

export interface Bridge {
  readonly url: string
  readonly token: string
  readonly faults: FaultList
  /** Requests and commands that came since the last call. */
  counted(): { requests: number; commands: number }
  /** Lets go on what a fault holds; resolves when that is done. */
  release(): Promise<void>
  close(): Promise<void>
}

export interface BridgeOptions {
  readonly socketPath: string
  readonly token: string
  /** On 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number
}

type Command = (string | number)[]

/** Upstash's limit of one request. */
const MAX_BYTES = 10_485_760

export async function startBridge({ socketPath, token, port }: BridgeOptions): Promise<Bridge> {
  const redis = redisBehind(socketPath)
  const faults = faultList()
  let count = { requests: 0, commands: 0 }
  const inWork = new Set<Promise<void>>()
  const server = createServer((request, response) => {
    const answerAll = async (): Promise<void> => {
      if (!isBearer(request, token)) return say(response, 401, { error: 'ERR wrong token' })
      const path = request.url ?? '/'
      const body = await commandsIn(request, path)
      if (body === null) return say(response, 400, { error: 'ERR no command' })
      count.requests++
      count.commands += body.length
      const fault = faults.meet(String(body[0]?.[0]).toUpperCase())
      const base64 = request.headers['upstash-encoding'] === 'base64'
      await serve(response, redis, { path, commands: body, base64 }, { fault, faults })
    }
    const work = answerAll().catch((error: unknown) => {
      // The server behind is away.
      if (!response.headersSent) say(response, 503, { error: `ERR ${String(error)}` })
      else response.destroy()
    })
    inWork.add(work)
    void work.finally(() => inWork.delete(work))
  })
  server.listen(port ?? 0, '127.0.0.1')
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    faults,
    counted: () => {
      const was = count
      count = { requests: 0, commands: 0 }
      return was
    },
    release: async () => {
      const works = [...inWork]
      faults.release()
      await Promise.all(works)
    },
    close: async () => {
      redis.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Asked {
  readonly path: string
  readonly commands: readonly Command[]
  readonly base64: boolean
}

async function serve(
  response: ServerResponse,
  redis: Pick<RespClient, 'send'>,
  asked: Asked,
  { fault, faults }: { fault: Fault | null; faults: FaultList },
): Promise<void> {
  if (fault?.kind === 'refuse') return say(response, 503, { error: 'ERR refused by the test' })
  if (fault?.kind === 'reset') return void response.destroy()
  if (fault?.kind === 'garbage') return void response.end('<html>bad gateway</html>')
  if (fault?.kind === 'hold') await faults.stick()
  const halved = fault?.kind === 'half' && asked.path !== '/'
  const commands = halved ? asked.commands.slice(0, asked.commands.length >> 1) : asked.commands
  const answer = await run(redis, { ...asked, commands })
  // The worker gives up on its own; the socket goes when it does.
  if (fault?.kind === 'work-then-hang') return void faults.stick()
  if (fault?.kind === 'work-then-reset') return void response.destroy()
  if (fault?.kind === 'half' && !halved) {
    const text = JSON.stringify(answer)
    return void response.end(text.slice(0, text.length >> 1))
  }
  const failed = asked.path === '/' && 'error' in (answer as object)
  say(response, failed ? 400 : 200, answer)
}

async function run(redis: Pick<RespClient, 'send'>, asked: Asked): Promise<unknown> {
  const { path, commands, base64 } = asked
  if (path === '/') return answerOf(await redis.send(translate(commands[0] ?? [])), base64)
  if (path === '/pipeline') {
    const replies = await Promise.all(commands.map((command) => redis.send(translate(command))))
    return replies.map((reply) => answerOf(reply, base64))
  }
  const sent = [['MULTI'], ...commands.map(translate), ['EXEC']].map((c) => redis.send(c))
  const result = (await Promise.all(sent)).at(-1)
  if (!Array.isArray(result)) return answerOf(result as Reply, base64)
  return (result as Reply[]).map((reply) => answerOf(reply, base64))
}

const FLAG = /^#!lua flags=allow-key-locking\r?\n/
/** Digest of a script as Upstash knows it → digest as it lies here, without its first line. */
const digests = new Map<string, string>()
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex')

function translate(command: Command): Command {
  const [name, script, ...rest] = command
  const verb = String(name).toUpperCase()
  if (verb === 'EVAL' && FLAG.test(String(script))) {
    const plain = String(script).replace(FLAG, '')
    digests.set(sha1(String(script)), sha1(plain))
    return ['EVAL', plain, ...rest]
  }
  if (verb === 'EVALSHA') return ['EVALSHA', digests.get(String(script)) ?? String(script), ...rest]
  return command
}

const answerOf = (reply: Reply, base64: boolean): object =>
  reply instanceof RedisFault
    ? { error: reply.message }
    : { result: base64 ? encoded(reply) : plain(reply) }

/** An error among the items of a reply is the error's text, as in Redis's own JSON. */
const plain = (reply: Reply): unknown =>
  Array.isArray(reply)
    ? (reply as Reply[]).map(plain)
    : reply instanceof RedisFault
      ? reply.message
      : reply

/** OK stays as it is. */
const encoded = (reply: Reply): unknown => {
  if (Array.isArray(reply)) return (reply as Reply[]).map(encoded)
  if (reply instanceof RedisFault) return reply.message
  return typeof reply === 'string' && reply !== 'OK' ? Buffer.from(reply).toString('base64') : reply
}

/** One connection, made anew when it broke; MULTI … EXEC are written in one go and stay together. */
function redisBehind(socketPath: string): Pick<RespClient, 'send' | 'close'> {
  let current: Promise<RespClient> | null = null
  return {
    async send(command) {
      current ??= respClient(socketPath)
      const mine = current
      try {
        return await (await mine).send(command)
      } catch (error) {
        if (current === mine) current = null
        throw error
      }
    },
    close: () =>
      void current?.then(
        (client) => client.close(),
        () => {},
      ),
  }
}

function isBearer(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** null when it is no command. */
async function commandsIn(request: IncomingMessage, path: string): Promise<Command[] | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) return null
    chunks.push(chunk)
  }
  if (request.method !== 'POST' || !['/', '/pipeline', '/multi-exec'].includes(path)) return null
  try {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown
    const list = path === '/' ? [body] : body
    return Array.isArray(list) && list.length > 0 && list.every(isCommand) ? list : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const isCommand = (command: unknown): command is Command =>
  Array.isArray(command) &&
  command.length > 0 &&
  command.every((word) => typeof word === 'string' || typeof word === 'number')

function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
