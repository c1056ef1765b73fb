/** From a request to what pages may know of it. */
import type { IncomingMessage } from 'node:http'
import type { Campaign, Visit } from '../pages/visit.ts'
import { readCart } from '../shop/cart.ts'
import { readCustomer } from '../shop/customer.ts'
import { readNews } from '../shop/news.ts'
import { chooseLanguage, WORDS } from '../words/language.ts'
import { readCookies } from './read.ts'
import { cookie } from './reply.ts'

/** A campaign counts for the visit it began, as sessions do. */
const CAMPAIGN_SECONDS = 30 * 60
const CAMPAIGN_PARTS = { utm_source: 'source', utm_medium: 'medium', utm_campaign: 'name' } as const

export interface Arrival {
  readonly visit: Visit
  /** What the browser shall remember of it. */
  readonly cookies: readonly string[]
}

export function arrive(request: IncomingMessage, url: URL): Arrival {
  const cookies = readCookies(request)
  const language = chooseLanguage(
    url.searchParams.get('lang'),
    cookies.get('lang'),
    request.headers['accept-language'],
  )
  const landed = campaignOf(url.searchParams)
  const news = readNews(cookies.get('news'))
  const remember: string[] = []
  if (cookies.get('lang') !== language) remember.push(cookie('lang', language))
  if (news !== null && request.method === 'GET') remember.push(cookie('news', ''))
  if (landed !== null) {
    remember.push(cookie('campaign', new URLSearchParams(landed).toString(), CAMPAIGN_SECONDS))
  }
  return {
    visit: {
      path: url.pathname,
      language,
      words: WORDS[language],
      cart: readCart(cookies.get('cart')),
      customer: readCustomer(cookies.get('customer')),
      news,
      campaign: landed ?? rememberedCampaign(cookies.get('campaign')),
      personalized: cookies.get('personalization') !== 'off',
    },
    cookies: remember,
  }
}

function campaignOf(query: URLSearchParams): Campaign | null {
  const campaign: Record<string, string> = {}
  for (const [parameter, part] of Object.entries(CAMPAIGN_PARTS)) {
    const value = query.get(parameter)
    if (value !== null && value !== '') campaign[part] = value.slice(0, 100)
  }
  return Object.keys(campaign).length === 0 ? null : campaign
}

function rememberedCampaign(text: string | undefined): Campaign | null {
  const stored = new URLSearchParams(text ?? '')
  const parts = Object.values(CAMPAIGN_PARTS).flatMap((part) => {
    const value = stored.get(part)
    return value === null ? [] : [[part, value] as const]
  })
  return parts.length === 0 ? null : Object.fromEntries(parts)
}
