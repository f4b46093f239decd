import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nodeFlags } from '../../src/streams/node-flags.ts'

const test = suite('node flags')

test('a built module starts with none: what `node -e` runs would start itself without end', () => {
  for (const flag of ['-e', '--eval', '-p', '--print', '-pe']) {
    assert.equal(nodeFlags('/dist/streams/scan-process.js', [flag, 'read()']), [], flag)
  }
  assert.equal(nodeFlags('/dist/streams/scan-process.js', ['--test', '--watch']), [])
})

test('a source takes what reads TypeScript along, and no port of an inspector', () => {
  const readers = ['--import', 'file:///scripts/typescript/index.js', '--conditions=@ashlar/source']
  const given = ['--inspect=0', ...readers, '--inspect-brk']
  assert.equal(nodeFlags('/src/streams/scan-process.ts', given), readers)
})

test.run()
