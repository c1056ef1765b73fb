/** Wide pictures for banners and slots, 960 by 640: cloth in stacks, swatches and curtains. */
import * as t from './textiles.ts'
import { patternOf, type Textile } from './textiles.ts'

interface Scene {
  readonly ground: string
  readonly cloths: readonly Textile[]
  readonly shapes: string
}

const EDGE = 'stroke="#000" stroke-opacity=".25" stroke-width="2"'

/** Folded cloths, one on the other; the fold is on the left. */
const stack = (x: number, bottom: number, w: number, cloths: readonly number[]): string =>
  cloths
    .map((cloth, i) => {
      const h = 58
      const y = bottom - (i + 1) * (h + 4)
      const inset = [0, 18, 6, 26, 12, 20][i % 6] as number
      return (
        `<path d="M${x + inset + 26} ${y} H${x + w - inset} V${y + h} H${x + inset + 26} C${x + inset - 8} ${y + h} ${x + inset - 8} ${y} ${x + inset + 26} ${y} Z" fill="url(#c${cloth})" ${EDGE}/>` +
        `<path d="M${x + inset + 8} ${y + h / 2} H${x + w - inset}" stroke="#000" stroke-opacity=".3" stroke-width="2.5"/>` +
        `<path d="M${x + inset + 14} ${y + h - 7} H${x + w - inset}" stroke="#000" stroke-opacity=".14" stroke-width="12"/>`
      )
    })
    .join('')

const yarn = (x: number, y: number, r: number, ink: string, dark: string): string =>
  `<ellipse cx="${x + 8}" cy="${y + r - 2}" rx="${r}" ry="${r / 5}" fill="#000" opacity=".18"/>` +
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${ink}"/>` +
  `<g fill="none" stroke="${dark}" stroke-width="${r / 22}" opacity=".75">` +
  [0.2, 0.4, 0.6, 0.8]
    .map(
      (k) =>
        `<path d="M${x - r * 0.95} ${y - r * 0.3 * k} C${x - r * k} ${y + r * k * 0.7} ${x + r * k * 0.6} ${y + r * k} ${x + r * 0.6} ${y + r * 0.8 * k + r * 0.1}"/>` +
        `<path d="M${x - r * 0.6 * k} ${y - r * 0.9} C${x + r * k * 0.4} ${y - r * 0.5} ${x + r * 0.8} ${y - r * k * 0.3} ${x + r * 0.92} ${y + r * 0.3 * k}"/>` +
        `<path d="M${x - r * 0.7} ${y + r * (k - 0.3)} C${x - r * 0.2} ${y - r * (1 - k)} ${x + r * 0.4} ${y - r * k} ${x + r * 0.7} ${y - r * 0.6 * k}"/>`,
    )
    .join('') +
  `</g><circle cx="${x}" cy="${y}" r="${r}" fill="url(#ball)"/>`

const needle = (x1: number, y1: number, x2: number, y2: number): string =>
  `<path d="M${x1} ${y1} L${x2} ${y2}" stroke="#7a5433" stroke-width="9" stroke-linecap="round"/><circle cx="${x1}" cy="${y1}" r="12" fill="#5b3c22"/>`

const swatch = (x: number, y: number, size: number, turn: number, cloth: number): string => {
  const teeth = Math.floor(size / 14)
  const step = size / teeth
  let d = 'M0 0'
  for (let i = 0; i < teeth; i++) d += ` l${step / 2} -5 l${step / 2} 5`
  for (let i = 0; i < teeth; i++) d += ` l5 ${step / 2} l-5 ${step / 2}`
  for (let i = 0; i < teeth; i++) d += ` l${-step / 2} 5 l${-step / 2} -5`
  for (let i = 0; i < teeth; i++) d += ` l-5 ${-step / 2} l5 ${-step / 2}`
  return `<g transform="translate(${x} ${y}) rotate(${turn})"><path d="${d} Z" fill="url(#c${cloth})" ${EDGE}/></g>`
}

/** A shop curtain: cloths hanging from a rod. */
const noren = (cloths: readonly number[]): string => {
  const w = 190
  return (
    cloths
      .map((cloth, i) => {
        const x = 100 + i * w
        return (
          `<path d="M${x} 92 H${x + w - 8} C${x + w - 2} 240 ${x + w - 18} 380 ${x + w - 10} 500 C${x + w * 0.6} 512 ${x + w * 0.35} 494 ${x + 4} 504 C${x - 6} 380 ${x + 8} 240 ${x} 92 Z" fill="url(#c${cloth})" ${EDGE}/>` +
          `<path d="M${x + w * 0.35} 96 C${x + w * 0.3} 260 ${x + w * 0.42} 400 ${x + w * 0.36} 498" stroke="#000" stroke-opacity=".1" stroke-width="16" fill="none"/>` +
          `<path d="M${x + 34} 70 h26 v30 h-26 z M${x + w - 70} 70 h26 v30 h-26 z" fill="url(#c${cloth})" ${EDGE}/>`
        )
      })
      .join('') +
    `<path d="M56 84 H904" stroke="#5b3c22" stroke-width="16" stroke-linecap="round"/>`
  )
}

const spool = (x: number, y: number, ink: string): string =>
  `<path d="M${x - 44} ${y - 80} h88 v18 h-88 z M${x - 44} ${y + 62} h88 v18 h-88 z" fill="#b48a58" ${EDGE}/>` +
  `<path d="M${x - 32} ${y - 62} h64 v124 h-64 z" fill="${ink}"/>` +
  `<path d="${Array.from({ length: 12 }, (_, i) => `M${x - 32} ${y - 56 + i * 10} L${x + 32} ${y - 62 + i * 10}`).join(' ')}" stroke="#fff" stroke-opacity=".3" stroke-width="2.5"/>`

const thread = (d: string, ink: string): string =>
  `<path d="${d}" fill="none" stroke="${ink}" stroke-width="4" stroke-linecap="round"/>`

const scissors = `<g transform="translate(620 330) rotate(28)"><g fill="none" stroke="#33312e" stroke-width="13"><ellipse cx="-52" cy="120" rx="30" ry="42"/><ellipse cx="52" cy="120" rx="30" ry="42"/></g><path d="M-34 84 L30 -150 L40 -140 L6 40 Z" fill="#6d6a66"/><path d="M34 84 L-30 -150 L-40 -140 L-6 40 Z" fill="#8a8782"/><circle cx="0" cy="30" r="8" fill="#33312e"/></g>`

const SCENES: Record<string, Scene> = {
  season: {
    ground: '#d9cfba',
    cloths: [
      t.kasuri('#263d5a', '#eef0ea'),
      t.canvas('#b98f55', '#6e4f27'),
      t.plaid('#9a4a3c', '#3b2b28', '#d9b25f'),
      t.knit(t.ECRU, '#b3a78c'),
      t.seigaiha('#3f6d8c', '#eef0ea'),
    ],
    shapes: stack(120, 560, 420, [0, 1, 2, 3, 4]) + stack(560, 560, 320, [3, 0, 1]),
  },
  story: {
    ground: '#cfc7b4',
    cloths: [t.asanoha('#22364f', '#f1ecdf'), t.windowpane('#f3eee2', '#8c8f6d', '#c79a4b')],
    shapes:
      `<path d="M-20 420 C220 340 420 520 980 380 V660 H-20 Z" fill="url(#c0)" ${EDGE}/>` +
      `<path d="M-20 520 C260 470 520 610 980 500 V660 H-20 Z" fill="url(#c1)" ${EDGE}/>` +
      spool(230, 250, t.MADDER) +
      spool(370, 230, t.ONION) +
      spool(510, 240, t.SNOW) +
      thread('M542 300 C640 330 600 420 720 400 S860 250 900 300', t.SNOW) +
      thread('M262 312 C300 420 420 380 460 440', t.MADDER),
  },
  gift: {
    ground: '#e2d6c6',
    cloths: [t.seigaiha('#eef0ea', '#3f6d8c'), t.beans('#a9493a', '#f4efe3')],
    shapes:
      `<ellipse cx="490" cy="566" rx="300" ry="30" fill="#000" opacity=".16"/>` +
      `<path d="M240 330 H720 L740 560 H220 Z" fill="url(#c0)" ${EDGE}/>` +
      `<path d="M240 330 C330 300 420 250 452 200 C420 160 360 130 300 140 C330 190 390 230 440 250 M720 330 C630 300 540 250 508 200 C540 160 600 130 660 140 C630 190 570 230 520 250" fill="url(#c1)" ${EDGE}/>` +
      `<path d="M240 330 C340 310 430 270 480 230 C530 270 620 310 720 330 C620 390 340 390 240 330 Z" fill="url(#c1)" ${EDGE}/>` +
      `<path d="M444 190 C460 164 500 164 516 190 C528 226 504 262 480 266 C456 262 432 226 444 190 Z" fill="url(#c1)" ${EDGE}/>`,
  },
  atelier: {
    ground: '#bfc4bd',
    cloths: [
      t.cables(t.ECRU, '#b3a78c', '#efe8d8'),
      t.snowflakes('#f0e9da', '#7c3b34', '#b98f55'),
      t.rib(t.MOSS, '#454b30'),
    ],
    shapes:
      `<path d="M90 250 C90 230 104 220 122 220 H520 C540 220 552 232 552 252 V660 H90 Z" fill="url(#c0)" ${EDGE}/>` +
      `<path d="M90 240 H552" stroke="#7a5433" stroke-width="12" stroke-linecap="round"/>` +
      needle(70, 236, 330, 240) +
      needle(576, 236, 330, 240) +
      yarn(700, 430, 130, '#7c3b34', '#4a201b') +
      yarn(836, 512, 84, t.MOSS, '#3a4028') +
      yarn(596, 540, 66, t.ECRU, '#a99c80') +
      thread('M640 540 C580 610 700 630 780 610', t.ECRU),
  },
  noren: {
    ground: '#c9b999',
    cloths: [
      t.canvas(t.INDIGO, '#0f1c2c'),
      t.canvas('#324f72', '#14263b'),
      t.canvas('#26405e', '#0f1c2c'),
      t.canvas('#324f72', '#14263b'),
    ],
    shapes:
      noren([0, 1, 2, 3]) +
      `<g fill="none" stroke="${t.SNOW}" stroke-linecap="round" stroke-width="17"><circle cx="480" cy="288" r="122"/><path d="M398 288 C398 230 562 230 562 288 S398 346 398 288 M480 206 V370" stroke-width="13"/></g>`,
  },
  orderbook: {
    ground: '#3d3a36',
    cloths: [
      t.plaid('#9a4a3c', '#3b2b28', '#d9b25f'),
      t.kasuri('#263d5a', '#eef0ea'),
      t.shijira('#dfe7ea', '#6f93ab', '#a9493a'),
      t.windowpane('#f3eee2', '#8c8f6d', '#c79a4b'),
      t.yagasuri('#f3eee2', '#6c3f5e'),
    ],
    shapes:
      swatch(110, 110, 210, -8, 0) +
      swatch(330, 90, 190, 5, 1) +
      swatch(150, 340, 200, 6, 2) +
      swatch(390, 320, 210, -5, 3) +
      swatch(690, 70, 190, 9, 4) +
      scissors,
  },
  mending: {
    ground: '#d5d0c3',
    cloths: [t.canvas('#4f6a86', '#2b4564'), t.asanoha('#b3543f', '#f6e9d8')],
    shapes:
      `<path d="M-20 130 C260 90 620 180 980 110 V660 H-20 Z" fill="url(#c0)" ${EDGE}/>` +
      `<path d="M350 230 L640 206 L664 470 L372 496 Z" fill="url(#c1)" stroke="#f6e9d8" stroke-width="5" stroke-dasharray="16 10"/>` +
      `<g transform="rotate(-24 760 430)"><path d="M680 426 h190 l26 4 l-26 4 h-190 c-14 0 -14 -8 0 -8 z" fill="#e9e6df" stroke="#77736b" stroke-width="2"/></g>` +
      thread('M690 462 C640 520 560 440 520 520 S380 590 300 540', t.SNOW),
  },
  care: {
    ground: '#dcd9cb',
    cloths: [
      t.rib(t.MOSS, '#454b30'),
      t.knit(t.ECRU, '#b3a78c'),
      t.mossStitch(t.INDIGO, '#7391b3'),
    ],
    shapes:
      `<ellipse cx="480" cy="560" rx="360" ry="30" fill="#000" opacity=".14"/>` +
      stack(220, 560, 540, [0, 1, 2]) +
      `<g transform="translate(480 230)"><path d="M-150 40 h300 l24 60 h-348 z" fill="#b48a58" ${EDGE}/><path d="M-140 100 h280 v26 h-280 z" fill="#efe7d4" ${EDGE}/><path d="M-60 40 c0 -70 120 -70 120 0" fill="none" stroke="#8a6437" stroke-width="22"/></g>`,
  },
  measure: {
    ground: '#d2d6cf',
    cloths: [t.kasuri('#263d5a', '#eef0ea'), t.shijira('#dfe7ea', '#6f93ab', '#a9493a')],
    shapes:
      swatch(120, 150, 330, -6, 0) +
      swatch(500, 190, 300, 7, 1) +
      `<path d="M60 520 C240 400 420 620 620 500 S860 420 920 480" fill="none" stroke="#d8b04a" stroke-width="46"/>` +
      `<path d="M60 520 C240 400 420 620 620 500 S860 420 920 480" fill="none" stroke="#33312e" stroke-width="46" stroke-dasharray="3 27"/>`,
  },
  carry: {
    ground: '#cfd0c2',
    cloths: [
      t.asanoha('#22364f', '#f1ecdf'),
      t.seigaiha('#eef0ea', '#3f6d8c'),
      t.canvas('#b98f55', '#6e4f27'),
    ],
    shapes: [
      [130, 0, 250, 300],
      [390, 2, 230, 340],
      [640, 1, 210, 260],
    ]
      .map(
        ([x = 0, cloth = 0, w = 0, h = 0]) =>
          `<path d="M${x + w * 0.25} ${570 - h} c0 -150 ${w * 0.5} -150 ${w * 0.5} 0" fill="none" stroke="#d9c9a7" stroke-width="15"/><path d="M${x} ${566 - h} h${w} l10 ${h} h-${w + 20} z" fill="url(#c${cloth})" ${EDGE}/>`,
      )
      .join(''),
  },
  winter: {
    ground: '#b9c3cb',
    cloths: [
      t.snowflakes('#2b4564', '#f6f2e8', '#c79a4b'),
      t.plaid('#9a4a3c', '#3b2b28', '#d9b25f'),
      t.cables('#d8d2c4', '#a99c80', '#e9e2d3'),
    ],
    shapes: stack(180, 580, 600, [0, 1, 2, 0, 1]) + yarn(690, 200, 90, '#e9e1cf', '#b3a78c'),
  },
}

/** A scene by its name; undefined when there is none. */
export function drawScene(name: string): string | undefined {
  const scene = Object.hasOwn(SCENES, name) ? SCENES[name] : undefined
  if (scene === undefined) return undefined
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 640" width="960" height="640" preserveAspectRatio="xMidYMid slice"><defs>` +
    scene.cloths.map((cloth, i) => patternOf(`c${i}`, cloth, 'scale(1.25)')).join('') +
    `<radialGradient id="ball" cx=".35" cy=".3" r=".8"><stop offset="0" stop-color="#fff" stop-opacity=".3"/><stop offset="1" stop-color="#000" stop-opacity=".32"/></radialGradient>` +
    `<linearGradient id="light" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".3"/><stop offset="1" stop-color="#000" stop-opacity=".14"/></linearGradient>` +
    `<filter id="shadow" x="-10%" y="-10%" width="120%" height="120%"><feDropShadow dx="4" dy="10" stdDeviation="10" flood-opacity=".25"/></filter></defs>` +
    `<rect width="960" height="640" fill="${scene.ground}"/><rect width="960" height="640" fill="url(#light)"/>` +
    `<g filter="url(#shadow)">${scene.shapes}</g></svg>`
  )
}
