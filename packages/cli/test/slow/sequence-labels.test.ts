import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('labels shorter than their steps')

const [ROWS, STEPS, LENGTH] = [300, 12, 4]

/** A file of NumPy. */
function npy(descr: string, shape: readonly number[], data: Float32Array | Int32Array): Buffer {
  const head = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`
  const padded = `${head.padEnd(117)}\n`
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length, 0])
  return Buffer.concat([start, Buffer.from(padded), Buffer.from(data.buffer)])
}

/** Each of some classes is heard for one or two steps, with a pause behind it. */
function heard(): { readonly inputs: Float32Array; readonly labels: Int32Array } {
  let state = 5
  const below = (n: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * n)
  }
  const inputs = new Float32Array(ROWS * STEPS)
  const labels = new Int32Array(ROWS * LENGTH).fill(-1)
  for (let row = 0; row < ROWS; row++) {
    let step = row * STEPS
    const count = 1 + below(LENGTH)
    for (let at = 0; at < count; at++) {
      const own = 1 + below(4)
      labels[row * LENGTH + at] = own
      for (let times = 1 + below(2); times > 0; times--) inputs[step++] = own
      inputs[step++] = 5
    }
  }
  return { inputs, labels }
}

test('are learnt by ctc from an experiment in YAML, streamed, exported and evaluated on both', () =>
  inScratch({}, async (folder) => {
    const { inputs, labels } = heard()
    await writeFile(join(folder, 'x.npy'), npy('<f4', [ROWS, STEPS], inputs))
    await writeFile(join(folder, 'y.npy'), npy('<i4', [ROWS, LENGTH], labels))
    const experiment = join(folder, 'heard.yaml')
    await writeFile(
      experiment,
      [
        'model: { name: text-encoder, width: 16, heads: 2, blocks: 1, tokens: 12, vocabulary: 6, gives: tokens }',
        'dataset: { name: numpy, inputs: x.npy, labels: y.npy, task: classification, classes: [blank, a, b, c, d], testPart: 60 }',
        'loss: ctc',
        'metrics: [character-error-rate]',
        'optimizer: { name: adam, learningRate: 0.01 }',
        'epochs: 10',
        'batchSize: 32',
      ].join('\n'),
    )
    const { run, test: tested } = await ashlarJson<{ run: string; test: Record<string, number> }>(
      ...['run', experiment, '--out', join(folder, 'runs')],
    )
    assert.ok(tested['character-error-rate']! < 0.05, JSON.stringify(tested))
    const { metrics, agreement } = await ashlarJson<{
      metrics: Record<string, number>
      agreement: { sameClass: number }
    }>('evaluate', run, '--on', 'both')
    assert.is(metrics['character-error-rate'], tested['character-error-rate'])
    assert.is(agreement.sameClass, 1)
  }))

test.run()
