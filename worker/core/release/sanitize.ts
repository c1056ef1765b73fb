/** HTML content is made safe once, at publish, by a real HTML parser and an allow list. */
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { fromParse5 } from 'hast-util-from-parse5'
import { sanitize, type Schema } from 'hast-util-sanitize'
import { toHtml } from 'hast-util-to-html'
import { parseFragment, type DefaultTreeAdapterTypes } from 'parse5'
import { placementsOfActions } from './placements.ts'

const ALLOWED: Schema = {
  tagNames: [
    ...['a', 'abbr', 'b', 'blockquote', 'br', 'code', 'del', 'div', 'em', 'figcaption', 'figure'],
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'img', 'ins', 'li', 'mark', 'ol', 'p'],
    ...['q', 'rb', 'rp', 'rt', 'ruby', 's', 'small', 'span', 'strong', 'sub', 'sup', 'table'],
    ...['tbody', 'td', 'th', 'thead', 'time', 'tr', 'u', 'ul', 'wbr'],
  ],
  attributes: {
    '*': ['className', 'lang', 'dir', 'title'],
    a: ['href'],
    img: ['src', 'alt', 'width', 'height'],
    td: ['colSpan', 'rowSpan'],
    th: ['colSpan', 'rowSpan', 'scope'],
    time: ['dateTime'],
  },
  protocols: { href: ['http', 'https', 'mailto', 'tel'], src: ['http', 'https'] },
  strip: ['script', 'style', 'template'],
  allowComments: false,
  allowDoctypes: false,
}

type Fragment = DefaultTreeAdapterTypes.DocumentFragment

const parsed = (html: string): Fragment => parseFragment(html, { scriptingEnabled: false })

const safe = (fragment: Fragment): string => toHtml(sanitize(fromParse5(fragment), ALLOWED))

/** What remains of a fragment when only the allowed tags, attributes and protocols do. */
export const sanitizeHtml = (html: string): string => safe(parsed(html))

/** Browsers stop at 512; what walks the tree here calls itself for each. */
const MOST_LEVELS = 256
/** As of a field that is written: a release must read as a configuration again. */
export const MOST_CHARACTERS = 20_000

function isTooDeep(fragment: Fragment): boolean {
  let level: readonly DefaultTreeAdapterTypes.ParentNode[] = [fragment]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return true
    level = level.flatMap((node) => [
      ...('content' in node ? [node.content] : []),
      ...node.childNodes.filter((child) => 'childNodes' in child),
    ])
  }
  return false
}

/** A configuration whose HTML fields are safe, the paths of those that changed, and of those that cannot be. */
export function sanitizeConfiguration(config: Configuration): {
  readonly configuration: Configuration
  readonly changed: readonly string[]
  readonly faults: readonly Fault[]
} {
  const changed: string[] = []
  const faults: Fault[] = []
  const shown = placementsOfActions(config)
  const isHtml = (action: string, field: string): boolean =>
    [...(shown.get(action) ?? [])].some(({ fields }) => fields[field] === 'html')
  const clean = (
    action: string,
    texts: Readonly<Record<string, string>>,
    path: string,
  ): Record<string, string> =>
    Object.fromEntries(
      Object.entries(texts).map(([field, text]) => {
        if (!isHtml(action, field)) return [field, text]
        const at = `${path}.${field}`
        const fragment = parsed(text)
        if (isTooDeep(fragment)) {
          faults.push({ path: at, wrong: 'nested too deep', allowed: `${MOST_LEVELS} levels` })
          return [field, '']
        }
        const html = safe(fragment)
        if (html.length > MOST_CHARACTERS) {
          const wrong = `${html.length} characters once it is made safe`
          faults.push({ path: at, wrong, allowed: `at most ${MOST_CHARACTERS}` })
        }
        if (html !== text) changed.push(at)
        return [field, html]
      }),
    )
  const actions = config.actions.map((action, i) => ({
    ...action,
    content: clean(action.key, action.content, `actions[${i}].content`),
    translations: Object.fromEntries(
      Object.entries(action.translations).map(([language, texts]) => [
        language,
        clean(action.key, texts, `actions[${i}].translations.${language}`),
      ]),
    ),
  }))
  return { configuration: { ...config, actions }, changed, faults }
}
