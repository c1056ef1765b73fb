/** Once before the tests of the browser SDK: they load what a page would load. */
import { buildSdk } from '../../../scripts/build/sdk.ts'

export async function setup(): Promise<void> {
  await buildSdk()
}
