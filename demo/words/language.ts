/** Which language a visitor reads, and how money looks in it. */
import { en, type Words } from './en.ts'
import { ja } from './ja.ts'

export type Language = 'en' | 'ja'

export const WORDS: Readonly<Record<Language, Words>> = { en, ja }

const isLanguage = (text: string | null | undefined): text is Language =>
  text === 'en' || text === 'ja'

/** Asked for, else remembered, else the first one the browser prefers that we speak. */
export function chooseLanguage(
  asked: string | null,
  remembered: string | undefined,
  acceptLanguage: string | undefined,
): Language {
  if (isLanguage(asked)) return asked
  if (isLanguage(remembered)) return remembered
  for (const part of (acceptLanguage ?? '').split(',')) {
    const language = part.trim().slice(0, 2).toLowerCase()
    if (isLanguage(language)) return language
  }
  return 'en'
}

const YEN = new Intl.NumberFormat('en')

export const formatYen = (yen: number, language: Language): string =>
  language === 'ja' ? `${YEN.format(yen)}円` : `¥${YEN.format(yen)}`
