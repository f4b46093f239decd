import { mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRun, isRun, openRun } from '../../src/index.ts'
import { compareRuns, listRuns } from '../../src/runs/index.ts'
import { configOf, summaryOf, writeRun } from '../support/run-folders.ts'

const test = suite('folders of runs that somebody else made')

test('`latest` names a folder beside it, and nothing elsewhere', () =>
  inScratch({}, async (folder) => {
    const out = join(folder, 'runs')
    await writeRun(out, '1-a', configOf('a', 'adam'), summaryOf(0.9))
    await writeRun(folder, 'mine', configOf('mine', 'adam'), summaryOf(0.9))
    const latest = join(out, 'latest')
    await writeFile(latest, '1-a\n')
    assert.is((await openRun(latest)).name, '1-a')
    for (const name of [
      '../mine',
      join(folder, 'mine'),
      '..',
      '',
      '1-a/../../mine',
      '1-a\\..',
      'x'.repeat(9000),
    ]) {
      await writeFile(latest, name)
      assert.not.ok(await isRun(latest), name)
    }
  }))

test('a link `latest` leads to a folder beside it, and nowhere else', () =>
  inScratch({}, async (folder) => {
    const out = join(folder, 'runs')
    await writeRun(out, '1-a', configOf('a', 'adam'), summaryOf(0.9))
    await writeRun(folder, 'mine', configOf('mine', 'adam'), summaryOf(0.9))
    const latest = join(out, 'latest')
    await symlink('1-a', latest)
    assert.is((await openRun(latest)).path, join(out, '1-a'))
    assert.equal(
      (await listRuns(out)).map(({ run }) => run),
      ['1-a'],
    )
    for (const target of ['../mine', join(folder, 'mine'), '..', '.', './1-a']) {
      await rm(latest)
      await symlink(target, latest)
      assert.not.ok(await isRun(latest), target)
    }
  }))

test('a new run takes the place of a file `latest`, and leaves none that is removed', () =>
  inScratch({}, async (out) => {
    await writeFile(join(out, 'latest'), 'older\n')
    const run = await createRun(out, 'b', new Date('2026-11-24T12:00:00'))
    assert.is(await readlink(join(out, 'latest')), run.name)
    const second = await createRun(out, 'c', new Date('2026-11-24T12:00:01'))
    await run.remove()
    assert.is(await readlink(join(out, 'latest')), second.name)
    await second.remove()
    assert.equal(await readdir(out), [])
  }))

test('an index is added to, not whatever a link in its place leads to', () =>
  inScratch({}, async (folder) => {
    const out = join(folder, 'runs')
    await writeRun(out, '1-a', configOf('a', 'adam'), summaryOf(0.9))
    await listRuns(out)
    const index = await readFile(join(out, 'index.jsonl'), 'utf8')
    const other = join(folder, 'other')
    await writeRun(other, '2-b', configOf('b', 'adam'), summaryOf(0.9))
    const secret = join(folder, 'secret')
    await writeFile(secret, index)
    await symlink(secret, join(other, 'index.jsonl'))
    assert.is((await listRuns(other)).length, 1)
    assert.is(await readFile(secret, 'utf8'), index)
    // The link has given way to a file.
    assert.is((await listRuns(other)).length, 1)
  }))

test('lines of an index that are no records are passed over', () =>
  inScratch({}, async (folder) => {
    await writeRun(folder, '1-a', configOf('a', 'adam'), summaryOf(0.9))
    await listRuns(folder)
    const path = join(folder, 'index.jsonl')
    const [header, record] = (await readFile(path, 'utf8')).split('\n')
    const good = JSON.parse(record!) as Record<string, unknown>
    for (const bad of [
      ...['null', '[]', '1', '{"run":"1-a"}'],
      ...[
        { metrics: null },
        { metrics: { a: 'x' } },
        { tags: 'x' },
        { tags: [1] },
        { config: 3 },
        { note: {} },
      ].map((part) => JSON.stringify({ ...good, ...part })),
    ]) {
      await writeFile(path, `${header}\n${bad}\n`)
      const [run] = await listRuns(folder)
      assert.equal(run?.metrics.accuracy, 0.9, bad)
    }
  }))

test('metrics of any name, and logs of anything', () =>
  inScratch({}, async (folder) => {
    const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty']
    const log = [1, 2].map((step) =>
      JSON.parse(
        `{"kind":"epoch","step":${step},${names.map((name) => `"${name}":${step}`).join(',')}}`,
      ),
    )
    const runs = [
      await writeRun(folder, '1-a', configOf('a', 'adam'), summaryOf(0.9), log),
      await writeRun(folder, '2-b', configOf('b', 'adam'), { outcome: 'finished', test: 'x' }),
    ]
    await mkdir(join(runs[1]!, 'notes.json'))
    await writeFile(join(runs[1]!, 'metrics.jsonl'), 'null\n3\n{"kind":"epoch","step":"x"}\n')
    const { curves, metrics } = await compareRuns(runs)
    for (const name of names) {
      assert.equal(Object.getOwnPropertyDescriptor(curves[0], name)?.value, [
        { step: 1, value: 1 },
        { step: 2, value: 2 },
      ])
    }
    assert.equal(metrics.accuracy, [0.9, undefined])
    assert.equal(curves[1], {})
    assert.is((await listRuns(folder)).length, 2)
  }))

test.run()
