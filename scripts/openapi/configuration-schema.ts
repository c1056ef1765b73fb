/** The configuration file's JSON Schema, for editors: completion and faults while typing. */
import { configuration } from '../../worker/contract/config.ts'
import { CONDITION_DEFINITIONS, definitionsOf, type JsonSchema } from './convert.ts'

export function configurationSchema(): JsonSchema {
  const { Configuration, ...definitions } = definitionsOf(
    { ...CONDITION_DEFINITIONS, Configuration: configuration },
    (name) => `#/$defs/${name}`,
  )
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tsugi configuration',
    ...Configuration,
    $defs: definitions,
  }
}
