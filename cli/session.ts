/** The worker that a verb talks to, from the options before and after the verb. */
import type { Command } from 'commander'
import { adminApi, type AdminApi } from './admin-api.ts'
import { connectionOf, type ConnectionOptions } from './connection.ts'

export function session(command: Command): AdminApi {
  return adminApi(connectionOf(command.optsWithGlobals<ConnectionOptions>(), process.env))
}
