/** Liveness and readiness. */
import { StoreError } from '../flow/ports.ts'
import { routes } from './routes.ts'

export const healthRoutes = routes()

/** The process runs. */
healthRoutes.get('/healthz', (c) => c.json({ ok: true }))

/** The stores answer and something is published. */
healthRoutes.get('/readyz', async (c) => {
  try {
    const { configuration, outbox } = c.get('deps')
    const [{ epoch, release }] = await Promise.all([configuration.status(), outbox.ends()])
    return c.json({ ok: epoch !== null, store: 'up', epoch, release }, epoch === null ? 503 : 200)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return c.json({ ok: false, store: 'down' }, 503)
  }
})
