import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture, compile, StateStore } from '../../src/index.ts'

await tf.setBackend('cpu')

const test = suite('steps of depthwise convolutions')

const random = seedrandom('depthwise 3')
const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1))

type Images = tf.Tensor4D
type Weights = Readonly<Record<'dense' | 'depthwise' | 'pointwise' | 'scale', tf.Variable>>

/** What follows a convolution of so many channels. */
const followers: Readonly<Record<string, (y: Images, weights: Weights) => tf.Tensor>> = {
  nothing: (y) => y,
  'a batch norm': (y, { scale }) => {
    const { mean, variance } = tf.moments(y, [0, 1, 2])
    return tf.relu(tf.mul(tf.mul(tf.sub(y, mean), tf.rsqrt(tf.add(variance, 1e-3))), scale))
  },
  relu6: (y) => tf.clipByValue(tf.relu(y), 0, 6),
  'a pointwise convolution': (y, { pointwise }) =>
    tf.conv2d(tf.relu(y), pointwise as unknown as Images, 1, 'same'),
  'a shuffle of channels': (y, { scale }) => {
    const [batch, height, width, channels] = y.shape
    if (channels % 2 === 1) return y
    const parts = tf.reshape(y, [batch, height, width, 2, channels / 2])
    return tf.mul(tf.relu(tf.reshape(tf.transpose(parts, [0, 1, 2, 4, 3]), y.shape)), scale)
  },
  groups: (y, { pointwise }) => {
    if (y.shape[3] % 2 === 1) return y
    const filters = tf.split(pointwise, 2, 2) as Images[]
    const parts = tf
      .split(y, 2, 3)
      .map((part, at) => tf.conv2d(part as Images, filters[at]!, 1, 'same'))
    return tf.concat(parts, 3)
  },
}

const names = Object.keys(followers)
const cases = Array.from({ length: 60 }, (_, seed) => {
  const strides = between(1, 2)
  return {
    ...{ seed, strides, channels: between(1, 40), multiplier: between(1, 3), batch: between(1, 3) },
    ...{ dilation: strides === 1 ? between(1, 2) : 1, size: between(1, 4) },
    ...{ height: between(4, 13), width: between(4, 13) },
    pad: random() < 0.6 ? ('same' as const) : ('valid' as const),
    follower: names[seed % names.length]!,
  }
})

for (const each of cases) {
  const { channels, multiplier, size, strides, dilation, pad, batch, height, width } = each
  const fits = pad === 'same' || (size - 1) * dilation < Math.min(height, width)
  if (!fits) continue
  const images = `${channels} x ${multiplier} channels, ${size} x ${size}, strides ${strides}, dilation ${dilation}, ${pad}, ${batch} x ${height} x ${width}`
  test(`${images}, and ${each.follower}: weights as eager steps leave them`, async () => {
    const normal = (shape: number[], seed: number) =>
      tf.variable(tf.randomNormal(shape, 0, 0.5, 'float32', seed))
    const made = channels * multiplier
    const variables = {
      dense: normal([1, 1, channels, channels], each.seed + 1),
      depthwise: normal([size, size, channels, multiplier], each.seed),
      pointwise: normal([1, 1, made, 7], each.seed + 2),
      scale: tf.variable(tf.randomUniform([made], 0.5, 1.5, 'float32', each.seed)),
    }
    const { dense, depthwise } = variables as unknown as Record<'dense' | 'depthwise', Images>
    const lossOf = (x: Images) => {
      const before = tf.conv2d(x, dense, 1, 'same')
      const y = tf.depthwiseConv2d(before, depthwise, strides, pad, 'NHWC', dilation)
      const after = followers[each.follower]!(y, variables)
      return tf.sum(tf.mul(after, tf.add(0.3, tf.sin(after)))) as tf.Scalar
    }
    const run = ({ x }: Record<string, tf.Tensor>) => {
      const all = Object.values(variables)
      const { value, grads } = tf.variableGrads(() => lossOf(x as Images), all)
      for (const variable of all) {
        const gradient = grads[variable.name]
        if (gradient) variable.assign(tf.sub(variable, tf.mul(gradient, 0.01)))
      }
      return { value }
    }
    const shape = [batch, height, width, channels]
    const inputs = { x: { shape, dtype: 'float32' as const } }
    const state = new StateStore(variables)
    const program = await compile(capture(run, { inputs, variables }), { state, trains: true })
    const noise = seedrandom(`${each.seed}`)
    const x = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => noise() * 2 - 1)
    await program.run({ x })
    tf.tidy(() => run({ x: tf.tensor(x, shape) }))
    for (const [name, variable] of Object.entries(variables)) {
      const expected = variable.dataSync()
      const largest = Math.max(...expected.map(Math.abs))
      for (const [at, number] of (state.get(name) as Float32Array).entries()) {
        const difference = Math.abs(number - expected[at]!) / largest
        assert.ok(difference < 2e-4, `${name}, ${at}: ${number} against ${expected[at]}`)
      }
    }
    await program.dispose()
    state.dispose()
    tf.dispose(Object.values(variables))
  })
}

test.run()
