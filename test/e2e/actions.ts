/** What the demo's actions say, read from its configuration. */
import { readFile } from 'node:fs/promises'

interface Text {
  readonly [field: string]: string
}
interface Entry {
  readonly key: string
  readonly name: string
}
interface Configuration {
  readonly segments: readonly Entry[]
  readonly policies: readonly (Entry & {
    readonly split?: { readonly arms: readonly { readonly key: string }[] }
  })[]
  readonly actions: readonly (Entry & {
    readonly content: Text
    readonly translations: { readonly ja: Text }
  })[]
}

export const CONFIGURATION = JSON.parse(
  await readFile(new URL('../../demo/tsugi.json', import.meta.url), 'utf8'),
) as Configuration

/** The text of one field of an action. */
export function says(action: string, field: string, language: 'en' | 'ja' = 'en'): string {
  const found = CONFIGURATION.actions.find(({ key }) => key === action)
  const text = language === 'ja' ? found?.translations.ja[field] : found?.content[field]
  if (text === undefined) throw new Error(`${action} has no ${field}`)
  return text
}
