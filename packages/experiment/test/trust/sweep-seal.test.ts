import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Registry } from '@ashlar/plugins'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  loadExperiment,
  makeRun,
  originOfFile,
  originOfSweep,
  writeConfig,
} from '../../src/index.ts'
import { isSweepMadeHere, writeSweepFile } from '../../src/trust/sweep-seal.ts'

const test = suite('sweeps that were made here')

const withHome = (fn: (folder: string) => Promise<void>) =>
  inScratch({}, async (folder) => {
    const before = process.env.ASHLAR_HOME
    process.env.ASHLAR_HOME = join(folder, 'home')
    try {
      await fn(folder)
    } finally {
      if (before === undefined) delete process.env.ASHLAR_HOME
      else process.env.ASHLAR_HOME = before
    }
  })

const REQUEST = { ashlar: 'sweep', target: '/x/mine.yaml', args: ['seed=0,1'], trials: undefined }

test('sweep.json says so, and one that somebody changed says it no more', () =>
  withHome(async (folder) => {
    const sweep = await makeRun(join(folder, 'sweep'))
    const file = sweep.file('sweep.json')
    await writeSweepFile(sweep, REQUEST)
    assert.ok(await isSweepMadeHere(sweep))
    const text = await readFile(file, 'utf8')
    const read = JSON.parse(text)
    // Written again as it was read, it is sealed anew.
    await writeSweepFile(sweep, read)
    assert.is(await readFile(file, 'utf8'), text)
    for (const changed of [
      { ...read, target: '/x/evil.mjs' },
      { ...read, args: [...read.args, 'plugins=[/x/evil.mjs]'] },
      { ...read, more: 1 },
      { ...read, madeHere: '0'.repeat(64) },
      { ...read, madeHere: [read.madeHere] },
      { ...read, madeHere: undefined },
      [],
      null,
    ]) {
      await writeFile(file, JSON.stringify(changed))
      assert.not.ok(await isSweepMadeHere(sweep), JSON.stringify(changed))
      assert.is((await originOfSweep(sweep))?.inside, sweep.path)
    }
    assert.is(await originOfSweep(sweep, true), undefined)
    // The seal of a config is one of a config: text of the same letters gets nothing of it.
    const { madeHere: _, ...rest } = read
    await writeConfig(sweep, JSON.stringify(rest))
    const [, code] = /made here: ([0-9a-f]{64})/.exec(
      await readFile(sweep.file('config.yaml'), 'utf8'),
    )!
    await writeFile(file, JSON.stringify({ ...rest, madeHere: code }))
    assert.not.ok(await isSweepMadeHere(sweep))
  }))

test('what lies in the folder of a sweep of somebody else came with it', () =>
  withHome(async (folder) => {
    const sweep = await makeRun(join(folder, 'sweep'))
    const marker = join(folder, 'marker')
    const evil = join(folder, 'evil.mjs')
    await writeFile(
      evil,
      `import { writeFileSync } from 'node:fs'\nwriteFileSync('${marker}', '')\n`,
    )
    await mkdir(sweep.file('deep/er'), { recursive: true })
    const best = sweep.file('best.yaml')
    await writeFile(best, `plugins: [${evil}]\nmodel: mlp\ndataset: x\nloss: y\n`)
    assert.is(await originOfFile(best), undefined)
    await writeFile(sweep.file('sweep.json'), JSON.stringify(REQUEST))
    await symlink('/etc/passwd', sweep.file('a-link'))
    for (const path of [best, sweep.file('deep/er/x.yaml')]) {
      const origin = await originOfFile(path)
      assert.is(origin?.inside, sweep.path)
      assert.match(origin?.asks[0]?.key ?? '', 'the link a-link')
    }
    await rm(sweep.file('a-link'))
    const message = await refusal(() => loadExperiment(best, { registry: new Registry() }))
    assert.match(message, /run +\S+evil\.mjs \(plugins\)/)
    assert.match(message, 'Add --trust')
    assert.not.ok(await readFile(marker).catch(() => undefined))
    await writeSweepFile(sweep, REQUEST)
    assert.is(await originOfFile(best), undefined)
  }))

test.run()
