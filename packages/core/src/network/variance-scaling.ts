import { isCapturing } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'

/** What tfjs's initializers that scale by a layer's inputs and outputs are: the uniform and normal ones of Glorot, He and LeCun. */
interface VarianceScaling {
  readonly scale: number
  readonly mode: 'fanIn' | 'fanOut' | 'fanAvg'
  readonly distribution: string
  readonly seed: number | undefined
  apply(shape: readonly number[], dtype?: string): tf.Tensor
}

/** The weights that one output of a layer is made of, and those that one input goes to. */
function fansOf(shape: readonly number[]): readonly [number, number] {
  if (shape.length < 2 || shape.length > 5) {
    const root = Math.sqrt(tf.util.sizeFromShape([...shape]))
    return [root, root]
  }
  const places = tf.util.sizeFromShape(shape.slice(0, -2))
  return [shape.at(-2)! * places, shape.at(-1)! * places]
}

/**
 * The numbers of `tf.randomUniform(shape, low, high, 'float32', seed)`. The state of its generator is in variables here, not in an object: that is half of the time. And
 * `Math.floor` is what its `next | 0` comes to, without the way to an integer and back, for which the next number has to wait: half of the rest.
 */
function uniformNumbers(
  seed: number | undefined,
  [low, high]: readonly [number, number],
  length: number,
): Float32Array {
  const given = seed ?? Math.random() // random: as tfjs does; withSeed has replaced it
  const generator = seedrandom.alea(String(given), { state: true })
  let { c, s0, s1, s2 } = generator.state() as Readonly<Record<'c' | 's0' | 's1' | 's2', number>>
  const range = high - low
  const numbers = new Float32Array(length)
  for (let at = 0; at < length; at++) {
    const next = 2091639 * s0 + c * 2.3283064365386963e-10
    s0 = s1
    s1 = s2
    c = Math.floor(next)
    s2 = next - c
    numbers[at] = low + range * s2
  }
  return numbers
}

const [TfjsVarianceScaling] =
  tf.serialization.SerializationMap.getMap().classNameMap.VarianceScaling!
const { prototype } = TfjsVarianceScaling as unknown as { readonly prototype: VarianceScaling }
const original = prototype.apply

// The numbers are those of tfjs. It calls three functions for each: a tenth of a second for the weights of a ResNet-18.
prototype.apply = function (shape, dtype) {
  const isPlain = this.distribution === 'uniform' && (dtype ?? 'float32') === 'float32'
  // What a program draws in a step, it draws anew in the next one.
  if (!isPlain || isCapturing()) return original.call(this, shape, dtype)
  const [fanIn, fanOut] = fansOf(shape)
  const fan = { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[this.mode]
  const limit = Math.sqrt(3 * (this.scale / Math.max(1, fan)))
  const numbers = uniformNumbers(
    this.seed,
    [-limit, limit],
    tf.util.sizeFromShape(shape as number[]),
  )
  return tf.tensor(numbers, shape as number[], 'float32')
}
