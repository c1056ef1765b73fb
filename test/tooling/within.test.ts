/** What tests wait for is given up some day, and named. */
import { expect, test, vi } from 'vitest'
import { runProgram } from '../support/program.ts'
import { within } from '../support/within.ts'

test('what comes in time is handed on, a failure as well, and no timer is left', async () => {
  vi.useFakeTimers()
  try {
    expect(await within(10, 'a word', Promise.resolve('here'))).toBe('here')
    const failing = within(10, 'a word', Promise.reject(new Error('its own')))
    await expect(failing).rejects.toThrow('its own')
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('what does not come is given up: what it was, and what was heard until then', async () => {
  const never = new Promise(() => {})
  await expect(within(10, 'a word', never)).rejects.toThrow('Waited 0.01 s for a word, in vain.')
  await expect(within(10, 'a word', never, () => 'Heard: hm')).rejects.toThrow(
    'in vain.\nHeard: hm',
  )
})

test('a program that hangs is ended; one that ends is told whole', async () => {
  const hangs = ['-c', 'echo $$; exec sleep 1000']
  const hung = runProgram('/bin/sh', hangs, { limitMs: 1000 })
  const error = await hung.then(
    () => null,
    (reason: Error) => reason,
  )
  expect(error?.message).toContain('Waited 1 s for the end of /bin/sh -c echo $$; exec sleep 1000')
  const heard = /It said: (\d+)/.exec(error?.message ?? '')?.[1]
  if (heard !== undefined) {
    await vi.waitFor(() => expect(() => process.kill(Number(heard), 0)).toThrow('ESRCH'), 60_000)
  }
  expect(await runProgram('/bin/sh', ['-c', 'cat; echo e >&2; exit 3'], { input: 'i' })).toEqual({
    code: 3,
    out: 'i',
    err: 'e\n',
  })
  await expect(runProgram('/no/such/program', [])).rejects.toThrow('ENOENT')
})
