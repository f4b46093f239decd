import { spawnSync } from 'node:child_process'
import { chmod, link, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isMadeHere, makeRun, parseYaml, readConfigText, writeConfig } from '../../src/index.ts'
import { listRuns } from '../../src/runs/index.ts'
import { originOf } from '../../src/trust/origin.ts'

const test = suite('runs that were made here')

/** With a home of its own for the key. */
const withHome = (fn: (folder: string, key: string) => Promise<void>) =>
  inScratch({}, async (folder) => {
    const before = process.env.ASHLAR_HOME
    const home = join(folder, 'home')
    process.env.ASHLAR_HOME = home
    try {
      await fn(folder, join(home, 'made-here.key'))
    } finally {
      if (before === undefined) delete process.env.ASHLAR_HOME
      else process.env.ASHLAR_HOME = before
    }
  })

const CONFIG = 'name: trial\nplugins:\n  - ./mine.ts\n'

test('the config says so, and reads as it was written', () =>
  withHome(async (folder, key) => {
    const run = await makeRun(join(folder, 'run'))
    await writeConfig(run, CONFIG)
    assert.ok(await isMadeHere(run))
    assert.is(await originOf(run), undefined)
    assert.is(await readConfigText(run), CONFIG)
    const text = await readFile(run.file('config.yaml'), 'utf8')
    assert.equal(parseYaml(text, 'x'), { name: 'trial', plugins: ['./mine.ts'] })
    assert.is((await stat(key)).mode & 0o777, 0o600)
    // Wherever it is moved to.
    const moved = await makeRun(join(folder, 'moved'))
    await writeFile(moved.file('config.yaml'), text)
    assert.ok(await isMadeHere(moved))
  }))

test('a config that somebody changed, however little, says it no more', () =>
  withHome(async (folder) => {
    const run = await makeRun(join(folder, 'run'))
    await writeConfig(run, CONFIG)
    const sealed = await readFile(run.file('config.yaml'), 'utf8')
    const seal = sealed.slice(CONFIG.length)
    for (const text of [
      CONFIG,
      sealed.replace('./mine.ts', './evil.ts'),
      `${sealed}plugins: [./evil.ts]\n`,
      `plugins: [./evil.ts]\n${sealed}`,
      `${seal}${sealed}`,
      sealed + seal,
      sealed.replace('made here: ', 'made here:  '),
      sealed.replace(/[0-9a-f]{64}/, '0'.repeat(64)),
      sealed.replace(/[0-9a-f]{64}/, ''),
      sealed.replaceAll('\n', '\r\n'),
      `\ufeff${sealed}`,
      seal,
      '',
    ]) {
      await writeFile(run.file('config.yaml'), text)
      assert.not.ok(await isMadeHere(run), JSON.stringify(text))
      assert.is((await originOf(run))?.inside, run.path)
    }
    await writeFile(run.file('config.yaml'), sealed)
    assert.ok(await isMadeHere(run))
  }))

test('the key of another tells nothing, nor one that others can read', () =>
  withHome(async (folder, key) => {
    const run = await makeRun(join(folder, 'run'))
    await writeConfig(run, CONFIG)
    const own = await readFile(key)
    await rm(key)
    assert.not.ok(await isMadeHere(run))
    // Another one is made.
    const other = await makeRun(join(folder, 'other'))
    await writeConfig(other, CONFIG)
    assert.not.ok(await isMadeHere(run))
    await writeFile(key, own, { mode: 0o600 })
    assert.ok(await isMadeHere(run))
    if (process.platform === 'win32') return
    await chmod(key, 0o644)
    assert.not.ok(await isMadeHere(run))
    await writeConfig(other, CONFIG)
    assert.not.match(await readFile(other.file('config.yaml'), 'utf8'), /made here/)
    // One that is cut short is made anew.
    await chmod(key, 0o600)
    await writeFile(key, 'short')
    await writeConfig(other, CONFIG)
    assert.ok(await isMadeHere(other))
  }))

test('where no key can be kept, runs are made and bear no seal', () =>
  withHome(async (folder, key) => {
    await writeFile(join(folder, 'home'), 'a file')
    const run = await makeRun(join(folder, 'run'))
    await writeConfig(run, CONFIG)
    assert.is(await readFile(run.file('config.yaml'), 'utf8'), CONFIG)
    assert.not.ok(await isMadeHere(run))
    assert.ok(key)
  }))

test('several processes that are the first at once have one key', () =>
  withHome(async (folder) => {
    const runs = await Promise.all(
      Array.from({ length: 20 }, (_, i) => makeRun(join(folder, String(i)))),
    )
    await Promise.all(runs.map((run) => writeConfig(run, CONFIG)))
    for (const run of runs) assert.ok(await isMadeHere(run))
  }))

test('links that lead out of a run are told, those inside are not; pipes are refused', () =>
  withHome(async (folder) => {
    const run = await makeRun(join(folder, 'run'))
    await mkdir(run.file('deep'))
    await writeFile(run.file('inside'), '')
    await writeFile(join(folder, 'secret'), '')
    await symlink(run.file('inside'), run.file('deep/a'))
    assert.equal((await originOf(run))?.asks, [])
    await symlink(join(folder, 'secret'), run.file('deep/b'))
    await symlink('/nowhere/at/all', run.file('c'))
    await symlink(run.file('d'), run.file('d'))
    const asks = (await originOf(run))?.asks ?? []
    assert.equal(
      asks.map(({ key }) => key).sort(),
      ['the link c', 'the link d', `the link ${join('deep', 'b')}`].sort(),
    )
    // Trust takes them as they are.
    assert.is(await originOf(run, true), undefined)
  }))

test('a pipe, which would hang whoever reads it, is refused', () =>
  withHome(async (folder) => {
    const run = await makeRun(join(folder, 'run'))
    if (spawnSync('mkfifo', [run.file('summary.json')]).status !== 0) return
    const message = await refusal(() => originOf(run))
    assert.match(message, /must hold plain files, and not too many, got "summary\.json"/)
    // Nor do lists of runs wait for it.
    await writeFile(run.file('config.yaml'), CONFIG)
    assert.equal(
      (await listRuns(folder)).map(({ run, outcome }) => [run, outcome]),
      [['run', 'killed']],
    )
  }))

test('a second name of a file is told', () =>
  withHome(async (folder) => {
    const run = await makeRun(join(folder, 'run'))
    await writeFile(join(folder, 'secret'), '')
    await link(join(folder, 'secret'), run.file('metrics.jsonl'))
    const origin = await originOf(run)
    assert.equal(origin?.asks, [
      { does: 'read', what: 'a file that has other names', key: 'the hard link metrics.jsonl' },
    ])
  }))

test.run()
