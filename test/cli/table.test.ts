import { expect, test } from 'vitest'
import { table } from '../../cli/table.ts'

test('columns line up, wide characters counted as two cells', () => {
  expect(
    table(
      ['path', 'wrong', ''],
      [
        ['糸と布', 'x', 'end'],
        ['a', 'longer', ''],
      ],
    ),
  ).toBe(['path    wrong', '糸と布  x       end', 'a       longer'].join('\n'))
})
