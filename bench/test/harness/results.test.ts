import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { thisMachine } from '../../src/harness/machine.ts'
import { keepResult, type Result } from '../../src/harness/results.ts'

const results = suite('results')

const result = (value: number): Result => ({
  date: '2026-11-24',
  machine: { ...thisMachine(), cpu: 'Abacus' },
  command: 'pnpm bench train --rounds 3',
  versions: { ours: 'onnxruntime 1' },
  missing: { peer: 'it is not installed' },
  rows: [
    {
      work: 'w',
      engine: 'ours',
      batch: 64,
      metric: 'throughput',
      value,
      unit: 'images/s',
      ratio: null,
      spread: [value, value],
      rounds: 1,
    },
  ],
})

results('the latest of each name is kept, and the page shows all', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-results-'))
  try {
    await keepResult(folder, ['train', 'b'], result(5))
    await keepResult(folder, ['train', 'a'], result(6))
    await keepResult(folder, ['train', 'a'], result(7))
    const kept = JSON.parse(await readFile(join(folder, 'train', 'a.json'), 'utf8')) as Result
    assert.is(kept.rows[0]!.value, 7)
    const page = await readFile(join(folder, 'train.md'), 'utf8')
    assert.match(page, /ours \| 7 \|(.|\n)*ours \| 5 \|/)
    assert.match(page, '`pnpm bench train --rounds 3`, 2026-11-24, Abacus')
    assert.match(page, 'Not measured: peer, it is not installed.')
  } finally {
    await rm(folder, { recursive: true })
  }
})

results.run()
