/** Files and drawings by their path. */
import { readFile } from 'node:fs/promises'
import { transformWithOxc } from 'vite'
import { drawGarment } from '../art/garments.ts'
import { drawScene } from '../art/scenes.ts'
import { file, type Reply } from './reply.ts'

/** undefined where a path is no asset's. */
export type Assets = (path: string) => Reply | undefined

const ART = /^\/art\/([a-z-]+)\.svg$/
const A_DAY = 'public, max-age=86400'

const read = async (url: URL): Promise<string> => readFile(url, 'utf8')

export async function loadAssets(): Promise<Assets> {
  const panel = await transformWithOxc(
    await read(new URL('../panel/panel.ts', import.meta.url)),
    'panel.ts',
  )
  const files = new Map([
    [
      '/shop.css',
      file('text/css; charset=utf-8', await read(new URL('../assets/shop.css', import.meta.url))),
    ],
    [
      '/icon.svg',
      file('image/svg+xml', await read(new URL('../assets/icon.svg', import.meta.url)), A_DAY),
    ],
    ['/panel.js', file('text/javascript; charset=utf-8', panel.code)],
  ])
  return (path) => {
    const [, name] = ART.exec(path) ?? []
    if (name === undefined) return files.get(path)
    const drawing = drawGarment(name) ?? drawScene(name)
    return drawing === undefined ? undefined : file('image/svg+xml', drawing, A_DAY)
  }
}
