import { identitySuite } from './identity-suite.ts'
import { d1Spoil } from './spoil-d1.ts'

identitySuite('D1', d1Spoil)
