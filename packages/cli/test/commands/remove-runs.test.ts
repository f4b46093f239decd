import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRun, holdRun } from '@ashlar/experiment/runs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar runs --delete and --prune')

async function write(
  out: string,
  name: string,
  outcome: string,
  accuracy: number,
  more: object = {},
) {
  const run = join(out, name)
  await mkdir(join(run, 'checkpoints'), { recursive: true })
  await writeFile(join(run, 'checkpoints/1.safetensors'), 'x'.repeat(5000))
  await writeFile(join(run, 'config.yaml'), `name: ${name}\nmodel: { name: mlp }\n`)
  const summary = {
    outcome,
    began: '2026-11-24T10:00:00.000Z',
    steps: 1,
    seconds: 1,
    parameters: 1,
  }
  await writeFile(
    join(run, 'summary.json'),
    JSON.stringify({ ...summary, training: {}, test: { accuracy }, ...more }),
  )
}

async function someRuns(out: string) {
  await write(out, '1-good', 'finished', 0.9)
  await write(out, '2-bad', 'finished', 0.2)
  await write(out, '3-failed', 'failed', 0)
  await write(out, '4-noted', 'failed', 0)
  await write(out, '5-stopped', 'stopped', 0.5)
  await writeFile(join(out, '4-noted/notes.json'), JSON.stringify({ tags: ['why'], note: '' }))
  await writeFile(join(out, 'mine.txt'), 'mine')
}

const runsIn = async (out: string) => (await readdir(out)).filter((name) => /^\d/.test(name))

test('shows what it would delete, and deletes with --yes', () =>
  inScratch({}, async (out) => {
    await someRuns(out)
    const shown = await ashlar('runs', 'accuracy<0.4', '--delete', '--out', out)
    assert.is(shown.code, 0, shown.err)
    assert.match(shown.out, /would delete {2}.*2-bad \(5\.\d KB\)/)
    assert.match(shown.out, /to delete them, add --yes\n$/)
    assert.is((await runsIn(out)).length, 5)
    const { removed, targets } = await ashlarJson<{ removed: boolean; targets: { run: string }[] }>(
      ...['runs', 'accuracy<0.4', 'outcome=finished', '--delete', '--yes', '--out', out],
    )
    assert.ok(removed)
    assert.equal(
      targets.map(({ run }) => run),
      ['2-bad'],
    )
    assert.equal(await runsIn(out), ['1-good', '3-failed', '4-noted', '5-stopped'])
    const left = await ashlarJson<{ runs: { run: string }[] }>('runs', '--out', out)
    assert.is(left.runs.length, 4)
  }))

test('deletes runs by name, by folder and as the latest; conditions beside names hold as well', () =>
  inScratch({}, async (out) => {
    await someRuns(out)
    await symlink('5-stopped', join(out, 'latest'))
    const deleted = async (...given: string[]) => {
      const { targets } = await ashlarJson<{ targets: { run: string }[] }>(
        ...['runs', '--delete', ...given, '--out', out],
      )
      return targets.map(({ run }) => run)
    }
    assert.equal((await deleted('2-bad', join(out, '1-good/'))).sort(), ['1-good', '2-bad'])
    assert.equal(await deleted('latest'), ['5-stopped'])
    assert.equal(await deleted('1-good', '2-bad', 'accuracy<0.4'), ['2-bad'])
    assert.equal(await deleted('2-bad', '--yes'), ['2-bad'])
    assert.equal(await runsIn(out), ['1-good', '3-failed', '4-noted', '5-stopped'])
    for (const [wrong, hint] of [
      ['3-faild', /got "3-faild"\n {2}Did you mean "3-failed"\?/],
      [
        'mine.txt',
        /--delete: must be a run in \S+, or a condition such as outcome=failed, got "mine.txt"/,
      ],
    ] as const) {
      const { code, err } = await ashlar('runs', '--delete', '--yes', wrong, '1-good', '--out', out)
      assert.is(code, 2)
      assert.match(err, hint)
    }
    assert.is((await runsIn(out)).length, 4)
  }))

test('prunes failed runs that nobody marked, and checkpoints of finished ones', () =>
  inScratch({}, async (out) => {
    await someRuns(out)
    const { out: told } = await ashlar('runs', '--prune', '--yes', '--out', out)
    assert.match(told, /deleted {2}.*3-failed \(/)
    assert.match(told, /deleted {2}.*1-good\/checkpoints \(5\.\d KB, checkpoints alone\)/)
    assert.equal(await runsIn(out), ['1-good', '2-bad', '4-noted', '5-stopped'])
    assert.not.ok((await readdir(join(out, '1-good'))).includes('checkpoints'))
    // It may go on.
    assert.ok((await readdir(join(out, '5-stopped'))).includes('checkpoints'))
    assert.ok((await readdir(out)).includes('mine.txt'))
    assert.match((await ashlar('runs', '--prune', '--out', out)).out, /^nothing to delete\n$/)
  }))

test('a run under way stays', () =>
  inScratch({}, async (out) => {
    const run = await createRun(out, 'a', new Date())
    await run.write('config.yaml', 'name: a\nmodel: { name: mlp }\n')
    await holdRun(run, new Date(), async () => {
      const { err, out: told } = await ashlar('runs', 'run!=x', '--delete', '--yes', '--out', out)
      assert.is(err, `${run.name} is under way, and stays\n`)
      assert.is(told, 'nothing to delete\n')
    })
    assert.equal(await runsIn(out), [run.name])
  }))

test('needs a condition to delete, and one of the two', () =>
  inScratch({}, async (out) => {
    await someRuns(out)
    const all = await ashlar('runs', '--delete', '--yes', '--out', out)
    assert.is(all.code, 2)
    assert.match(all.err, /names or conditions must say which runs: <run>, outcome=failed/)
    const both = await ashlar('runs', 'run=x', '--delete', '--prune', '--out', out)
    assert.is(both.code, 2)
    assert.match(both.err, /--delete and --prune exclude each other/)
    assert.is((await runsIn(out)).length, 5)
  }))

test.run()
