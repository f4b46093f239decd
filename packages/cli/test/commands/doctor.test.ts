import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createOutput } from '../../src/terminal/output.ts'
import { examineMachine, type Finding, type Machine, thisMachine } from '../../src/work/doctor.ts'
import { ashlarJson, recorder } from '../support/ashlar.ts'

const test = suite('ashlar doctor')

const missing = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOENT' }))
const answer = (stdout: string) => ({ code: 0, signal: null, stdout, stderr: '' })

/** A machine where all is well, but for what is given. */
function machine(given: Partial<Machine> = {}): Machine {
  return {
    node: '22.1.0',
    run: async (command) =>
      answer(command === 'pnpm' ? '12.0.0\n' : '3.12.1\nonnx 1.20.0\ntorch 2.13.0\n'),
    cpuInfo: async () => 'flags\t\t: fpu avx avx2 avx512f\n',
    largePages: async () => '[always] madvise never\n',
    glibc: '2.36',
    tunables: '',
    freeBytes: async () => 5e10,
    native: async () => ({ state: 'absent', folder: '/cache' }),
    compute: async () => 42,
    ...given,
  }
}

async function examine(given: Partial<Machine> = {}): Promise<[boolean, string]> {
  const { stream, text } = recorder()
  const output = createOutput({}, { stdout: stream, stderr: recorder().stream })
  return [await examineMachine('ashlar', output, machine(given)), text()]
}

test('says what is there, and what to do about the rest', async () => {
  const [healthy, text] = await examine()
  assert.ok(healthy)
  assert.match(text, /^ok {2}Node {14}22\.1\.0, /)
  assert.match(text, /^ok {2}processor {9}.*, \d+ cores: avx512f, avx2, avx$/m)
  assert.match(text, /^ok {2}onnxruntime {7}[\d.]+, computes$/m)
  assert.match(text, /^-- {2}TensorFlow native not installed\n +Only --engine .*native install$/m)
  assert.match(text, /^ok {2}pnpm {14}12\.0\.0$/m)
  assert.match(
    text,
    /^ok {2}Python {12}3\.12\.1, onnx 1\.20\.0, torch 2\.13\.0\n.*pip install onnxruntime keras/m,
  )
  assert.match(text, /^ok {2}disk {14}50 GB free in /m)
})

test('an old Node and an onnxruntime that does not compute are broken', async () => {
  const [healthy, text] = await examine({ node: '18.20.0' })
  assert.not.ok(healthy)
  assert.match(text, /^!! {2}Node .*\n +Install Node 20\.19 or newer\.$/m)
  const [computes, why] = await examine({ compute: async () => 41 })
  assert.not.ok(computes)
  assert.match(why, /^!! .*does not work: 21 times 2 came out as 41\n +Install again/m)
  assert.not.ok((await examine({ compute: () => Promise.reject(new Error('no library')) }))[0])
  assert.match(
    why,
    'Install again (npm install); its binary comes in the package @ashlar/onnxruntime, or one of that name and this platform.',
  )
})

test('what is lacking is no failure, but comes with advice', async () => {
  const [healthy, text] = await examine({
    run: missing,
    cpuInfo: async () => 'flags : fpu\n',
    freeBytes: async () => 1e9,
    native: async () => ({ state: 'broken', folder: '/cache', problem: 'libx is missing' }),
  })
  assert.ok(healthy)
  assert.match(text, /^-- {2}pnpm {14}not found\n +Only work on Ashlar itself/m)
  assert.match(text, /^-- {2}Python {12}not found\n +Only tests and benchmarks/m)
  assert.match(text, /^-- {2}disk {14}1\.0 GB free in .*\n +Runs, datasets/m)
  assert.match(text, /^-- {2}TensorFlow native does not work: libx is missing\n.*install --force$/m)
})

test('large pages are advised where they are there for who asks, and the C library can', async () => {
  const madvise = async () => 'always [madvise] never\n'
  const [healthy, text] = await examine({ largePages: madvise })
  assert.ok(healthy)
  assert.match(
    text,
    /^-- {2}memory pages {6}small: large ones are given to programs that ask\n +Training takes up to 5 % less time with GLIBC_TUNABLES=glibc\.malloc\.hugetlb=1 in the environment\.$/m,
  )
  const tunables = 'glibc.malloc.check=0:glibc.malloc.hugetlb=1'
  for (const [given, answer] of [
    [{}, 'large, for all programs'],
    [{ largePages: madvise, tunables }, 'large, as asked for'],
    [{ largePages: madvise, tunables: 'glibc.malloc.hugetlb=2' }, 'large, as asked for'],
    [{ largePages: madvise, glibc: '2.31' }, 'as the system has them'],
    [{ largePages: madvise, glibc: undefined }, 'as the system has them'],
    [{ largePages: async () => '' }, 'as the system has them'],
    [{ largePages: async () => 'always madvise [never]' }, 'as the system has them'],
  ] as const) {
    assert.match((await examine(given))[1], `ok  memory pages      ${answer}\n`)
  }
})

test('this machine: Node and onnxruntime are fine, as one JSON object', async () => {
  const { findings } = await ashlarJson<{ findings: Finding[] }>('doctor')
  const state = new Map(findings.map((finding) => [finding.name, finding.state]))
  assert.is(state.get('Node'), 'fine')
  assert.is(state.get('onnxruntime'), 'fine')
  assert.is(findings.length, 8)
  assert.type(await thisMachine().cpuInfo(), 'string')
})

test.run()
