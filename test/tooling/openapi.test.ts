/** docs/openapi.json and docs/configuration.schema.json say what the worker does, no more and no less. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { ROOT } from '../../scripts/build/root.ts'
import { generatedFiles } from '../../scripts/openapi.ts'
import { COMPONENTS } from '../../scripts/openapi/components.ts'
import { OPERATIONS } from '../../scripts/openapi/operations.ts'
import { routesOfWorker } from '../../scripts/openapi/worker.ts'

type Json = Record<string, unknown>
const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8')
const parsed = async (path: string): Promise<Json> => JSON.parse(await read(path)) as Json

test('the committed files are those that the schemas make: else run `npm run openapi`', async () => {
  for (const [path, text] of await generatedFiles()) expect(await read(path), path).toBe(text)
})

test('every route of the worker is in the document, and nothing else is', async () => {
  const { paths } = (await parsed('docs/openapi.json')) as { paths: Record<string, Json> }
  const told = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map(
      (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    ),
  )
  expect(told.sort()).toEqual(await routesOfWorker())
})

/** Every $ref within a document, however deep. */
function* refsOf(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return
  for (const [key, value] of Object.entries(node)) {
    if (key === '$ref' && typeof value === 'string') yield value
    else yield* refsOf(value)
  }
}

const resolve = (document: Json, ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, step) => (node as Json | undefined)?.[step], document)

test.each(['docs/openapi.json', 'docs/configuration.schema.json'])(
  '%s: every $ref leads somewhere, and every component is used',
  async (path) => {
    const document = await parsed(path)
    const refs = new Set(refsOf(document))
    expect(refs.size).toBeGreaterThan(10)
    for (const ref of refs) {
      expect(ref).toMatch(/^#\//)
      expect(resolve(document, ref), ref).toBeTypeOf('object')
    }
    const { components, $defs } = document as { components?: Json; $defs?: Json }
    const named = components ?? { $defs }
    for (const [kind, entries] of Object.entries(named)) {
      if (kind === 'securitySchemes') continue
      const prefix = components === undefined ? `#/${kind}` : `#/components/${kind}`
      for (const name of Object.keys(entries as Json)) {
        expect([...refs], `${prefix}/${name} is used`).toContain(`${prefix}/${name}`)
      }
    }
  },
)

test('editors are told what every part of a condition means, and what it needs', async () => {
  const { $defs } = (await parsed('docs/configuration.schema.json')) as {
    $defs: Record<string, Json>
  }
  const parts = Object.entries($defs).filter(([name]) =>
    /^(Condition|PropertyCondition|ElementCondition|Step|Operand)/.test(name),
  )
  expect(parts.length).toBeGreaterThan(35)
  const untold = parts.flatMap(([name, { description, properties = {} }]) => [
    ...(typeof description === 'string' ? [] : [name]),
    ...Object.entries(properties as Record<string, Json>)
      .filter(([, field]) => typeof field['description'] !== 'string')
      .map(([field]) => `${name}.${field}`),
  ])
  expect(untold).toEqual([])
  // A trait and an operator; of an element an operator is enough.
  expect($defs['ConditionTrait']?.['minProperties']).toBe(2)
  expect($defs['ElementConditionOperators']?.['minProperties']).toBe(1)
  expect($defs['NumberOperators']?.['minProperties']).toBe(1)
})

test('the document keeps OpenAPI’s own rules: ids, parameters, responses, security', async () => {
  const document = await parsed('docs/openapi.json')
  expect(document['openapi']).toMatch(/^3\.1\.\d$/)
  const schemes = Object.keys((document['components'] as Json)['securitySchemes'] as Json)
  const tags = (document['tags'] as { name: string }[]).map(({ name }) => name)
  const ids = new Set<string>()
  for (const [path, item] of Object.entries(document['paths'] as Record<string, Json>)) {
    for (const operation of Object.values(item) as Json[]) {
      const {
        operationId,
        parameters = [],
        responses,
        security,
        tags: own,
      } = operation as {
        operationId: string
        parameters?: { name: string; in: string; required?: boolean }[]
        responses: Json
        security: Json[]
        tags: string[]
      }
      expect(ids.has(operationId), operationId).toBe(false)
      ids.add(operationId)
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(parameters.filter((p) => p.in === 'path').map((p) => p.name)).toEqual(inPath)
      expect(parameters.every((p) => p.in !== 'path' || p.required)).toBe(true)
      expect(Object.keys(responses).every((status) => /^[2-5]\d\d$/.test(status))).toBe(true)
      expect(security.flatMap((one) => Object.keys(one)).every((n) => schemes.includes(n))).toBe(
        true,
      )
      expect(own.every((tag) => tags.includes(tag))).toBe(true)
    }
  }
  expect(ids.size).toBe(OPERATIONS.length)
})

test('every example is what its schema asks for', () => {
  let checked = 0
  for (const { id, body, answers } of OPERATIONS) {
    const examples = [
      ...Object.values(body?.examples ?? {}).map(({ value }) => [body?.schema, value] as const),
      ...Object.values(answers).flatMap(({ schema, example }) =>
        example === undefined ? [] : [[schema, example] as const],
      ),
    ]
    for (const [schema, example] of examples) {
      if (schema == null) throw new Error(`${id}: an example without a schema`)
      const result = v.safeParse(COMPONENTS[schema], example)
      expect(result.issues, `${id}: ${schema}`).toBeUndefined()
      checked++
    }
  }
  expect(checked).toBeGreaterThan(30)
})
