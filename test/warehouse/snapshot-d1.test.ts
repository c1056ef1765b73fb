import { env } from 'cloudflare:workers'
import { d1ProfileStore } from '../../worker/store/d1/profile-store.ts'
import { snapshotSuite } from './snapshot-suite.ts'

snapshotSuite('D1', {
  store: d1ProfileStore(env.DB, { trips: 0 }),
  clear: async () => void (await env.DB.prepare('DELETE FROM profile').run()),
})
