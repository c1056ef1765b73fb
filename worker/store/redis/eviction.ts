/** Whether the database would throw profiles away when it is full: it must refuse instead. */
import { StoreError } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import type { RedisClient } from './client.ts'

/** `unknown` where the server does not tell, as some hosts do not. */
export async function evictionPolicy(redis: RedisClient, meter: Meter): Promise<string> {
  try {
    const reply = await redis.command(meter, 'CONFIG', 'GET', 'maxmemory-policy')
    return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : 'unknown'
  } catch (error) {
    // The command is refused; a server that is away shows in everything else.
    if (error instanceof StoreError) return 'unknown'
    throw error
  }
}
