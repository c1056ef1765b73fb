/** Textile patterns as SVG, drawn here: each tiles a surface without a seam. */

export interface Textile {
  readonly width: number
  readonly height: number
  /** What one tile holds. */
  readonly tile: string
}

export const ECRU = '#e9e1cf'
export const INDIGO = '#2b4564'
export const DEEP_INDIGO = '#1d3048'
export const SNOW = '#f6f2e8'
export const MADDER = '#a9493a'
export const MOSS = '#69714d'
export const ONION = '#c79a4b'

const rect = (x: number, y: number, w: number, h: number, fill: string, extra = ''): string =>
  `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${fill}"${extra}/>`

const line = (d: string, stroke: string, width: number, extra = ''): string =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}"${extra}/>`

/** One stitch of stocking stitch after the other. */
export const knit = (ground: string, shade: string): Textile => ({
  width: 10,
  height: 9,
  tile:
    rect(0, 0, 10, 9, ground) +
    line('M0 -1 L5 5 L10 -1 M0 8 L5 14 L10 8', shade, 1.4, ' stroke-linejoin="round"'),
})

export const rib = (ground: string, shade: string): Textile => ({
  width: 16,
  height: 8,
  tile:
    rect(0, 0, 16, 8, ground) +
    rect(11, 0, 5, 8, shade, ' opacity=".5"') +
    line('M1 0 L5.5 5 L10 0 M1 8 L5.5 13 L10 8', shade, 1.1),
})

export const mossStitch = (ground: string, light: string): Textile => ({
  width: 14,
  height: 14,
  tile:
    rect(0, 0, 14, 14, ground) +
    `<g fill="${light}" opacity=".55"><ellipse cx="3.5" cy="3.5" rx="2.6" ry="1.8"/><ellipse cx="10.5" cy="10.5" rx="2.6" ry="1.8"/></g>` +
    `<g fill="#000" opacity=".22"><ellipse cx="10.5" cy="3.5" rx="2.6" ry="1.6"/><ellipse cx="3.5" cy="10.5" rx="2.6" ry="1.6"/></g>`,
})

/** Two ropes of four strands, with purl ditches between them. */
export const cables = (ground: string, shade: string, light: string): Textile => ({
  width: 64,
  height: 44,
  tile:
    rect(0, 0, 64, 44, ground) +
    rect(46, 0, 18, 44, shade, ' opacity=".28"') +
    line('M50 0 V44 M55 0 V44 M60 0 V44', shade, 1.2, ' opacity=".7"') +
    line('M34 -22 C34 -4 12 4 12 22 M34 22 C34 40 12 48 12 66', shade, 13.5) +
    line('M34 -22 C34 -4 12 4 12 22 M34 22 C34 40 12 48 12 66', light, 10.5) +
    line('M12 -22 C12 -4 34 4 34 22 M12 22 C12 40 34 48 34 66', shade, 14.5) +
    line('M12 -22 C12 -4 34 4 34 22 M12 22 C12 40 34 48 34 66', light, 11) +
    line('M12 -22 C12 -4 34 4 34 22 M12 22 C12 40 34 48 34 66', shade, 1.1, ' opacity=".6"'),
})

/** Coloured work from rows of text: each sign but a blank is one stitch. */
function charted(rows: readonly string[], stitch: number, inks: Record<string, string>): Textile {
  const width = (rows[0] as string).length * stitch
  const height = rows.length * stitch
  let tile = rect(0, 0, width, height, inks[' '] as string)
  for (const [y, row] of rows.entries()) {
    for (const [x, sign] of [...row].entries()) {
      if (sign !== ' ') tile += rect(x * stitch, y * stitch, stitch, stitch, inks[sign] as string)
    }
  }
  return { width, height, tile }
}

export const snowflakes = (ground: string, snow: string, accent: string): Textile =>
  charted(
    [
      '              ',
      'o.o.o.o.o.o.o.',
      '              ',
      '   .   .      ',
      '   ..  .  .  .',
      '  . . . . .. .',
      '.  .. .. . .. ',
      ' .. ... ..  . ',
      '  ...o...    o',
      ' .. ... ..  . ',
      '.  .. .. . .. ',
      '  . . . . .. .',
      '   ..  .  .  .',
      '   .   .      ',
      '              ',
      '.o.o.o.o.o.o.o',
      '              ',
      ' .   .   .   .',
    ],
    5,
    { ' ': ground, '.': snow, o: accent },
  )

/** Bound before dyeing: the edges are never quite sharp. */
export const kasuri = (ground: string, thread: string): Textile => {
  const soft = (x: number, y: number, w: number, h: number): string =>
    rect(x, y, w, h, thread, ' opacity=".9"') +
    rect(x - 2, y + 1, w + 4, h - 2, thread, ' opacity=".35"') +
    rect(x + 1, y - 2, w - 2, h + 4, thread, ' opacity=".3"')
  return {
    width: 52,
    height: 52,
    tile:
      rect(0, 0, 52, 52, ground) +
      line('M0 13 H52 M0 39 H52', thread, 0.6, ' opacity=".18"') +
      soft(10, 4, 4, 20) +
      soft(18, 4, 4, 20) +
      soft(6, 8, 20, 4) +
      soft(6, 16, 20, 4) +
      soft(40, 32, 4, 16) +
      soft(34, 38, 16, 4),
  }
}

export const shijira = (ground: string, stripe: string, fine: string): Textile => ({
  width: 26,
  height: 12,
  tile:
    rect(0, 0, 26, 12, ground) +
    rect(2, 0, 7, 12, stripe, ' opacity=".85"') +
    rect(14, 0, 1.5, 12, fine) +
    rect(18, 0, 1.5, 12, fine) +
    line(
      'M0 3 q3 -2 6 0 t7 0 t6 0 t7 0 M0 9 q3 2 6 0 t7 0 t6 0 t7 0',
      '#fff',
      0.8,
      ' opacity=".45"',
    ),
})

export const windowpane = (ground: string, pane: string, second: string): Textile => ({
  width: 44,
  height: 44,
  tile:
    rect(0, 0, 44, 44, ground) +
    rect(0, 20, 44, 3, pane, ' opacity=".65"') +
    rect(20, 0, 3, 44, pane, ' opacity=".65"') +
    rect(0, 27, 44, 1, second) +
    rect(27, 0, 1, 44, second) +
    `<circle cx="21.5" cy="21.5" r="2.4" fill="${pane}"/>`,
})

/** Hemp leaf, in running stitches. */
export const asanoha = (ground: string, thread: string): Textile => {
  const w = 56
  const h = 97
  const star = (x: number, y: number): string =>
    `M${x} ${y - h / 3} V${y + h / 3} M${x - w / 2} ${y - h / 6} L${x + w / 2} ${y + h / 6} M${x - w / 2} ${y + h / 6} L${x + w / 2} ${y - h / 6} ` +
    `M${x} ${y - h / 3} L${x - w / 2} ${y - h / 6} V${y + h / 6} L${x} ${y + h / 3} L${x + w / 2} ${y + h / 6} V${y - h / 6} Z ` +
    `M${x} ${y - h / 3} L${x - w / 6} ${y - h / 6} L${x - w / 2} ${y - h / 6} L${x - w / 3} ${y} L${x - w / 2} ${y + h / 6} L${x - w / 6} ${y + h / 6} L${x} ${y + h / 3} ` +
    `L${x + w / 6} ${y + h / 6} L${x + w / 2} ${y + h / 6} L${x + w / 3} ${y} L${x + w / 2} ${y - h / 6} L${x + w / 6} ${y - h / 6} Z`
  const stars = [
    [w / 2, h / 2],
    [0, 0],
    [w, 0],
    [0, h],
    [w, h],
  ]
  return {
    width: w,
    height: h,
    tile:
      rect(0, 0, w, h, ground) +
      line(
        stars.map(([x, y]) => star(x as number, y as number)).join(' '),
        thread,
        1.7,
        ' stroke-dasharray="5 2.4" stroke-linecap="round"',
      ),
  }
}

/** Blue ocean waves. */
export const seigaiha = (ground: string, crest: string): Textile => {
  const rings = (x: number, y: number): string =>
    [24, 17, 10, 3.5]
      .map(
        (r) =>
          `<circle cx="${x}" cy="${y}" r="${r}" fill="${ground}" stroke="${crest}" stroke-width="2.2"/>`,
      )
      .join('')
  return {
    width: 48,
    height: 24,
    tile:
      rect(0, 0, 48, 24, ground) +
      rings(24, 0) +
      rings(0, 12) +
      rings(48, 12) +
      rings(24, 24) +
      rings(0, 36) +
      rings(48, 36),
  }
}

export const canvas = (ground: string, thread: string): Textile => ({
  width: 6,
  height: 6,
  tile:
    rect(0, 0, 6, 6, ground) +
    rect(0, 0, 3, 3, thread, ' opacity=".28"') +
    rect(3, 3, 3, 3, thread, ' opacity=".18"'),
})

/** Arrow feathers. */
export const yagasuri = (ground: string, feather: string): Textile => ({
  width: 40,
  height: 60,
  tile:
    rect(0, 0, 40, 60, ground) +
    `<path d="M0 0 L10 10 V40 L0 30 Z M20 0 L10 10 V40 L20 30 Z M20 30 L30 40 V70 L20 60 Z M40 30 L30 40 V70 L40 60 Z M20 -30 L30 -20 V10 L20 0 Z M40 -30 L30 -20 V10 L40 0 Z" fill="${feather}"/>` +
    line('M10 0 V60 M30 0 V60', ground, 1),
})

/** Small beans. */
export const beans = (ground: string, bean: string): Textile => ({
  width: 22,
  height: 22,
  tile:
    rect(0, 0, 22, 22, ground) +
    `<circle cx="5.5" cy="5.5" r="4" fill="${bean}"/><circle cx="16.5" cy="16.5" r="4" fill="${bean}"/>`,
})

export const plaid = (ground: string, band: string, fine: string): Textile => ({
  width: 84,
  height: 84,
  tile:
    rect(0, 0, 84, 84, ground) +
    rect(10, 0, 28, 84, band, ' opacity=".55"') +
    rect(0, 10, 84, 28, band, ' opacity=".55"') +
    rect(60, 0, 3, 84, fine, ' opacity=".9"') +
    rect(0, 60, 84, 3, fine, ' opacity=".9"') +
    rect(22, 0, 2, 84, SNOW, ' opacity=".7"') +
    rect(0, 22, 84, 2, SNOW, ' opacity=".7"'),
})

/** Bands across the whole width of a cloth. */
export const bands = (ground: string, inks: readonly string[]): Textile => ({
  width: 60,
  height: inks.length * 70,
  tile:
    rect(0, 0, 60, inks.length * 70, ground) +
    inks
      .map(
        (ink, i) =>
          rect(0, i * 70 + 8, 60, 26, ink, ' opacity=".8"') +
          rect(0, i * 70 + 38, 60, 3, ink, ' opacity=".6"') +
          rect(0, i * 70 + 44, 60, 1.5, ink, ' opacity=".5"'),
      )
      .join('') +
    line(`M15 0 V${inks.length * 70} M45 0 V${inks.length * 70}`, '#fff', 0.6, ' opacity=".3"'),
})

/** As a `<pattern>` to fill shapes with. */
export const patternOf = (id: string, { width, height, tile }: Textile, transform = ''): string =>
  `<pattern id="${id}" width="${width}" height="${height}" patternUnits="userSpaceOnUse"${transform === '' ? '' : ` patternTransform="${transform}"`}>${tile}</pattern>`
