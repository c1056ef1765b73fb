/** `POST /panel`: what Tsugi knows of the browser that asks, in words. */
import { demoConfiguration } from '../config.ts'
import { html } from '../html.ts'
import type { Visit } from '../pages/visit.ts'
import { askTsugi, OtherConfiguration, type Worker } from '../panel/ask-tsugi.ts'
import { namesOf } from '../panel/names.ts'
import { readQuestion } from '../panel/read-question.ts'
import { report } from '../panel/report.ts'
import { PANEL_WORDS } from '../panel/words.ts'
import { plain, type Reply } from './reply.ts'

const fragment = (text: string): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body: text,
})

/** Who is logged in is read from the shop's own cookie, never from the question. */
export async function answerPanel(body: string, visit: Visit, worker: Worker): Promise<Reply> {
  const asked = readQuestion(body)
  if (asked === null) return plain(400, 'That is no question.\n')
  const { language, customer, campaign } = visit
  const words = PANEL_WORDS[language]
  const question = {
    ...asked,
    customer,
    context: { ...asked.context, locale: language, ...(campaign === null ? {} : { campaign }) },
  }
  try {
    const names = namesOf(await demoConfiguration({ origins: [] }), language)
    return fragment(report(await askTsugi(worker, question), question, { words, names }).text)
  } catch (error) {
    console.error('shop: panel:', error instanceof Error ? error.message : error)
    const told = error instanceof OtherConfiguration ? words.otherConfiguration : words.unreachable
    return fragment(html`<p>${told}</p>`.text)
  }
}
