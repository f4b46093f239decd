import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('scripts/pack.js')

const SCRIPT = fileURLToPath(new URL('../pack.js', import.meta.url))

test('says before it builds anything what must be given', () => {
  for (const [args, problem] of /** @type {const} */ ([
    [['--folder', 'packed'], /Unknown option '--folder'/],
    [['--out'], /--out/],
    [['packed'], /packed/],
    [['--out', ''], /--out must name a folder/],
    [[], /--out must name a folder for the tarballs/],
    [
      ['--out', '/nowhere/packed', '--platforms', 'plan9-mips'],
      /--platforms must be all, or some of .*linux-x64.*, got "plan9-mips"/,
    ],
  ])) {
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' })
    assert.is(status, 2)
    assert.match(stderr, problem)
    assert.match(stderr, /^usage: /m)
    assert.not.match(stderr, /^ +at /m)
  }
})

test('--help is what it takes, and nothing else', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, '--help'], {
    encoding: 'utf8',
  })
  assert.is(status, 0)
  assert.match(stdout, /^usage: node scripts\/pack\.js --out FOLDER/)
  assert.is(stderr, '')
})

test.run()
