import * as tf from '@tensorflow/tfjs'

/** What eager programs do that a backend must not make slower. */
export interface Work {
  readonly name: string
  /** Does it once on the current backend; returns numbers, for a check that both backends give the same. */
  run(): Promise<number[]> | number[]
}

const STEPS = 2000
/** So often, for a time that can be told from noise. */
const TIMES = 5
const ROWS = 1500
const SHAPES = 40

/** Work that is small: where a compiled session would cost more than it gives. */
export const works: readonly Work[] = [
  {
    name: `${STEPS} small ops, read one by one, ${TIMES} times`,
    run() {
      const x = tf.tensor1d([1, 2, 3, 4])
      let sum = 0
      for (let step = 0; step < STEPS * TIMES; step++) {
        const y = tf.tidy(() => SMALL[step % SMALL.length]!(x))
        sum += y.dataSync()[0]!
        y.dispose()
      }
      x.dispose()
      return [sum]
    },
  },
  {
    name: 'a tensor growing by concat',
    run() {
      let all = tf.zeros([1, 100])
      let sum = 0
      for (let row = 0; row < ROWS; row++) {
        const longer = tf.tidy(() => tf.concat([all, tf.fill([1, 100], row)]))
        all.dispose()
        all = longer
        sum += all.dataSync().at(-1)!
      }
      all.dispose()
      return [sum]
    },
  },
  ...(
    [
      [64, 32],
      [192, 128],
    ] as const
  ).map(
    ([inner, units]): Work => ({
      name: `${SHAPES} shapes met once each, [n, ${inner}] x [${inner}, ${units}]`,
      run: () =>
        Array.from({ length: SHAPES }, (_, index) =>
          tf.tidy(() => {
            const x = tf.fill([20 + 3 * index, inner], 0.1) as tf.Tensor2D
            const weight = tf.fill([inner, units], 0.2) as tf.Tensor2D
            return tf.matMul(x, weight).relu().sum().dataSync()[0]!
          }),
        ),
    }),
  ),
  ...([8, 256] as const).map(
    (features): Work => ({
      name: `fit of a small dense net, ${features} features`,
      run: () => fit(features),
    }),
  ),
]

const SMALL: readonly ((x: tf.Tensor1D) => tf.Tensor)[] = [
  (x) => x.add(1),
  (x) => x.mul(x),
  (x) => x.exp(),
  (x) => x.sum(),
  (x) => x.reshape([2, 2]),
]

async function fit(features: number): Promise<number[]> {
  const kernelInitializer = (seed: number) => tf.initializers.glorotUniform({ seed })
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [features],
        units: 16,
        activation: 'relu',
        kernelInitializer: kernelInitializer(1),
      }),
      tf.layers.dense({ units: 1, kernelInitializer: kernelInitializer(2) }),
    ],
  })
  const optimizer = tf.train.adam(0.01)
  model.compile({ optimizer, loss: 'meanSquaredError' })
  const x = tf.randomUniform([256, features], 0, 1, 'float32', 3)
  const y = tf.tidy(() => x.mean(1, true))
  const options = { epochs: 4, batchSize: 32, shuffle: false, verbose: 0 } as const
  const { history } = await model.fit(x, y, options)
  model.dispose()
  optimizer.dispose()
  tf.dispose([x, y])
  return history.loss as number[]
}
