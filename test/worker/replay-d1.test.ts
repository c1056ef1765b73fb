import { replaySite } from './replay-site.ts'
import { replaySuite } from './replay-suite.ts'
import { d1Spoil } from './spoil-d1.ts'

replaySuite('D1', replaySite(d1Spoil))
