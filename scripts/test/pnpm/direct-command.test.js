import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { directCommand } from '../../pnpm/direct-command.js'

const test = suite('directCommand')

test('gives the arguments of a plain call of node', () => {
  assert.equal(directCommand('node --import tsx --conditions=@ashlar/source  a/main.ts'), [
    '--import',
    'tsx',
    '--conditions=@ashlar/source',
    'a/main.ts',
  ])
})

for (const script of [
  'tsc -b',
  'node a.js && node b.js',
  'node "a b.js"',
  'node $X',
  'node a.js | cat',
  'nodemon a',
]) {
  test(`leaves ${script} to a shell`, () => {
    assert.is(directCommand(script), undefined)
  })
}

test.run()
