import { replaySite } from './replay-site.ts'
import { d1Spoil } from './spoil-d1.ts'
import { unmergeSuite } from './unmerge-suite.ts'

unmergeSuite('D1', replaySite(d1Spoil))
