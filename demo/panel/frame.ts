/** The panel's place in the page; what stands in it comes from /panel. */
import { html, type Html } from '../html.ts'
import type { Language } from '../words/language.ts'
import { PANEL_WORDS } from './words.ts'

/** In the head, right behind the snippet: keeps the latest event for the panel to find. */
export const panelEar = (nonce: string): Html =>
  html`<script nonce="${nonce}">
    tsugi.on('event', (event) => {
      window.panelEvent = event
      dispatchEvent(new Event('panel-event'))
    })
  </script>`

export function panelFrame(nonce: string, language: Language): Html {
  const words = PANEL_WORDS[language]
  return html` <details class="panel" id="panel">
      <summary>${words.title}</summary>
      <div
        class="panel-body"
        id="panel-body"
        tabindex="0"
        role="region"
        aria-label="${words.title}"
      >
        <p>${words.waiting}</p>
      </div>
    </details>
    <script type="module" async nonce="${nonce}" src="/panel.js"></script>`
}
