import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar } from './support/ashlar.ts'

const test = suite('ashlar command line')

const COMMANDS = [
  'run',
  'train',
  'evaluate',
  'export',
  'verify',
  'convert',
  'serve',
  'summary',
  'plugins',
  'config',
  'schema',
  'new plugin',
  'native',
  'doctor',
]

test('the help names every command, with examples and exit codes', async () => {
  const { code, out, err } = await ashlar('--help')
  assert.is(code, 0)
  assert.is(err, '')
  for (const command of COMMANDS)
    assert.match(out, new RegExp(`^ {2}${command.split(' ')[0]} `, 'm'))
  assert.match(out, /Examples:\n {2}\$ ashlar run mnist-mini-resnet /)
  assert.match(out, /Exit codes: 0 done, 1 the work failed, 2 wrong usage, 130 stopped by Ctrl-C\./)
})

for (const command of COMMANDS) {
  test(`the help of ${command} has examples, --json and --verbose`, async () => {
    const { code, out } = await ashlar(...command.split(' '), '--help')
    assert.is(code, 0)
    assert.match(out, new RegExp(`Examples:\n {2}\\$ ashlar ${command}`))
    assert.match(out, /--json/)
    assert.match(out, /--verbose/)
  })
}

test('the version is that of the package', async () => {
  const manifest = new URL('../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  assert.equal(await ashlar('--version'), { code: 0, out: `${version}\n`, err: '' })
})

test('without a command the help is shown, as wrong usage', async () => {
  const { code, out, err } = await ashlar()
  assert.is(code, 2)
  assert.is(out, '')
  assert.match(err, /^Usage: ashlar /)
})

const wrong: readonly [args: string[], first: string][] = [
  [['rnu', 'mnist-mini-resnet'], "ashlar: unknown command 'rnu' (Did you mean run?)"],
  [
    ['run', 'mnist-mini-resnet', '--ot', 'x'],
    "ashlar: unknown option '--ot' (Did you mean --out?)",
  ],
  [['run'], 'ashlar: an experiment must be given, or a run to go on with: --resume <run>'],
  [
    ['run', 'mnist-mini-resnet', '--opset', 'ten'],
    "ashlar: option '--opset <number>' argument 'ten' is invalid. must be a positive integer.",
  ],
  [
    ['summary', 'mini-resnet', '--input', '28,x'],
    "ashlar: option '--input <shape>' argument '28,x' is invalid. must be positive integers joined with commas, such as 28,28,1.",
  ],
  [['verify'], "ashlar: missing required argument 'file'"],
  [
    ['verify', 'a', '--timeout', '0'],
    "ashlar: option '--timeout <seconds>' argument '0' is invalid. must be a number above 0.",
  ],
  [['evaluate', 'a', '--engine'], "ashlar: option '--engine <name>' argument missing"],
]

for (const [args, first] of wrong) {
  test(`wrong usage: ${args.join(' ')}`, async () => {
    assert.equal(await ashlar(...args), {
      code: 2,
      out: '',
      err: `${first}\n  See ashlar --help.\n`,
    })
  })
}

test('--json answers wrong usage with an object', async () => {
  const { code, out, err } = await ashlar('run', 'mnist-mini-resnet', '--ot', '--json')
  assert.is(code, 2)
  assert.is(err, '')
  assert.equal(JSON.parse(out), {
    error: {
      code: 'USAGE',
      where: 'ashlar',
      message: "ashlar: unknown option '--ot' (Did you mean --out?)\n  See ashlar --help.",
      hint: 'See ashlar --help.',
    },
  })
})

test.run()
