import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ExportEngine, engines, OURS } from '../../src/export/engines.ts'
import { type MeasureOptions, measureExport } from '../../src/export/measure.ts'
import { works } from '../../src/export/work.ts'

const measure = suite('measure an export')

measure(
  'Ashlar exports as few nodes as PyTorch does; a peer that fails is left out in words',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
    const said: string[] = []
    const options: MeasureOptions = {
      python: 'none',
      threads: 1,
      rounds: 1,
      seconds: 0.001,
      batches: [2],
      folder,
      say: (text) => said.push(text),
    }
    const broken: ExportEngine = {
      ...engines.at(-1)!,
      name: 'broken',
      command: () => ({
        command: process.execPath,
        args: [
          '-e',
          `process.stdin.once('data', () => console.log('{"error": "no such exporter"}'))`,
        ],
      }),
    }
    try {
      const work = works.find(({ name }) => name === 'mini-resnet nchw logits')!
      const chosen = [...engines.filter(({ name }) => name.startsWith(OURS)), broken]
      const { series, versions } = await measureExport(work, chosen, options)
      const nodes = series.find(({ engine, metric }) => engine === OURS && metric === 'nodes')!
      assert.equal(nodes.values, [15])
      assert.ok(series.every(({ values }) => values.length === 1 && values[0]! > 0))
      assert.equal(Object.keys(versions), [
        OURS,
        'ashlar without verification',
        'inference of all files',
      ])
      assert.match(said.at(-1)!, /broken is left out: .*no such exporter/s)
      assert.is((await readdir(folder)).length, 2)
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)

measure.run()
