import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sections } from '../../runner/sections.js'

const test = suite('sections')

test('writes the first open section at once and keeps the others together', () => {
  let out = ''
  const open = sections((text) => {
    out += text
  })
  const [a, b, c] = [open(), open(), open()]
  b.write('b1 ')
  a.write('a1 ')
  assert.is(out, 'a1 ')
  c.write('c1 ')
  c.end()
  a.write('a2 ')
  a.end()
  assert.is(out, 'a1 a2 b1 ')
  b.write('b2 ')
  assert.is(out, 'a1 a2 b1 b2 ')
  b.end()
  assert.is(out, 'a1 a2 b1 b2 c1 ')
  open().write('d1')
  assert.is(out, 'a1 a2 b1 b2 c1 d1')
})

test.run()
