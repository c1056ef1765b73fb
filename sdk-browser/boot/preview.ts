/** Previews are rare, so what they need is loaded only where there is one. */
import { on } from '../domain/emitter.ts'

/** `host` serves it beside the SDK. */
export const openPreview = async (host: string, writeKey: string): Promise<void> => {
  try {
    const url = `${host}/sdk/preview.mjs`
    // oxlint-disable-next-line tsugi/boundaries -- served by the worker, whose address the page tells
    await (await import(/* @vite-ignore */ url)).default(host, writeKey, on)
  } catch {
    // The page's policy lets no script in, or nobody answered: then nothing is previewed.
  }
}
