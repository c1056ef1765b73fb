/** What the parts of a release are compiled with. */
import type { Configuration } from '../../contract/config.ts'
import type { Adds } from '../decision/plan.ts'
import type { Counting, ExposureKind } from '../profile/counting.ts'
import type { CapBook } from './compile-caps.ts'
import type { ExperimentBook } from './compile-experiments.ts'
import type { RankingBook } from './compile-ranking.ts'
import type { Register } from './register.ts'

/** What the placements of a release share. */
export interface Shared extends RankingBook {
  readonly config: Configuration
  readonly register: Register
  readonly caps: CapBook
  readonly experiments: ExperimentBook
  readonly counting: Counting
}

const KINDS: readonly ExposureKind[] = ['served', 'impression']

/** The counters that showing something is going to add to. */
export function addsOf(
  { counters }: Counting,
  subject: 'action' | 'policy' | 'placement',
  key: string,
): Adds {
  return {
    counters: KINDS.flatMap((kind) => counters.get(`${kind}:${subject}:${key}`) ?? []),
    served: counters.has(`served:${subject}:${key}`),
  }
}
