/** The configuration's names in the visitor's language; its own are English. */
import type { ConfigurationFile } from '../config.ts'
import { CATEGORIES } from '../shop/products.ts'
import { WORDS, type Language } from '../words/language.ts'

const JA: Readonly<Record<string, string>> = {
  hero: '見出しのバナー',
  'list-slot': '商品一覧の枠',
  'cart-nudge': 'かごのお知らせ',

  'new-visitor': 'はじめての方',
  returning: '再訪の方',
  'knitwear-lover': '今週ニットを三回見た方',
  'cart-left': 'かごに品を残している方',
  'high-value': '三万円以上お買い上げの方',
  'campaign-visitor': '糸市のご案内から来た方',
  reachable: 'メールアドレスのある方',

  'hero-welcome-story': 'ごあいさつ：作り手',
  'hero-welcome-gift': 'ごあいさつ：初回の手ぬぐい包み',
  'hero-mending': '再訪：お直し',
  'hero-knit': 'ニット：編み場',
  'hero-order-book': 'ご愛顧：誂え帖',
  'hero-market': '施策：糸市',
  'slot-care': '枠：お手入れ',
  'slot-wool-care': '枠：毛玉ブラシ',
  'slot-measure': '枠：寸法の測り方',
  'slot-carry': '枠：鞄',
  'slot-winter': '枠：冬の棚',
  'slot-fitting': '枠：試着会',
  'nudge-waiting': 'お知らせ：お取り置き',
  'nudge-express': 'お知らせ：お急ぎ便',
  'nudge-market': 'お知らせ：風呂敷包み',

  'hero-for-high-value': 'ご愛顧の方には誂え帖',
  'hero-for-campaign': '糸市の方には市を、一日三回まで',
  'hero-for-knitwear': 'ニット好きの方には編み場',
  'hero-for-returning': '再訪の方にはお直し（五人に一人は、お店の元の内容）',
  'hero-for-new': 'はじめての方には作り手',
  welcome: 'ごあいさつ：作り手か、贈りものか',
  'slot-for-high-value': 'ご愛顧の方を試着会へ',
  'slot-for-knitwear': 'ニット好きの方に毛玉ブラシ',
  'slot-for-returning': '再訪の方：いちばん籠に入るもの',
  'slot-for-new': 'はじめての方に測り方',
  'nudge-for-cart': 'かごの品はお取り置き',
  'nudge-for-high-value': 'ご愛顧の方にお急ぎ便',
  'nudge-for-campaign': '糸市の方に風呂敷包み',
}

/** Key → name; categories have theirs from the shop. */
export type Names = (key: string) => string

export function namesOf(config: ConfigurationFile, language: Language): Names {
  const { segments = [], placements = [], actions = [], policies = [], experiments = [] } = config
  const own = new Map<string, string>(
    [...segments, ...placements, ...actions, ...policies, ...experiments].map(({ key, name }) => [
      key,
      name,
    ]),
  )
  for (const category of CATEGORIES) own.set(category, WORDS[language].categories[category])
  return (key) => (language === 'ja' ? JA[key] : undefined) ?? own.get(key) ?? key
}
