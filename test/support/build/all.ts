/** Once before all tests that start the worker: what they start must be what deploys. */
import { build } from '../../../scripts/build.ts'

export async function setup(): Promise<void> {
  await build()
}
