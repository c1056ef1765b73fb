/**
 * The floor: what no worker can do without. It parses the request to know whom
 * it is about, goes to D1 as often as Tsugi does for as many bytes, and answers
 * as many bytes.
 */
export default {
  async fetch(request, { DB, LOAD }) {
    const url = new URL(request.url)
    const text = await request.text()
    const body = JSON.parse(text)
    const answer = Number(url.searchParams.get('answer'))
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
