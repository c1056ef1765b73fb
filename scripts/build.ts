/** `npm run build`: everything that is deployed, into dist/. */
import { buildAssets } from './build/assets.ts'
import { buildSdk } from './build/sdk.ts'
import { buildWorker } from './build/worker.ts'

/** dist/sdk, dist/assets, then dist/worker, which needs the assets to be there. */
export async function build(): Promise<void> {
  await buildSdk()
  await buildAssets()
  await buildWorker()
}

if (import.meta.main) {
  await build()
}
