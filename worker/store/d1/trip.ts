/** One trip to D1: counted, and its failure told as the ports tell it. */
import { StoreError } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'

export async function trip<T>(meter: Meter, work: () => Promise<T>): Promise<T> {
  meter.trips++
  try {
    return await work()
  } catch (cause) {
    throw new StoreError('D1 did not answer as it should', { cause })
  }
}
