/** Stands in for worker/index.ts until it exists. */
export default {
  fetch: (): Response => new Response('no worker yet', { status: 501 }),
}
