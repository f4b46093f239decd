import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ExportEngine, engines, OURS } from '../../src/export/engines.ts'
import {
  type MeasureOptions,
  measureExport,
  type Part,
  seriesOf,
} from '../../src/export/measure.ts'
import { works } from '../../src/export/work.ts'

const measure = suite('measure')

measure(
  'gives times, nodes, size and speed; times alone where the file is like another one',
  () => {
    const part: Part = {
      engine: { name: OURS, isTimeOnly: false },
      first: 2,
      exports: [0.3, 0.4],
      nodes: 17,
      bytes: 2048,
      rates: new Map([
        [1, [100, 200]],
        [256, [1000, 2000]],
      ]),
    }
    const unverified = { ...part, engine: { name: 'unverified', isTimeOnly: true } }
    assert.equal(
      seriesOf({ name: 'w' }, [part, unverified]).map(({ engine, metric, unit, values }) => [
        engine,
        `${metric}, ${unit}`,
        values,
      ]),
      [
        [OURS, 'export, s', [0.3, 0.4]],
        [OURS, 'first export, s', [2]],
        [OURS, 'nodes, all counted', [17]],
        [OURS, 'file, KiB', [2]],
        [OURS, 'inference, batch 1, images/s', [100, 200]],
        [OURS, 'inference, batch 256, images/s', [1000, 2000]],
        ['unverified', 'export, s', [0.3, 0.4]],
        ['unverified', 'first export, s', [2]],
      ],
    )
  },
)

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
