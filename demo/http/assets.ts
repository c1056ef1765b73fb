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

const read = async (path: string): Promise<string> =>
  readFile(new URL(`../${path}`, import.meta.url), 'utf8')

export async function loadAssets(): Promise<Assets> {
  const panel = await transformWithOxc(await read('panel/panel.ts'), 'panel.ts')
  const files = new Map([
    ['/shop.css', file('text/css; charset=utf-8', await read('assets/shop.css'))],
    ['/icon.svg', file('image/svg+xml', await read('assets/icon.svg'), A_DAY)],
    ['/panel.js', file('text/javascript; charset=utf-8', panel.code)],
  ])
  return (path) => {
    const [, name] = ART.exec(path) ?? []
    if (name === undefined) return files.get(path)
    const drawing = drawGarment(name) ?? drawScene(name)
    return drawing === undefined ? undefined : file('image/svg+xml', drawing, A_DAY)
  }
}
