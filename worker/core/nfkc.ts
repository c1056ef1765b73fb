const PLAIN = /^[ -~]*$/

/** Texts are equal when they look equal: "ｶﾌｪ" and "カフェ" are. https://unicode.org/reports/tr15/ */
export const nfkc = (text: string): string => (PLAIN.test(text) ? text : text.normalize('NFKC'))
