import { withoutCredentials } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('access')

test('an address is shown without user and password, whatever signs these have', () => {
  for (const [given, shown] of [
    ['redis://me:secret@host:6379', 'redis://host:6379'],
    ['redis://:secret@host:6379/2', 'redis://host:6379/2'],
    ['rediss://me@host', 'rediss://host'],
    ['redis://me:sec@ret@host:6379', 'redis://host:6379'],
    ['https://me:sec%40ret@host/path?q=1', 'https://host/path?q=1'],
    // No address can be made of these.
    ['redis://me:sec/ret@host:6379', 'redis://host:6379'],
    ['redis://me:sec#r@et@host', 'redis://host'],
    ['redis://me:sec\nret@host:x', 'redis://host:x'],
  ] as const) {
    assert.is(withoutCredentials(given), shown, given)
  }
})

test('an address that has neither is left as it is', () => {
  for (const given of [
    'redis://host:6379',
    'https://host',
    'https://HOST:443/a b',
    'https://host/me@there',
    's3://bucket/prefix',
    'me@there',
    '/some/path',
    '',
  ]) {
    assert.is(withoutCredentials(given), given)
  }
})

test.run()
