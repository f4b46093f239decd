import { strict as assert } from 'node:assert'
import * as tf from '@tensorflow/tfjs'
import type { Program } from '../../engines/engine.ts'
import type { Optimizer, Update } from '../../optimizers/optimizer.ts'
import { allClose } from '../all-close.ts'
import type { Check } from '../bench.ts'
import { norm, normalNumbers, sizeOf } from '../numbers.ts'
import { runProgram } from '../run-program.ts'
import { withoutLeaks } from '../without-leaks.ts'
import { engines } from './engines-at-hand.ts'

const SHAPES = [[], [5], [3, 3, 2, 4]]
const STEPS = 4

/** What every optimizer must keep. */
export const optimizerChecks: readonly Check<'optimizer'>[] = [
  {
    name: 'gives weight and slots back in their shapes and leaves no tensors',
    async run({ create }) {
      const optimizer = create()
      for (const shape of SHAPES) {
        await withoutLeaks(() =>
          tf.tidy(() => {
            const { value, slots } = step(optimizer, start(optimizer, shape), 0, gradientOf(shape))
            assert.deepEqual(value.shape, shape)
            assert.deepEqual(Object.keys(slots).sort(), [...optimizer.slots].sort())
            for (const slot of Object.values(slots)) assert.deepEqual(slot.shape, shape)
          }),
        )
      }
    },
  },
  {
    name: 'keeps its memory in its slots alone, so that a run can resume',
    run({ create }) {
      const optimizer = create()
      assert.deepEqual(trace(optimizer), trace(optimizer))
      assert.deepEqual(trace(create()), trace(optimizer))
    },
  },
  {
    name: 'goes downhill',
    run({ create }) {
      const optimizer = create()
      // The gradient of a bowl around 0 is the weight itself.
      const lengths = tf.tidy(() => {
        let state = start(optimizer, [8])
        const before = norm(state.value.dataSync())
        for (let i = 0; i < 50; i++) state = step(optimizer, state, i, state.value)
        return [before, norm(state.value.dataSync())] as const
      })
      assert.ok(lengths[1] < lengths[0], `50 steps in a bowl went from ${lengths.join(' to ')}`)
    },
  },
  {
    name: 'stays finite where nothing is to be learnt',
    run({ create }) {
      const optimizer = create()
      tf.tidy(() => {
        let state = start(optimizer, [4])
        for (let i = 0; i < STEPS; i++) state = step(optimizer, state, i, tf.zeros([4]))
        assert.ok([...state.value.dataSync()].every(Number.isFinite))
      })
    },
  },
  {
    name: 'is the same with each engine',
    async run({ create, registry }) {
      const optimizer = create()
      const shape = [3, 4]
      const names = [...optimizer.slots]
      const gradient = normalNumbers(12, 'gradient')
      const program: Program = {
        name: 'steps',
        inputs: () => ({
          value: { shape, dtype: 'float32' },
          gradient: { shape, dtype: 'float32' },
          learningRate: { shape: [], dtype: 'float32' },
          time: { shape: [], dtype: 'float32' },
          ...Object.fromEntries(names.map((name) => [`slot.${name}`, { shape, dtype: 'float32' }])),
        }),
        run({ value, gradient, learningRate, time, ...slots }) {
          const own = Object.fromEntries(names.map((name) => [name, slots[`slot.${name}`]!]))
          const next = optimizer.step({ learningRate: learningRate!, time: time! })({
            name: 'weight',
            value: value!,
            gradient: gradient!,
            slots: own,
          })
          return { value: next.value, ...next.slots }
        },
      }
      const feeds = {
        value: normalNumbers(12, 'value'),
        gradient,
        learningRate: Float32Array.of(0.05),
        time: Float32Array.of(3),
        // Squares and means alike: positive.
        ...Object.fromEntries(
          names.map((name) => [`slot.${name}`, normalNumbers(12, name).map(Math.abs)]),
        ),
      }
      const [reference, ...others] = engines(registry)
      const expected = await runProgram(reference!, program, 1, feeds)
      for (const engine of others) {
        const found = await runProgram(engine, program, 1, feeds)
        for (const [name, numbers] of Object.entries(expected)) {
          allClose(found[name] as Float32Array, numbers as Float32Array, {
            absolute: 1e-6,
            relative: 1e-4,
          })
        }
      }
    },
  },
]

function start(optimizer: Optimizer, shape: readonly number[]): Update {
  return {
    value: tf.tensor(normalNumbers(sizeOf(shape), 'weight'), [...shape]),
    slots: Object.fromEntries(optimizer.slots.map((slot) => [slot, tf.zeros([...shape])])),
  }
}

function gradientOf(shape: readonly number[]): tf.Tensor {
  return tf.tensor(normalNumbers(sizeOf(shape), 'gradient'), [...shape])
}

function step(optimizer: Optimizer, state: Update, index: number, gradient: tf.Tensor): Update {
  const scalars = {
    learningRate: tf.scalar(optimizer.learningRate.at(index, 100)),
    time: tf.scalar(index + 1),
  }
  return optimizer.step(scalars)({ name: 'weight', gradient, ...state })
}

function trace(optimizer: Optimizer): number[][] {
  return tf.tidy(() => {
    let state = start(optimizer, [6])
    return Array.from({ length: STEPS }, (_, i) => {
      state = step(optimizer, state, i, gradientOf([6]))
      return [...state.value.dataSync()]
    })
  })
}
