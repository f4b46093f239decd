import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('scripts/pack.js')

const SCRIPT = fileURLToPath(new URL('../pack.js', import.meta.url))

test('says before it builds anything what must be given', () => {
  for (const [args, problem] of /** @type {const} */ ([
    [[], /--out must name a folder for the tarballs/],
    [
      ['--out', '/nowhere/packed', '--platforms', 'plan9-mips'],
      /--platforms must be all, or some of .*linux-x64.*, got "plan9-mips"/,
    ],
  ])) {
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' })
    assert.is(status, 1)
    assert.match(stderr, problem)
  }
})

test.run()
