import { env } from 'cloudflare:workers'
import { createExecutionContext } from 'cloudflare:test'
import { requestDeps } from '../../worker/deps.ts'
import { publish } from '../worker/site.ts'
import { sweepContract } from './sweep-contract.ts'

sweepContract('D1', {
  deps: () => requestDeps(env, createExecutionContext()),
  publish,
})
