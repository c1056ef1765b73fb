import { expect, test } from 'vitest'
import { connectionOf, UsageError } from '../../cli/connection.ts'

test.each([
  ['the local worker', {}, {}, 'http://127.0.0.1:8787', 'at_demo'],
  ['on another port', {}, { PORT: '9000' }, 'http://127.0.0.1:9000', 'at_demo'],
  [
    'by environment',
    {},
    { TSUGI_URL: 'https://t.example/', TSUGI_TOKEN: 'at_1', PORT: '9000' },
    'https://t.example',
    'at_1',
  ],
  [
    'an option wins',
    { url: 'http://localhost:1/', token: 'at_2' },
    { TSUGI_URL: 'https://t.example', TSUGI_TOKEN: 'at_1' },
    'http://localhost:1',
    'at_2',
  ],
  ['under a path', { url: 'https://t.example/a/', token: 'x' }, {}, 'https://t.example/a', 'x'],
  ['IPv6 loopback', { url: 'http://[::1]:5' }, {}, 'http://[::1]:5', 'at_demo'],
])('%s', (_name, options, environment, url, token) => {
  expect(connectionOf(options, environment)).toEqual({ url, token })
})

test.each([
  'https://tsugi.example.com',
  'http://127.0.0.1.evil.example',
  'http://localhost.evil.example',
  'http://10.0.0.1',
])('the demo token is never offered to %s', (url) => {
  expect(() => connectionOf({ url }, {})).toThrow(UsageError)
  expect(() => connectionOf({ url }, {})).toThrow('admin token')
})

test.each(['tsugi.example.com', 'ftp://127.0.0.1', 'not an address'])('%s is no address', (url) => {
  expect(() => connectionOf({ url }, {})).toThrow('is not an address')
})
