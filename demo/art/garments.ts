/** Product pictures: a garment laid flat on a coloured ground, cut from its textile. */
import * as t from './textiles.ts'
import { patternOf, type Textile } from './textiles.ts'

interface Drawing {
  readonly ground: string
  readonly textile: Textile
  /** A second cloth: ribs, linings, straps. */
  readonly trim: Textile
  /** Shapes filled with url(#cloth) and url(#trim). */
  readonly shapes: string
}

const MIRROR = 'transform="translate(480 0) scale(-1 1)"'
const EDGE = 'stroke="#000" stroke-opacity=".28" stroke-width="1.6" stroke-linejoin="round"'
const SEAM =
  'fill="none" stroke="#000" stroke-opacity=".3" stroke-width="1.6" stroke-dasharray="6 4"'
const both = (shape: string): string => `${shape}<g ${MIRROR}>${shape}</g>`

const SLEEVE = `<path d="M322 150 C352 158 368 196 380 240 L424 410 L378 424 L336 282 Z" fill="url(#cloth)" ${EDGE}/><path d="M424 410 L378 424 L387 456 L433 442 Z" fill="url(#trim)" ${EDGE}/>`
/** The inside of the back, seen through the neck. */
const behind = (front: string): string =>
  `<path d="M198 124 Q240 108 282 124 L290 134 ${front} L190 134 Z" fill="url(#trim)" ${EDGE}/><path d="M198 124 Q240 108 282 124 L290 134 ${front} L190 134 Z" fill="#000" fill-opacity=".38"/>`
const NECK = behind('C280 186 200 186 190 134')
const COLLAR = `<path d="M190 130 C198 186 282 186 290 130 L282 124 C272 164 208 164 198 124 Z" fill="url(#trim)" ${EDGE}/>`

const pullover = (extra = ''): string =>
  both(SLEEVE) +
  NECK +
  `<path d="M190 130 C200 186 280 186 290 130 L330 152 C342 190 344 240 342 284 L346 470 H134 L138 284 C136 240 138 190 150 152 Z" fill="url(#cloth)" ${EDGE}/>` +
  extra +
  COLLAR +
  `<path d="M134 470 H346 L342 504 H138 Z" fill="url(#trim)" ${EDGE}/>`

const cardigan =
  both(SLEEVE) +
  behind('L240 300') +
  both(
    `<path d="M286 130 L330 152 C342 190 344 240 342 284 L346 470 H240 V296 Z" fill="url(#cloth)" ${EDGE}/><path d="M240 470 H346 L342 504 H240 Z" fill="url(#trim)" ${EDGE}/><path d="M282 124 L294 132 L252 300 V504 H232 V292 Z" fill="url(#trim)" ${EDGE}/>`,
  ) +
  [326, 372, 418, 464]
    .map(
      (y) =>
        `<circle cx="242" cy="${y}" r="6.5" fill="#6b4a2f"/><path d="M240 ${y} h4" stroke="#e9d9bd" stroke-width="1.6"/>`,
    )
    .join('') +
  both(`<path d="M274 392 h48 v50 h-48 z" fill="none" ${EDGE}/>`)

const vest =
  behind('L240 256') +
  `<path d="M194 132 L240 254 L286 132 L322 148 C314 196 326 236 346 262 L348 470 H132 L134 262 C154 236 166 196 158 148 Z" fill="url(#cloth)" ${EDGE}/>` +
  both(
    `<path d="M322 148 C314 196 326 236 346 262 L338 274 C314 244 302 200 308 144 Z" fill="url(#trim)" ${EDGE}/><path d="M282 124 L240 250 V272 L298 136 Z" fill="url(#trim)" ${EDGE}/>`,
  ) +
  `<path d="M132 470 H348 L344 504 H136 Z" fill="url(#trim)" ${EDGE}/>`

const SHIRT_SLEEVE = `<path d="M318 140 C350 150 366 186 378 226 L428 420 L376 436 L334 290 Z" fill="url(#cloth)" ${EDGE}/><path d="M420 392 L369 408" ${SEAM}/>`
const PLACKET = [206, 256, 306, 356, 406, 456]
  .map((y) => `<circle cx="240" cy="${y}" r="4" fill="#f4efe4" stroke="#000" stroke-opacity=".4"/>`)
  .join('')

const shirt = (collar: string): string =>
  both(SHIRT_SLEEVE) +
  behind('L240 176') +
  `<path d="M198 126 L240 172 L282 126 L324 142 C338 186 342 240 340 290 L346 492 C310 514 276 500 240 500 C204 500 170 514 134 492 L140 290 C138 240 142 186 156 142 Z" fill="url(#cloth)" ${EDGE}/>` +
  `<path d="M231 150 V500 M249 150 V500" ${SEAM}/>` +
  PLACKET +
  `<path d="M270 236 h46 v48 l-23 10 l-23 -10 z" fill="url(#cloth)" ${EDGE}/><path d="M270 246 h46" ${SEAM}/>` +
  collar

const POINTED = both(
  `<path d="M240 170 L276 118 L290 128 L298 146 L268 186 Z" fill="url(#cloth)" ${EDGE}/>`,
)
const BAND = both(
  `<path d="M240 174 L288 134 C288 124 284 118 280 116 C270 134 256 148 240 156 Z" fill="url(#trim)" ${EDGE}/>`,
)

const tote =
  `<path d="M176 250 C176 120 200 96 212 96 M268 96 C280 96 304 120 304 250" fill="none" stroke="#000" stroke-opacity=".25" stroke-width="20"/>` +
  `<path d="M178 252 C178 110 192 92 240 92 C288 92 302 110 302 252" fill="none" stroke="#d9c9a7" stroke-width="16"/>` +
  `<path d="M116 226 H364 L376 506 H104 Z" fill="url(#cloth)" ${EDGE}/>` +
  `<path d="M116 226 H364 L365.500 258 H114.500 Z" fill="url(#trim)" ${EDGE}/>` +
  `<path d="M170 226 h16 v64 h-16 z M294 226 h16 v64 h-16 z" fill="#d9c9a7" ${EDGE}/>`

const rucksack =
  `<path d="M206 132 C206 88 274 88 274 132" fill="none" stroke="#7a5433" stroke-width="11"/>` +
  both(
    `<path d="M352 330 h34 c14 0 16 10 16 24 v84 c0 14 -4 22 -18 22 h-32 z" fill="url(#trim)" ${EDGE}/>`,
  ) +
  `<path d="M132 196 C132 140 168 122 240 122 C312 122 348 140 348 196 L358 474 C358 502 340 512 316 512 H164 C140 512 122 502 122 474 Z" fill="url(#cloth)" ${EDGE}/>` +
  `<path d="M126 178 C132 134 172 120 240 120 C308 120 348 134 354 178 L352 306 C300 330 180 330 128 306 Z" fill="url(#trim)" ${EDGE}/>` +
  `<path d="M136 296 C186 316 294 316 344 296" ${SEAM}/>` +
  both(
    `<path d="M282 300 h20 v96 h-20 z" fill="#7a5433" ${EDGE}/><path d="M278 356 h28 v22 h-28 z" fill="none" stroke="#c9a227" stroke-width="4"/>`,
  ) +
  `<path d="M162 406 h156 v74 h-156 z" fill="url(#cloth)" ${EDGE}/><path d="M162 420 h156" ${SEAM}/>`

const azuma =
  `<path d="M120 300 C96 420 140 506 240 506 C340 506 384 420 360 300 C330 250 292 236 240 300 C188 236 150 250 120 300 Z" fill="url(#cloth)" ${EDGE}/>` +
  `<path d="M120 300 C150 240 196 180 222 160 L246 184 C226 220 210 262 240 300 C196 270 156 270 120 300 Z" fill="url(#cloth)" ${EDGE}/>` +
  `<path d="M360 300 C330 240 284 180 258 160 L234 184 C254 220 270 262 240 300 C284 270 324 270 360 300 Z" fill="url(#trim)" ${EDGE}/>` +
  `<path d="M214 146 C224 128 256 128 266 146 C272 160 262 186 240 190 C218 186 208 160 214 146 Z" fill="url(#cloth)" ${EDGE}/>` +
  `<path d="M222 140 C196 112 168 104 148 112 C160 138 190 160 216 164 Z" fill="url(#cloth)" ${EDGE}/><path d="M258 140 C284 112 312 104 332 112 C320 138 290 160 264 164 Z" fill="url(#trim)" ${EDGE}/>`

const fringe = (x: number, y: number, w: number, ink: string): string =>
  Array.from(
    { length: Math.floor(w / 8) },
    (_, i) =>
      `<path d="M${x + 4 + i * 8} ${y} q${i % 2 === 0 ? 3 : -3} 14 0 28" stroke="${ink}" stroke-width="2.4" fill="none"/>`,
  ).join('')

const stole =
  fringe(252, 478, 92, '#cdbd9d') +
  `<path d="M252 140 L346 152 C352 270 338 380 344 480 H252 Z" fill="url(#trim)" ${EDGE}/>` +
  fringe(132, 508, 120, '#cdbd9d') +
  `<path d="M132 510 C140 400 126 280 150 178 C166 112 316 104 336 158 C346 190 300 208 270 196 C236 184 250 300 252 510 Z" fill="url(#cloth)" ${EDGE}/>` +
  `<path d="M186 508 C190 390 178 260 206 170 M222 508 C226 400 214 280 238 180" fill="none" stroke="#000" stroke-opacity=".13" stroke-width="5"/>`

const muffler =
  fringe(150, 486, 80, '#8d4438') +
  `<path d="M150 190 H230 V488 H150 Z" fill="url(#trim)" ${EDGE}/>` +
  fringe(226, 516, 104, '#8d4438') +
  `<path d="M226 200 H330 V518 H226 Z" fill="url(#cloth)" ${EDGE}/>` +
  `<path d="M128 176 C128 104 352 104 352 176 C352 252 128 252 128 176 Z M176 164 C186 196 294 196 304 164 C290 140 190 140 176 164 Z" fill-rule="evenodd" fill="url(#cloth)" ${EDGE}/>`

const tenugui =
  `<g transform="rotate(-7 220 320)"><path d="M110 120 H270 V492 H110 Z" fill="url(#cloth)" ${EDGE}/><path d="M190 120 V492" stroke="#000" stroke-opacity=".12" stroke-width="3"/></g>` +
  `<g transform="rotate(6 290 340)"><path d="M226 160 H380 V512 H226 Z" fill="url(#trim)" ${EDGE}/><path d="M303 160 V512" stroke="#000" stroke-opacity=".1" stroke-width="3"/></g>`

const snowYoke = `<path d="M190 130 C200 186 280 186 290 130 L330 152 C336 172 340 200 342 232 C300 300 180 300 138 232 C140 200 144 172 150 152 Z" fill="url(#yoke)" stroke="none"/>`

const DRAWINGS: Record<string, Drawing> = {
  'cable-pullover': {
    ground: '#c9c2b1',
    textile: t.cables(t.ECRU, '#b3a78c', '#efe8d8'),
    trim: t.rib('#e4dbc6', '#a99c80'),
    shapes: pullover(),
  },
  'snow-yoke': {
    ground: '#d8cfc3',
    textile: t.knit('#7c3b34', '#652d27'),
    trim: t.rib('#6e332c', '#4a201b'),
    shapes: pullover(snowYoke),
  },
  'rib-cardigan': {
    ground: '#d9d6c4',
    textile: t.rib(t.MOSS, '#454b30'),
    trim: t.rib('#5c6442', '#3a4028'),
    shapes: cardigan,
  },
  'moss-vest': {
    ground: '#c6ced2',
    textile: t.mossStitch(t.INDIGO, '#7391b3'),
    trim: t.rib(t.DEEP_INDIGO, '#0f1c2c'),
    shapes: vest,
  },
  'kasuri-shirt': {
    ground: '#d5d9d6',
    textile: t.kasuri('#263d5a', '#eef0ea'),
    trim: t.knit(t.DEEP_INDIGO, '#0f1c2c'),
    shapes: shirt(POINTED),
  },
  'shijira-shirt': {
    ground: '#e2dccb',
    textile: t.shijira('#dfe7ea', '#6f93ab', '#a9493a'),
    trim: t.shijira('#dfe7ea', '#6f93ab', '#a9493a'),
    shapes: shirt(POINTED),
  },
  'gauze-shirt': {
    ground: '#cfc8ba',
    textile: t.windowpane('#f3eee2', '#8c8f6d', '#c79a4b'),
    trim: t.canvas('#efe9da', '#8c8f6d'),
    shapes: shirt(BAND),
  },
  'sashiko-tote': {
    ground: '#d9d2c2',
    textile: t.asanoha('#22364f', '#f1ecdf'),
    trim: t.canvas('#1b2b41', '#40587a'),
    shapes: tote,
  },
  'canvas-rucksack': {
    ground: '#d3d5cb',
    textile: t.canvas('#b98f55', '#6e4f27'),
    trim: t.canvas('#a87f49', '#59401f'),
    shapes: rucksack,
  },
  'azuma-bag': {
    ground: '#e5ddd0',
    textile: t.seigaiha('#eef0ea', '#3f6d8c'),
    trim: t.seigaiha('#3f6d8c', '#eef0ea'),
    shapes: azuma,
  },
  'linen-stole': {
    ground: '#cbd0c6',
    textile: t.bands('#efe7d4', [t.ONION, t.MADDER, t.INDIGO]),
    trim: t.bands('#e2d8c1', [t.INDIGO, t.ONION, t.MADDER]),
    shapes: stole,
  },
  'plaid-muffler': {
    ground: '#d6d3cd',
    textile: t.plaid('#9a4a3c', '#3b2b28', '#d9b25f'),
    trim: t.plaid('#8d4438', '#33241f', '#d9b25f'),
    shapes: muffler,
  },
  'tenugui-pair': {
    ground: '#ded5c3',
    textile: t.yagasuri('#f3eee2', '#6c3f5e'),
    trim: t.beans('#f4efe3', '#2f5573'),
    shapes: tenugui,
  },
}

/** The picture of a product, 480 by 600; undefined when there is none. */
export function drawGarment(id: string): string | undefined {
  const drawing = Object.hasOwn(DRAWINGS, id) ? DRAWINGS[id] : undefined
  if (drawing === undefined) return undefined
  const { ground, textile, trim, shapes } = drawing
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 600" width="480" height="600"><defs>` +
    patternOf('cloth', textile) +
    patternOf('trim', trim) +
    patternOf('yoke', t.snowflakes('#f0e9da', '#7c3b34', '#b98f55')) +
    `<linearGradient id="light" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".35"/><stop offset="1" stop-color="#000" stop-opacity=".1"/></linearGradient>` +
    `<filter id="shadow" x="-20%" y="-20%" width="140%" height="140%"><feDropShadow dx="5" dy="10" stdDeviation="9" flood-opacity=".28"/></filter></defs>` +
    `<rect width="480" height="600" fill="${ground}"/><rect width="480" height="600" fill="url(#light)"/>` +
    `<g transform="translate(240 315) scale(1.14) translate(-240 -312)" filter="url(#shadow)">${shapes}</g></svg>`
  )
}
