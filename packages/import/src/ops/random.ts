import { ShapeError } from '@ashlar/errors'
import { onHost } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { typeOf } from '../file/types.ts'
import { Value } from '../value/value.ts'
import { MOST_VARYING } from './constants.ts'
import { absent, type Operator, operator } from './operator.ts'

const REASON =
  'it draws other numbers each time, and nobody could hold the network against the file; feed them as an input, or give the node a seed: then they are the same always'

const attributes = { dtype: absent.number, seed: absent.number, shape: absent.numbers }

/** TensorFlow.js takes a seed of 0 for none; no seed of a file is this number. */
const SEED_OF_ZERO = Number.MIN_VALUE

/** Numbers that depend on the seed alone; those of onnxruntime are others. */
function drawn(op: string, own: Readonly<Record<string, number>>, draw: Draw): Operator[] {
  return ['', 'Like'].map((end) =>
    operator({
      op: `${op}${end}`,
      attributes: { ...attributes, ...own },
      refuses: ({ attributes: given }) => (given.seed === undefined ? REASON : undefined),
      run: ({ inputs, where, attributes: given }) => {
        const shape = [...(inputs[0]?.shape ?? given.shape ?? [])]
        if (!(shape.reduce((product, size) => product * size, 1) <= MOST_VARYING)) {
          throw new ShapeError({
            where,
            expected: `must draw at most ${MOST_VARYING} numbers, which the network holds`,
            given: shape,
          })
        }
        const type = typeOf(given.dtype ?? 1) ?? 'float32'
        const data = onHost(() =>
          tf.tidy(() =>
            Array.from(
              draw(shape, { ...given, seed: given.seed || SEED_OF_ZERO } as never).dataSync(),
            ),
          ),
        )
        return Value.known(type, shape, data)
      },
    }),
  )
}

type Draw = (shape: number[], given: Readonly<Record<string, number>>) => tf.Tensor

/** Random numbers: where a seed is given they are constants. */
export const randomOperators: readonly Operator[] = [
  ...drawn('RandomNormal', { mean: 0, scale: 1 }, (shape, { mean, scale, seed }) =>
    tf.randomNormal(shape, mean, scale, 'float32', seed),
  ),
  ...drawn('RandomUniform', { low: 0, high: 1 }, (shape, { low, high, seed }) =>
    tf.randomUniform(shape, low, high, 'float32', seed),
  ),
  ...['Bernoulli', 'Multinomial'].map((op) =>
    operator({
      ...{ op, refused: REASON.replace(/, or give.*/, '') },
      attributes: { ...attributes, sample_size: 1 },
    }),
  ),
]
