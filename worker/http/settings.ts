/** What analytics.js asks for when it loads: send to us, and to nobody else. */
import { unknownKey } from './keys.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'

export const settingsRoutes = routes()

settingsRoutes.get('/v1/projects/:writeKey/settings', async (c) => {
  const release = await activeRelease(c)
  const writeKey = c.req.param('writeKey')
  const demoKey = writeKey === 'wk_demo' && c.env.TSUGI_DEMO !== '1'
  if (demoKey || !release.sourceByWriteKey.has(writeKey)) throw unknownKey()
  const { host, protocol } = new URL(c.req.url)
  c.header('cache-control', 'public, max-age=60')
  return c.json({
    integrations: {
      'Segment.io': {
        apiKey: writeKey,
        apiHost: `${host}/v1`,
        protocol: protocol.slice(0, -1),
        unbundledIntegrations: [],
        addBundledMetadata: true,
        versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
      },
    },
    plan: {
      track: { __default: { enabled: true } },
      identify: { __default: { enabled: true } },
      group: { __default: { enabled: true } },
    },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0 },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  })
})
