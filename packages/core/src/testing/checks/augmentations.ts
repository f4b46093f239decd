import { strict as assert } from 'node:assert'
import * as tf from '@tensorflow/tfjs'
import type { Augmentation, TrainingBatch } from '../../augmentation/augmentation.ts'
import { uniformDraws } from '../../augmentation/draws.ts'
import type { Program } from '../../engines/engine.ts'
import { allClose } from '../all-close.ts'
import type { Bench, Check } from '../bench.ts'
import { normalNumbers, sizeOf } from '../numbers.ts'
import { runProgram } from '../run-program.ts'
import { withoutLeaks } from '../without-leaks.ts'
import { engines } from './engines-at-hand.ts'

const BATCH = 6

/** What every augmentation must keep. */
export const augmentationChecks: readonly Check<'augmentation'>[] = [
  {
    name: 'keeps shapes and types, at batch 1 and more, and leaves no tensors',
    async run(bench) {
      for (const batch of [1, BATCH]) {
        await withoutLeaks(() =>
          tf.tidy(() => {
            const before = madeBatch(bench, batch)
            const { inputs, labels, mixed } = augmented(bench.create(), before, 1)
            assert.deepEqual(inputs.shape, before.inputs.shape)
            assert.equal(inputs.dtype, 'float32')
            assert.deepEqual(labels.shape, before.labels.shape)
            assert.ok([...inputs.dataSync()].every(Number.isFinite))
            if (mixed === undefined) return
            assert.deepEqual(mixed.labels.shape, before.labels.shape)
            assert.deepEqual(mixed.share.shape, [batch])
            assert.ok(mixed.share.dataSync().every((share) => share >= 0 && share <= 1))
          }),
        )
      }
    },
  },
  {
    name: 'repeats with its draws, and differs from step to step',
    run(bench) {
      const at = (step: number) =>
        tf.tidy(() => [
          ...augmented(bench.create(), madeBatch(bench, BATCH), step).inputs.dataSync(),
        ])
      assert.deepEqual(at(1), at(1))
      const steps = [1, 2, 3, 4, 5, 6].map((step) => at(step).join())
      assert.ok(new Set(steps).size > 1, 'six steps must not be alike')
    },
  },
  {
    name: 'is the same with each engine',
    async run(bench) {
      const augmentation = bench.create()
      const made = tf.tidy(() => {
        const { inputs, labels } = madeBatch(bench, BATCH)
        return { inputs: inputs.dataSync().slice(), labels: labels.dataSync().slice() }
      })
      const program: Program = {
        name: 'augment',
        inputs: () => ({
          inputs: { shape: [BATCH, ...shapeOf(bench)], dtype: 'float32' },
          labels: { shape: [BATCH], dtype: 'int32' },
          step: { shape: [], dtype: 'int32' },
        }),
        run({ inputs, labels, step }) {
          const seed = tf.scalar(3, 'int32')
          const draws = uniformDraws({ seed, step: step! }, BATCH, augmentation.draws)
          const changed = augmentation.apply({ inputs: inputs!, labels: labels! }, draws)
          return { inputs: changed.inputs, ...(changed.mixed && { share: changed.mixed.share }) }
        },
      }
      const feeds = { ...made, step: Int32Array.of(4) } as const
      const [reference, ...others] = engines(bench.registry)
      const expected = await runProgram(reference!, program, BATCH, feeds as never)
      for (const engine of others) {
        const found = await runProgram(engine, program, BATCH, feeds as never)
        for (const [name, numbers] of Object.entries(expected)) {
          allClose(found[name] as Float32Array, numbers as Float32Array, { absolute: 1e-4 })
        }
      }
    },
  },
]

function augmented(augmentation: Augmentation, batch: TrainingBatch, step: number): TrainingBatch {
  const key = { seed: tf.scalar(3, 'int32'), step: tf.scalar(step, 'int32') }
  const draws = uniformDraws(key, batch.inputs.shape[0]!, augmentation.draws)
  return augmentation.apply(batch, draws)
}

function shapeOf({ example }: Bench<'augmentation'>): readonly number[] {
  return example.inputShape ?? [6, 5, 2]
}

function madeBatch(bench: Bench<'augmentation'>, batch: number): TrainingBatch {
  const shape = [batch, ...shapeOf(bench)]
  return {
    inputs: tf.tensor(normalNumbers(sizeOf(shape), 'inputs'), shape),
    labels: tf.tensor1d(
      Int32Array.from({ length: batch }, (_, row) => row % 3),
      'int32',
    ),
  }
}
