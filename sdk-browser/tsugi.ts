/**
 * The SDK's one entry: as a script it becomes `window.tsugi`, as a module its
 * default export. Where both are in a page they are the same object.
 */
import type { Tsugi } from './api.ts'
import { createTsugi, type Stub } from './boot/create.ts'

const page = globalThis as { tsugi?: Stub & Partial<Tsugi>; document?: Document }
// A module has no script of its own; where it comes before the snippet's, that one tells the host.
const script = (page.document?.currentScript ??
  page.document?.querySelector('script[src$="/tsugi.js"]')) as HTMLScriptElement | null | undefined
const { tsugi: present = { calls: [] } } = page

const tsugi = present.calls
  ? createTsugi(present, script?.src ? new URL(script.src).origin : '')
  : (present as Tsugi)

// oxlint-disable-next-line import/no-default-export -- the build makes it the script's global
export default tsugi
