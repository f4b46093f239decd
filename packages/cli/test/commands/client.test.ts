import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, TINY } from '../support/ashlar.ts'
import { withServer } from '../support/served.ts'

const { test, slow } = tieredSuite('ashlar client')

slow('a model that takes no pictures is refused', () =>
  withServer([TINY], async (url) => {
    const { code, err } = await ashlar('client', 'picture.png', '--url', url)
    assert.is(code, 2)
    assert.match(err, /model tiny: must take pictures: one input of float32/)
  }),
)

test('nobody there: one line, and what to do', async () => {
  const { code, err } = await ashlar('client', 'picture.png', '--url', 'http://127.0.0.1:1')
  assert.is(code, 1)
  assert.match(err, /a server must answer there/)
  assert.match(err, /ashlar serve/)
})

test.run()
