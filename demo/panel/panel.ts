/** The panel in the browser: asks the shop's own server again whenever something happened. */
import type { Tsugi } from '../../sdk-browser/api.ts'

interface PanelWindow {
  readonly tsugi: Tsugi
  readonly panelEvent?: { readonly anonymousId: string; readonly context: PanelContext }
}
interface PanelContext {
  readonly page?: { readonly path: string }
  readonly sessionNumber?: number
}

/** The SDK gathers events for a second before it sends them; the second is for a busy machine. */
const AFTER_SENDING_MS = [1500, 4000]
const OPEN_KEY = 'shop:panel'

const page = window as unknown as PanelWindow
const panel = document.querySelector<HTMLDetailsElement>('#panel')
const body = document.querySelector('#panel-body')
let asking: AbortController | undefined
let timers: number[] = []

async function refresh(): Promise<void> {
  const { panelEvent } = page
  if (panelEvent === undefined || body === null || panel?.open !== true) return
  asking?.abort()
  asking = new AbortController()
  const placements = [...document.querySelectorAll('[data-tsugi-placement]')].map((element) =>
    element.getAttribute('data-tsugi-placement'),
  )
  const { page: place, sessionNumber } = panelEvent.context
  const answer = await fetch('/panel', {
    method: 'POST',
    signal: asking.signal,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      anonymousId: panelEvent.anonymousId,
      placements: [...new Set(placements)],
      context: { page: place && { path: place.path }, sessionNumber },
    }),
  })
  const text = await answer.text()
  const wasOpen = [...body.querySelectorAll('details')].map((details) => details.open)
  body.innerHTML = text
  for (const [i, details] of body.querySelectorAll('details').entries()) {
    details.open = wasOpen[i] ?? false
  }
}

function ask(): void {
  refresh().catch((error: unknown) => {
    // Aborted by the next question, or the page is being left.
    if ((error as Error).name !== 'AbortError' && !(error instanceof TypeError)) throw error
  })
}

/** Where nothing is decided, no answer tells that the events have arrived. */
function askAfterSending(): void {
  for (const timer of timers) clearTimeout(timer)
  timers = AFTER_SENDING_MS.map((afterMs) => window.setTimeout(ask, afterMs))
}

if (panel !== null) {
  panel.open = localStorage.getItem(OPEN_KEY) === 'open'
  panel.addEventListener('toggle', () => {
    localStorage.setItem(OPEN_KEY, panel.open ? 'open' : 'closed')
    ask()
  })
  page.tsugi.on('decision', ask)
  addEventListener('panel-event', askAfterSending)
  ask()
  // What happened before this script was there is on its way still.
  askAfterSending()
}
