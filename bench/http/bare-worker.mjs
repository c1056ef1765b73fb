/**
 * The floor: what no worker can do without. It parses the request to know whom
 * it is about, goes to D1 as often as Tsugi does for as many bytes, and answers
 * as many bytes.
 */
export default {
  async fetch(request, env) {
    const { DB, LOAD } = env
    const url = new URL(request.url)
    const text = await request.text()
    const body = JSON.parse(text)
    const answer = Number(url.searchParams.get('answer'))
    if (url.pathname.startsWith('/many/')) {
      const many = url.pathname === '/many/d1' ? onD1 : onRedis
      await many(env, text, body.batch, url.searchParams)
      return new Response('x'.repeat(answer), { headers: { 'content-type': 'application/json' } })
    }
    const { anonymousId } = body.batch?.[0] ?? body
    const { results } = await DB.prepare(LOAD).bind('anonymous_id', anonymousId).all()
    const [row] = results
    if (row === undefined) return new Response('nobody', { status: 404 })
    if (url.pathname === '/commit') await commit(DB, row, text, url.searchParams)
    return new Response('x'.repeat(answer), { headers: { 'content-type': 'application/json' } })
  },
}

/** As many bytes as Tsugi writes of this request into outbox and profile. */
async function commit(db, { id, version, doc: old }, text, params) {
  const [outbox, doc] = [Number(params.get('outbox')), Number(params.get('doc'))]
  await db.batch([
    db
      .prepare('INSERT INTO outbox (commit_id, body, received_ms) VALUES (?1, ?2, ?3)')
      .bind(crypto.randomUUID(), text.padEnd(outbox, 'x').slice(0, outbox), Date.now()),
    db
      .prepare('UPDATE profile SET version = ?1, doc = ?2 WHERE id = ?3')
      // JSON like ours: its quotes are escaped on the way to D1.
      .bind(version + 1, old.repeat(Math.ceil(doc / old.length)).slice(0, doc), id),
  ])
}

const filled = (text, bytes) => text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes)

/** Many people in one request: one read of them all, one commit of them all, as they were. */
async function onD1({ DB, LOAD_MANY }, text, messages, params) {
  const wanted = messages.map(({ anonymousId }) => ({ type: 'anonymous_id', value: anonymousId }))
  const { results } = await DB.prepare(LOAD_MANY).bind(JSON.stringify(wanted)).all()
  if (results.length !== messages.length) throw new Error(`${results.length} people found`)
  const rows = results.map(({ id, version, doc }) => {
    JSON.parse(doc)
    return { id, version: version + 1, doc }
  })
  await DB.batch([
    DB.prepare('INSERT INTO outbox (commit_id, body, received_ms) VALUES (?1, ?2, ?3)').bind(
      crypto.randomUUID(),
      filled(text, Number(params.get('outbox'))),
      Date.now(),
    ),
    DB.prepare(
      `INSERT INTO profile (id, version, doc)
       SELECT e.value->>'id', e.value->>'version', e.value->>'doc' FROM json_each(?1) e WHERE true
       ON CONFLICT (id) DO UPDATE SET version = excluded.version, doc = excluded.doc`,
    ).bind(JSON.stringify(rows)),
  ])
}

/** The same on Redis: one MGET of index and profiles, one transaction. */
async function onRedis(env, text, messages, params) {
  const ask = async (path, command) => {
    const response = await fetch(env.UPSTASH_REDIS_REST_URL + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` },
      body: JSON.stringify(command),
    })
    if (!response.ok) throw new Error(await response.text())
    return response.json()
  }
  const ids = messages.map(({ anonymousId }) => anonymousId)
  const { result } = await ask('/', [
    'MGET',
    ...ids.map((id) => `bare:i:${id}`),
    ...ids.map((id) => `bare:p:${id}`),
  ])
  const people = result.slice(ids.length)
  for (const person of people) JSON.parse(person.slice(person.indexOf('{')))
  await ask('/multi-exec', [
    ...ids.map((id, i) => ['SET', `bare:p:${id}`, people[i]]),
    // Last: a letter beyond Latin makes whatever is put behind it dearer to send.
    ['XADD', 'bare:o', '*', 't', Date.now(), 'b', filled(text, Number(params.get('outbox')))],
  ])
}
