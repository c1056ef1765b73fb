/** The OpenAPI 3.1 document: https://spec.openapis.org/oas/v3.1.1.html */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProblemCode } from '../../worker/contract/problem.ts'
import { ROOT } from '../build/root.ts'
import { componentRef, componentSchemas } from './components.ts'
import type { Access, Answer, Operation, Parameter } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { PROBLEM_CODES, PROBLEMS } from './problems.ts'
import { problemsOfWorker, type ProblemFacts } from './worker.ts'

type Json = Record<string, unknown>

const SCHEMES = {
  writeKeyBasic: {
    type: 'http',
    scheme: 'basic',
    description: 'The source’s public write key as the user name, no password: `curl -u wk_demo:`.',
  },
  writeKeyBearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'The source’s public write key. Or leave the header out and put `writeKey` into the body.',
  },
  secretKeyBasic: {
    type: 'http',
    scheme: 'basic',
    description: 'A secret key of the source as the user name. For servers only.',
  },
  secretKeyBearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'A secret key of the source. For servers only.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'A write key or a secret key, as OpenFeature’s providers may send it.',
  },
  adminToken: { type: 'http', scheme: 'bearer', description: 'The worker’s ADMIN_TOKEN.' },
}

const either = (...names: (keyof typeof SCHEMES)[]): Json[] => names.map((name) => ({ [name]: [] }))

const SECURITY: Readonly<Record<Access, readonly Json[]>> = {
  anybody: [],
  'write or secret key': [
    ...either('writeKeyBasic', 'writeKeyBearer', 'secretKeyBasic', 'secretKeyBearer'),
    // writeKey in the body.
    {},
  ],
  'OpenFeature key': either('apiKey', 'writeKeyBearer', 'secretKeyBearer'),
  'secret key': either('secretKeyBasic', 'secretKeyBearer'),
  'admin token': either('adminToken'),
  // writeKey in `data`; a header is taken too.
  'key in data': [{}, ...either('writeKeyBasic', 'writeKeyBearer')],
}

const TAGS = [
  {
    name: 'Collect',
    description: 'Events in: Segment’s calls. A 2xx means that they are durable.',
  },
  { name: 'Decide', description: 'What to show.' },
  {
    name: 'OpenFeature',
    description: 'Placements as flags, by the Remote Evaluation Protocol (OFREP).',
  },
  { name: 'Profiles', description: 'What is known of one person, for servers.' },
  { name: 'Admin', description: 'Configuration and operation.' },
  { name: 'Health', description: 'For load balancers and monitors.' },
]

const HEADERS: Readonly<Record<string, Json>> = {
  'retry-after': { description: 'Seconds.', schema: { type: 'string' }, example: '1' },
  'www-authenticate': { schema: { type: 'string' }, example: 'Bearer' },
}

/** /v1/profiles/:type → /v1/profiles/{type} */
export const openApiPath = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}')

export async function openApiDocument(): Promise<Json> {
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    version: string
  }
  const facts = await problemsOfWorker(PROBLEM_CODES)
  const paths: Record<string, Json> = {}
  for (const operation of OPERATIONS) {
    const item = (paths[openApiPath(operation.path)] ??= {})
    item[operation.method] = operationObject(operation, facts)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tsugi',
      version: manifest.version,
      summary: 'Events in, decisions out.',
      description: 'For people: docs/wire.md. Made by `npm run openapi`; not edited by hand.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8787', description: '`npm start`' }],
    tags: TAGS,
    paths,
    components: {
      securitySchemes: SCHEMES,
      schemas: componentSchemas(),
      examples: Object.fromEntries(
        PROBLEM_CODES.filter((code) => code !== UNDOCUMENTED).map((code) => [
          code,
          problemExample(code, facts),
        ]),
      ),
    },
  }
}

/** It is told only of methods that stand in no document. */
const UNDOCUMENTED: ProblemCode = 'method_not_allowed'

type Facts = ReadonlyMap<ProblemCode, ProblemFacts>

function operationObject(operation: Operation, facts: Facts): Json {
  const { id, tag, summary, description, access, parameters, body, answers, problems } = operation
  const { text } = operation
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: SECURITY[access],
    ...(parameters === undefined ? {} : { parameters: parameters.map(parameterObject) }),
    ...(body === undefined ? {} : { requestBody: bodyObject(body, tag) }),
    ...(text === undefined ? {} : { requestBody: textObject(text) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, answerObject(answer)]),
      ),
      ...problemObjects([...problems, ...(500 in answers ? [] : ['internal' as const])], facts),
    },
  }
}

const parameterObject = ({ in: place, ...rest }: Parameter): Json => ({ in: place, ...rest })

const textObject = (examples: Readonly<Record<string, string>>): Json => ({
  required: true,
  content: Object.fromEntries(
    Object.entries(examples).map(([type, example]) => [
      type,
      { schema: { type: 'string' }, example },
    ]),
  ),
})

/** text/plain carries the same JSON from a page without a CORS preflight. */
function bodyObject(
  { schema, examples }: NonNullable<Operation['body']>,
  tag: Operation['tag'],
): Json {
  const json = { schema: componentRef(schema), examples }
  const plain = {
    schema: {
      type: 'string',
      contentMediaType: 'application/json',
      contentSchema: componentRef(schema),
    },
  }
  return {
    required: true,
    content: { 'application/json': json, ...(tag === 'Admin' ? {} : { 'text/plain': plain }) },
  }
}

function answerObject({ description, schema, content: type, example, headers = {} }: Answer): Json {
  const content =
    schema === undefined
      ? { [type ?? 'image/gif']: {} }
      : schema === null
        ? null
        : {
            'application/json': {
              schema: componentRef(schema),
              ...(example === undefined ? {} : { example }),
            },
          }
  const entries = Object.entries(headers).map(([name, words]) => [
    name,
    { description: words, schema: { type: 'string' } },
  ])
  return {
    description,
    ...(entries.length === 0 ? {} : { headers: Object.fromEntries(entries) }),
    ...(content === null ? {} : { content }),
  }
}

/** One response a status, naming the codes that it may carry. */
function problemObjects(codes: readonly ProblemCode[], facts: Facts): Record<string, Json> {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of new Set(codes)) {
    const { status } = facts.get(code) as ProblemFacts
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, problemObject(of, facts)]))
}

function problemObject(codes: readonly ProblemCode[], facts: Facts): Json {
  const names = new Set(codes.flatMap((code) => facts.get(code)?.headers ?? []))
  const headers = Object.fromEntries([...names].map((name) => [name, HEADERS[name]]))
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    ...(names.size === 0 ? {} : { headers }),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [componentRef('Problem'), { properties: { code: { enum: codes } } }],
        },
        examples: Object.fromEntries(
          codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
        ),
      },
    },
  }
}

function problemExample(code: ProblemCode, facts: Facts): Json {
  const { headers: _, ...problem } = facts.get(code) as ProblemFacts
  return {
    summary: PROBLEMS[code],
    value: { ...problem, code, requestId: '0197e1f0-5d5e-7bc2-9f0a-2f6d1f0c7a11' },
  }
}
