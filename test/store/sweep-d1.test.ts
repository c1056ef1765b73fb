import { env } from 'cloudflare:workers'
import { createExecutionContext } from 'cloudflare:test'
import { requestDeps } from '../../worker/deps.ts'
import { publish } from '../worker/site.ts'
import { listContract } from './list-contract.ts'
import { takeOffContract } from './take-off-contract.ts'
import { sweepContract } from './sweep-contract.ts'

const site = { deps: () => requestDeps(env, createExecutionContext()), publish }

sweepContract('D1', site)
listContract('D1', site)
takeOffContract('D1', site)
