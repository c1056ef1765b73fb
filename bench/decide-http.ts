/** decide over HTTP, against a bare Worker that makes the same one store read in the same runtime. */
import { compileRelease } from '../worker/core/release/compile.ts'
import { cpuNote, duel } from './http/duel.ts'
import { ask, send, type Load } from './http/load.ts'
import { seed } from './http/seed.ts'
import { startSite, type Site } from './http/site.ts'
import { number, type Bench, type Report } from './harness/row.ts'
import { configurationOf, ORIGIN, placementsOf, USUAL, WRITE_KEY } from './shop/configuration.ts'
import { peopleOf, type Person } from './shop/people.ts'

const PEOPLE = 200
const REQUESTS = 600
const ROUNDS = 27
const CONNECTIONS = 8
const BUDGET = 0.7
/** Lines of the decision log are written a second behind their answers. */
const SETTLE_MS = 1_200

const headers = { origin: ORIGIN, 'content-type': 'text/plain' }

function questionsOf(people: readonly Person[]): (n: number) => string {
  const bodies = people.map(({ anonymousId, context }) =>
    JSON.stringify({ writeKey: WRITE_KEY, anonymousId, context, placements: placementsOf(USUAL) }),
  )
  return (n) => bodies[n % bodies.length] as string
}

async function measure(site: Site): Promise<Report> {
  const config = configurationOf(USUAL)
  const epoch = await site.publish(config)
  const release = compileRelease(config, { number: 1, epoch, stopped: false })
  // The worker decides for today: of people of long ago its windows would be empty.
  const people = peopleOf(release, PEOPLE, USUAL.actions, Date.now())
  await seed(site.database, people)
  const body = questionsOf(people)
  const question: Omit<Load, 'requests' | 'connections'> = {
    port: site.ourPort,
    path: '/v1/decide',
    headers,
    body,
  }
  const answer = await ask(question)
  assertAnswer(answer, people[0] as Person)
  const amount = { requests: REQUESTS, connections: CONNECTIONS }
  // As long as ours on the mean of all people: their contents differ a little.
  const { responseBytes } = await send({ ...question, ...amount })
  const answerBytes = Math.round(responseBytes / REQUESTS)
  const floor = { ...question, port: site.barePort, path: `/read?answer=${answerBytes}` }

  const { throughput, cpu } = await duel(site, {
    rounds: ROUNDS,
    settleMs: SETTLE_MS,
    ours: () => ({ ...question, ...amount }),
    theirs: () => ({ ...floor, ...amount }),
  })
  const { ours, theirs, theirsToOurs, spread } = throughput
  return {
    rows: [
      {
        what: 'decide over HTTP, the same 1,000 segments and 200 actions',
        peer: 'bare Worker: the same one D1 read, as many bytes',
        theirs: `${number(1 / theirs)}/s`,
        ours: `${number(1 / ours)}/s`,
        ratio: theirsToOurs,
        budget: `≥ ${BUDGET}`,
        met: theirsToOurs >= BUDGET,
      },
    ],
    notes: [
      `decide over HTTP: ${CONNECTIONS} connections, ${ROUNDS} rounds of ${number(REQUESTS)} requests a side, ` +
        `middle half of the ratios ${number(spread[0], 2)}–${number(spread[1], 2)}; ` +
        `request ${number(Buffer.byteLength(body(0)))} bytes, answer ${number(answerBytes)}. ` +
        cpuNote(cpu),
    ],
  }
}

/** A cheap answer would be a wrong one: it must know the person and choose for them. */
function assertAnswer(answer: string, { profile }: Person): void {
  const { profileId, degraded, decisions } = JSON.parse(answer) as {
    profileId: string
    degraded: boolean
    decisions: Record<string, { items: unknown[] }>
  }
  const items = Object.values(decisions).flatMap((decision) => decision.items)
  if (profileId !== profile.id || degraded || items.length !== USUAL.placements) {
    throw new Error(`not the answer to measure: ${answer}`)
  }
}

export const decideHttpBench: Bench = {
  about: 'decide over HTTP against a bare Worker with the same one D1 read',
  async run() {
    const site = await startSite()
    try {
      return await measure(site)
    } finally {
      await site.stop()
    }
  },
}
