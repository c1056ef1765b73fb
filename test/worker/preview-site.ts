/** Preview links, and browsers that open them. */
import { admin, call, ORIGIN, WRITE_KEY, type Answer } from './site.ts'

export const PAGE = `${ORIGIN}/knitwear?size=m%20l&tag=a+b#top`
export const link = (body: object) => admin('/preview-links', { url: PAGE, ...body })
export const tokenOf = async (body: object): Promise<string> => {
  const { status, body: made } = await link(body)
  if (status !== 201) throw new Error(JSON.stringify(made))
  return made.token
}

/** A browser: what it sends, and the cookie it keeps. */
export function browser(writeKey = WRITE_KEY, origin = ORIGIN) {
  let cookie = ''
  const post = async (path: string, body: object, headers: object = {}): Promise<Answer> => {
    const answer = await call(path, {
      method: 'POST',
      body: JSON.stringify({ writeKey, ...body }),
      headers: { 'content-type': 'text/plain', origin, ...(cookie && { cookie }), ...headers },
    })
    const set = answer.headers.getSetCookie().find((text) => text.startsWith('tsugi_preview='))
    if (set !== undefined) cookie = /Max-Age=0/i.test(set) ? '' : (set.split(';')[0] as string)
    return answer
  }
  const decide = (anonymousId: string, more: object = {}) =>
    post('/v1/decide', { anonymousId, placements: ['hero', 'slot'], ...more })
  return {
    post,
    decide,
    exchange: (token: string, headers: object = {}) => post('/v1/preview', { token }, headers),
    cookie: () => cookie,
  }
}

export const titles = ({ body }: Answer): (string | undefined)[] =>
  ['hero', 'slot'].map((key) => body.decisions[key].items[0]?.content.headline)
