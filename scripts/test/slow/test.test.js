import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HEAD, PASSING, runTests } from '../support/run-tests.js'

const test = suite('scripts/test.js, each kind of file and option')

test('is not fooled by what tests print', async () => {
  const { last } = await runTests({
    'a/test/one.test.ts': `${HEAD}t('1', () => { console.log('  Total: 9\\n9 passed, 0 failed'); assert.ok(false) })\nt.run()\n`,
  })
  assert.is(last, '0 passed, 1 failed')
})

test('fails a file that cannot run its tests, names it, and goes on with the rest', async () => {
  const broken = {
    'forgets-run': `${HEAD}t('1', () => {})\n`,
    'has-no-test': `${HEAD}t.run()\n`,
    'cannot-load': "import './missing.ts'\n",
    'hook-fails': `${HEAD}t.before(() => { throw new Error('no') })\nt('1', () => {})\nt.run()\n`,
    'last-hook-fails': `${HEAD}t.after(() => { throw new Error('no') })\nt('1', () => {})\nt.run()\n`,
    'exits-well': `${HEAD}t('1', () => { process.exit(0) })\nt.run()\n`,
    aborts: `${HEAD}t('1', () => { process.abort() })\nt.run()\n`,
    rejects: `${HEAD}t('1', async () => { Promise.reject(new Error('x')); await new Promise((r) => setTimeout(r, 50)) })\nt.run()\n`,
    'waits-for-nothing': `${HEAD}t('1', () => new Promise(() => {}))\nt.run()\n`,
  }
  const files = Object.entries(broken).map(([name, text]) => [`a/test/${name}.test.ts`, text])
  const { code, lines, last } = await runTests({
    ...Object.fromEntries(files),
    'a/test/z-good.test.ts': PASSING,
  })
  assert.is(last, '1 passed, 10 failed')
  assert.is(code, 1)
  const failed = lines.slice(lines.indexOf('Failed') + 1, -2)
  assert.equal(failed, [
    '  a/test/aborts.test.ts ended its process (SIGABRT)',
    '  a/test/cannot-load.test.ts could not be loaded',
    '  a/test/exits-well.test.ts ended its process (exit code 0)',
    '  a/test/forgets-run.test.ts has no suite that is run: .run() is missing',
    '  a/test/has-no-test.test.ts has no test',
    '  a/test/hook-fails.test.ts has a hook that throws, whose error uvu does not show',
    '  a/test/last-hook-fails.test.ts has an after hook that throws',
    '  a/test/rejects.test.ts ended its process (exit code 1)',
    '  a/test/waits-for-nothing.test.ts ended its process (exit code 13)',
  ])
})

test('stops a file that takes too long, with what it started', async () => {
  // However little of it has happened by then.
  const { code, lines, last } = await runTests(
    {
      'a/test/hangs.test.ts': `${HEAD}import { spawn } from 'node:child_process'
t('1', () => { spawn('sleep', ['60000'], { stdio: 'inherit' }); for (;;) {} })\nt.run()\n`,
    },
    ...['--timeout', '1.5'],
  )
  assert.is(last, '0 passed, 1 failed')
  assert.is(code, 1)
  assert.ok(lines.includes('  a/test/hangs.test.ts took more than 1.5 s'))
})

test('ends a process that does not end by itself, and says so', async () => {
  const { lines, last } = await runTests(
    {
      'a/test/leaves-a-timer.test.ts': `${HEAD}t('1', () => { setInterval(() => {}, 1000) })\nt.run()\n`,
    },
    ...['--closing', '0.5'],
  )
  assert.is(last, '1 passed, 1 failed')
  assert.ok(
    lines.includes(
      '  a/test/leaves-a-timer.test.ts or a file before it left something running that keeps the process alive',
    ),
  )
})

test('shows what files cost, as many as it is told to', async () => {
  const files = { 'a/test/one.test.ts': PASSING, 'a/test/two.test.ts': PASSING }
  /** @param {string[]} args */
  const shown = async (...args) => {
    const { lines } = await runTests(files, ...args)
    const from = lines.indexOf('Slowest files (CPU time, time)')
    return lines.slice(from + 1, lines.indexOf('', from))
  }
  const all = await shown()
  assert.is(all.length, 2)
  for (const line of all)
    assert.match(line, /^ +\d+\.\d s +\d+\.\d s {2}a\/test\/(one|two)\.test\.ts$/)
  assert.is((await shown('--slowest', '1')).length, 1)
})

test('fails a package without tests, and a run without any', async () => {
  const missing = await runTests({
    'a/test/one.test.ts': PASSING,
    'b/src/index.ts': '',
    'c/test/slow/two.test.ts': PASSING,
  })
  assert.is(missing.last, '1 passed, 1 failed')
  assert.ok(missing.lines.includes('  b/test/*.test.ts is missing'))
  const none = await runTests({ 'a/test/one.test.ts': PASSING }, '--tier', 'deep')
  assert.is(none.last, '0 passed, 0 failed')
  assert.is(none.code, 1)
})

test('runs a tier, a package, or a part of one', async () => {
  const files = {
    'a/test/ops/one.test.ts': PASSING,
    'a/test/two.test.ts': PASSING,
    'a/test/peers/three.test.ts': PASSING,
    'b/test/four.test.ts': PASSING,
  }
  assert.is((await runTests(files, 'a')).last, '2 passed, 0 failed')
  assert.is((await runTests(files, 'a/ops', 'b')).last, '2 passed, 0 failed')
  assert.is((await runTests(files, '--tier', 'peers')).last, '1 passed, 0 failed')
})

test('runs single slow tests of a file in the tier slow alone', async () => {
  // As @ashlar/test-support does it.
  const tiered = `import { suite } from 'uvu'
const tieredSuite = (name) => {
  const all = suite(name)
  const none = () => {}
  return globalThis.ASHLAR_TIER === 'slow'
    ? { test: Object.assign(() => {}, { run: all.run }), slow: all }
    : { test: all, slow: none }
}
${'const'} { test, slow } = tieredSuite('both')
test('1', () => {})
test('2', () => {})
slow('3', () => {})
test.run()
`
  const files = { 'a/test/both.test.ts': tiered, 'a/test/one.test.ts': PASSING }
  assert.is((await runTests(files)).last, '3 passed, 0 failed')
  assert.is((await runTests(files, '--tier', 'slow')).last, '1 passed, 0 failed')
  assert.is((await runTests(files, '--tier', 'deep')).last, '0 passed, 0 failed')
})

test('a sample leaves out members of families, says how many, and how to choose the same again', async () => {
  const family = `${HEAD}const seed = globalThis.ASHLAR_SAMPLE
const left = seed === undefined ? 0 : 2
globalThis.ASHLAR_LEFT_OUT += left
for (let at = left; at < 3; at++) t('m' + at + seed, () => {})
t.run()
`
  const left = `${HEAD}if (globalThis.ASHLAR_SAMPLE === undefined) t('1', () => {})\nelse globalThis.ASHLAR_LEFT_OUT += 1\nt.run()\n`
  const files = { 'a/test/deep/family.test.ts': family, 'a/test/deep/left.test.ts': left }
  assert.is((await runTests(files, '--tier', 'deep')).last, '4 passed, 0 failed')
  const { lines, last } = await runTests(files, '--tier', 'deep', '--sample', 'abc')
  assert.is(last, '1 passed, 0 failed')
  assert.ok(
    lines.includes('3 members of families left out: --sample abc chooses the same ones again'),
  )
  assert.ok(lines.some((line) => /^CPU time of all files of the tier deep: \d+\.\d s$/.test(line)))
  // What every change is tried with is no sample.
  assert.is((await runTests(files, '--sample', 'abc')).code, 2)
})

test('two processes share the files of a tier; those that need what is made once keep to one', async () => {
  const told = `${HEAD}t('1', () => { console.log('pid', process.pid) })\nt.run()\n`
  const slowly = `${HEAD}t('1', async () => { console.log('pid', process.pid); await new Promise((done) => setTimeout(done, 300)) })\nt.run()\n`
  const pids = async (/** @type {string} */ name) => {
    const { lines, last } = await runTests(
      {
        [`${name}/test/deep/a.test.ts`]: slowly,
        [`${name}/test/deep/b.test.ts`]: told,
        [`${name}/test/deep/c.test.ts`]: slowly,
      },
      ...['--tier', 'deep', '--jobs', '2'],
    )
    assert.is(last, '3 passed, 0 failed')
    return new Set(
      lines.filter((line) => line.includes('pid ')).map((line) => /\d+/.exec(line)?.[0]),
    )
  }
  assert.is((await pids('a')).size, 2)
  assert.is((await pids('e2e')).size, 1)
})

test('runs with standard ONNX alone when asked to, and as ever otherwise', async () => {
  const says = (/** @type {string} */ forms) =>
    `${HEAD}t('forms', () => { assert.is(process.env.ASHLAR_FORMS ?? '', '${forms}') })\nt.run()\n`
  const files = { 'a/test/as-ever.test.ts': says(''), 'a/test/portable.test.ts': says('portable') }
  assert.is((await runTests(files, '--portable', 'a/portable')).last, '1 passed, 0 failed')
  assert.is((await runTests(files, 'a/as-ever')).last, '1 passed, 0 failed')
})

test.run()
