import { layers } from '@ashlar/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Output } from '../../src/terminal/output.ts'
import { describeTraining, type Trained } from '../../src/work/train.ts'

const test = suite('what is said of a batch norm that has seen too little')

/** What is said of a run of ten epochs, of so many steps in all. */
function told(steps: number, weights?: string): string {
  const lines: string[] = []
  const output = { line: (text = '') => void lines.push(text) } as Output
  const layer = layers.batchNormalization()
  const trained = {
    experiment: { epochs: 10, weights },
    run: { path: '/runs/a' },
    summary: { steps, seconds: 1, samplesPerSecond: 1, outcome: 'finished', test: { loss: 1 } },
    parts: { model: { sublayers: () => [{ layer }] } },
  }
  describeTraining(trained as unknown as Trained, output)
  return lines.join('\n')
}

test('how many steps settle its averages, and how many epochs those are', () => {
  const said = told(100)
  assert.match(
    said,
    /too few steps for batch norm: its averages are still \S+ % what they began as/,
  )
  const [, steps, epochs] = /About ([\d,]+) steps settle them: epochs=(\d+)/.exec(said) ?? []
  assert.is(Number(epochs), Math.ceil(Number(steps?.replaceAll(',', '')) / 10))
})

test('nothing where they have settled, or where the run began with weights', () => {
  assert.not.match(told(100_000), 'batch norm')
  assert.not.match(told(100, 'w.safetensors'), 'batch norm')
})

test.run()
