import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { scan } from '../../src/capture/scan.ts'
import type { FreeProgram } from './check-free.ts'
import { MIXED_MAKERS } from './mixed-steps.ts'
import {
  CHANNELS,
  irregularSizes,
  MAKERS,
  pick,
  type Random,
  weights,
  whole,
} from './sized-programs.ts'

type Image = tf.Tensor4D
type Named = Record<string, tf.Tensor>

/** A program of several named inputs and outputs, all of any size, made at random. */
export interface MixedProgram extends FreeProgram {
  readonly text: string
  /** Shapes that it is tried at. */
  shapes(count: number): Record<string, number[]>[]
}

const STATE = 3

/** Makes the program of a seed: of all steps that there are, with outputs of all kinds, and a state that goes in and comes out. */
export function mixedProgram(seed: number): MixedProgram {
  const random = seedrandom.alea(`mixed ${seed}`)
  const count = whole(random, 2, 5)
  const steps = Array.from({ length: count }, () =>
    pick(random, random() < 0.7 ? MIXED_MAKERS : MAKERS)(random),
  )
  const isDouble = random() < 0.25
  const hasState = random() < 0.3
  const ends = Array.from({ length: whole(random, 1, 2) }, () => pick(random, ENDS))
  const loop = loopOf(random)
  const image = { shape: ['batch', null, null, CHANNELS], dtype: 'float32' } as const
  return {
    text: [
      ...steps.map(({ text }) => text),
      ...(isDouble ? ['beside another'] : []),
      ...(hasState ? ['through a loop with a state'] : []),
      ...ends.map(({ text }) => text),
    ].join(' > '),
    inputs: {
      a: image,
      ...(isDouble && { b: image }),
      ...(hasState && { state: { shape: ['batch', STATE], dtype: 'float32' } as const }),
    },
    run(inputs: Named) {
      let x = steps.reduce((each, step) => step.run(each), inputs.a as Image)
      if (isDouble) x = beside(x, inputs.b as Image)
      const outputs = Object.assign({}, ...ends.map(({ run }) => run(x, inputs))) as Named
      return hasState ? { ...outputs, ...loop(x, inputs.state!) } : outputs
    },
    shapes: (many) =>
      irregularSizes(many, isDouble ? 2 : 1).map((sizes, index) => {
        const batch = index === 3 ? 2 : 1
        return {
          a: [batch, sizes[0]!, sizes[1]!, CHANNELS],
          ...(isDouble && { b: [batch, sizes[2]!, sizes[3]!, CHANNELS] }),
          ...(hasState && { state: [batch, STATE] }),
        }
      }),
  }
}

/** Another image, scaled to this one's size. */
function beside(x: Image, other: Image): Image {
  // Of one image, whatever became of the batch.
  const [first, second] = [x, other].map((each) => tf.mean(each, 0, true)) as [Image, Image]
  return tf.add(first, tf.image.resizeBilinear(second, [x.shape[1], x.shape[2]]))
}

/** A recurrent network over columns: its state goes in and comes out. */
function loopOf(random: Random): (x: Image, state: tf.Tensor) => Named {
  const taken = weights(random, [CHANNELS, STATE]) as tf.Tensor2D
  const kept = weights(random, [STATE, STATE]) as tf.Tensor2D
  return (x, state) => {
    const columns = tf.transpose(tf.mean(tf.mean(x, 1), 0, true), [1, 0, 2])
    const { states, rows } = scan(
      ([before], [column]) => {
        const given = tf.matMul(column as tf.Tensor2D, taken)
        const next = tf.tanh(tf.add(given, tf.matMul(before as tf.Tensor2D, kept)))
        return { states: [next], rows: [next] }
      },
      [state],
      [columns],
    )
    return { last: states[0]!, states: rows[0]! }
  }
}

/** Rows in which no two numbers are as near as rounding. */
function decided(rows: tf.Tensor): tf.Tensor {
  if (rows.shape[1] === 0) throw new Error('of nothing nothing is the largest')
  return tf.add(rows, tf.mul(tf.range(0, rows.shape[1]!), 0.01))
}

/** Outputs of all kinds. */
const ENDS: readonly {
  readonly text: string
  run(x: Image, inputs: Named): Named
}[] = [
  { text: 'as it is', run: (x) => ({ y: x }) },
  { text: 'listed twice', run: (x) => ({ y: x, again: x }) },
  { text: 'with what came in', run: (x, { a }) => ({ y: tf.relu(x), given: a! }) },
  { text: 'means', run: (x) => ({ means: tf.mean(x, [1, 2]) }) },
  { text: 'flat', run: (x) => ({ flat: tf.reshape(x, [x.shape[0], -1]) }) },
  {
    text: 'its size',
    run: (x) => ({
      y: x,
      size: tf.tensor1d([x.shape[1], x.shape[2]]),
      area: tf.scalar(x.shape[1] * x.shape[2]),
    }),
  },
  {
    text: 'the place of the largest',
    run: (x) => {
      const rows = tf.reshape(tf.mean(x, 3), [x.shape[0], -1])
      const place = tf.argMax(decided(rows), 1)
      const width = tf.scalar(x.shape[2], 'int32')
      return { row: tf.floorDiv(place, width), column: tf.mod(place, width) }
    },
  },
  {
    text: 'columns one-hot',
    run: (x) => ({
      hot: tf.cast(tf.oneHot(tf.argMax(decided(tf.mean(x, [1, 3])), 1), x.shape[2] + 1), 'float32'),
    }),
  },
  {
    text: 'over all pixels',
    run: (x) => ({ mean: tf.div(tf.sum(x, [1, 2]), x.shape[1] * x.shape[2]) }),
  },
  {
    text: 'a pool over all of it',
    run: (x) => ({ y: tf.avgPool(x, [x.shape[1], x.shape[2]], 1, 'valid') }),
  },
]
