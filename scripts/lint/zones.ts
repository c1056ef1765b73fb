/**
 * Which folder may import what: the arrows of docs/architecture.md as a table.
 * A file belongs to the longest zone that its path starts with; importing from
 * one's own zone is always allowed.
 */
export interface Zone {
  /** Folder, or file, from the root of the repository. */
  readonly path: string
  /** Zones whose values (and types) it may import. */
  readonly values: readonly string[]
  /** Zones of which it may only `import type`. */
  readonly types: readonly string[]
  /** Packages; `node:` stands for every built-in module of Node. */
  readonly packages: readonly string[]
}

/** What a room needs of the world: the only part of it that its adapters may see. */
const PORTS = [
  'worker/flow/ports.ts',
  'worker/flow/configuration-ports.ts',
  'worker/flow/list-ports.ts',
  'worker/flow/replay-ports.ts',
  'worker/flow/learning-ports.ts',
  'worker/warehouse/ports.ts',
  'worker/warehouse/sink-ports.ts',
  'worker/warehouse/snapshot-ports.ts',
]
const BELOW_APP = [
  'worker/contract',
  'worker/core',
  'worker/flow',
  'worker/store',
  'worker/http',
  'worker/warehouse',
  ...PORTS,
]

export const ZONES: readonly Zone[] = [
  { path: 'worker/contract', values: [], types: [], packages: ['valibot'] },
  {
    path: 'worker/core',
    values: [],
    types: ['worker/contract'],
    // Pure ones only: no I/O, no clock, no randomness.
    packages: [
      'libphonenumber-js',
      'hast-util-from-parse5',
      'hast-util-sanitize',
      'hast-util-to-html',
      'parse5',
      're2js',
      'jstat',
      '@marcbachmann/cel-js',
    ],
  },
  ...PORTS.map((path) => ({
    path,
    values: [],
    types: ['worker/contract', 'worker/core', ...PORTS],
    packages: [],
  })),
  {
    path: 'worker/flow',
    values: ['worker/core', 'worker/contract', ...PORTS],
    types: [],
    packages: ['valibot'],
  },
  {
    path: 'worker/store',
    values: ['worker/core', ...PORTS],
    types: ['worker/contract'],
    packages: ['drizzle-orm', '@upstash/redis', 'node:'],
  },
  {
    path: 'worker/http',
    values: ['worker/flow', 'worker/contract', ...PORTS],
    types: ['worker/core', 'worker/env.ts', 'worker/deps.ts'],
    packages: ['hono', 'jose', 'valibot', 'csv-parse', 'node:'],
  },
  {
    // Read by whoever makes tables of the files.
    path: 'worker/warehouse/columns.ts',
    values: [],
    types: ['worker/core', ...PORTS],
    packages: [],
  },
  {
    path: 'worker/warehouse',
    values: ['worker/core', 'worker/contract', 'worker/warehouse/columns.ts', ...PORTS],
    types: ['worker/env.ts'],
    packages: ['hyparquet', 'hyparquet-writer', 'pg', 'pg-cloudflare', 'node:'],
  },
  { path: 'worker/env.ts', values: [], types: [], packages: [] },
  {
    path: 'worker/deps.ts',
    values: [...BELOW_APP, 'worker/warehouse-deps.ts', 'worker/replay-deps.ts'],
    types: ['worker/env.ts'],
    packages: ['uuidv7', 'jose', 'node:'],
  },
  {
    path: 'worker/warehouse-deps.ts',
    values: BELOW_APP,
    types: ['worker/env.ts'],
    packages: [],
  },
  {
    path: 'worker/replay-deps.ts',
    values: [...BELOW_APP, 'worker/warehouse-deps.ts'],
    types: ['worker/env.ts'],
    packages: ['uuidv7'],
  },
  {
    path: 'worker/app.ts',
    values: ['worker/deps.ts', 'worker/http'],
    types: [...BELOW_APP, 'worker/env.ts'],
    packages: [],
  },
  {
    path: 'worker/index.ts',
    values: [
      'worker/app.ts',
      'worker/deps.ts',
      'worker/flow',
      'worker/warehouse',
      'worker/warehouse-deps.ts',
    ],
    types: [...BELOW_APP, 'worker/env.ts'],
    packages: ['uuidv7'],
  },
  { path: 'sdk-browser', values: [], types: ['worker/contract'], packages: [] },
  { path: 'sdk-browser/vite.config.ts', values: [], types: [], packages: ['vite', 'node:'] },
  {
    path: 'cli',
    values: ['worker/contract', 'worker/core', 'worker/warehouse/columns.ts'],
    types: [],
    packages: [
      'commander',
      'valibot',
      '@clack/prompts',
      '@duckdb/node-api',
      'csv-parse',
      'vite',
      'node:',
    ],
  },
]

/** The zone of a path from the root of the repository; null where none is drawn. */
export function zoneOf(path: string): Zone | null {
  let best: Zone | null = null
  for (const zone of ZONES) {
    const inside = path === zone.path || path.startsWith(`${zone.path}/`)
    if (inside && (best === null || zone.path.length > best.path.length)) best = zone
  }
  return best
}
