import { replayFaultsSuite } from './replay-faults-suite.ts'
import { replaySite } from './replay-site.ts'
import { replaySuite } from './replay-suite.ts'
import { d1Spoil } from './spoil-d1.ts'

const site = replaySite(d1Spoil)
replaySuite('D1', site)
replayFaultsSuite('D1', site)
