/** HTML content is made safe once, at publish, by a real HTML parser and an allow list. */
import type { Configuration } from '../../contract/config.ts'
import { fromParse5 } from 'hast-util-from-parse5'
import { sanitize, type Schema } from 'hast-util-sanitize'
import { toHtml } from 'hast-util-to-html'
import { parseFragment } from 'parse5'
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

/** What remains of a fragment when only the allowed tags, attributes and protocols do. */
export const sanitizeHtml = (html: string): string =>
  toHtml(sanitize(fromParse5(parseFragment(html, { scriptingEnabled: false })), ALLOWED))

/** A configuration whose HTML fields are safe, and the paths of those that changed. */
export function sanitizeConfiguration(config: Configuration): {
  readonly configuration: Configuration
  readonly changed: readonly string[]
} {
  const changed: string[] = []
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
        const safe = sanitizeHtml(text)
        if (safe !== text) changed.push(`${path}.${field}`)
        return [field, safe]
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
  return { configuration: { ...config, actions }, changed }
}
