import { captureSteady } from '@ashlar/graph'
import { refusal, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import {
  adam,
  characterErrorRate,
  ctc,
  infoOfFields,
  type Layer,
  layers,
  Model,
  type Samples,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const { test, slow } = tieredSuite('ctc')

const CLASSES = 3

interface Case {
  readonly label: readonly number[]
  readonly steps: number
  readonly blank?: number
}

const TIME = 5
const LENGTH = 3

/** Twice the same, other places, none, as many as steps, and too many. */
const cases: readonly Case[] = [
  { label: [1, 2], steps: 5 },
  { label: [1, 1], steps: 5 },
  { label: [2], steps: 3 },
  { label: [], steps: 4 },
  { label: [1, 2, 1], steps: 3 },
  { label: [2, 2, 1], steps: 5 },
  { label: [2, 1, 1], steps: 4 },
  { label: [1], steps: 1 },
]

const logitsOf = (row: number): number[] =>
  Array.from({ length: TIME * CLASSES }, (_, at) => 2 * Math.sin(1 + 7 * row + 3 * at))

/** Every way of choosing a class in each step, one after the other: no table, no states. */
function* ways(steps: number): Generator<readonly number[]> {
  for (let number = 0; number < CLASSES ** steps; number++) {
    yield Array.from({ length: steps }, (_, at) => Math.floor(number / CLASSES ** at) % CLASSES)
  }
}

function collapsed(way: readonly number[], blank: number): number[] {
  return way.filter((each, at) => each !== blank && each !== way[at - 1])
}

/** In double precision: minus the logarithm of the probabilities of all ways that come to the label. */
function lossByHand(logits: readonly number[], { label, steps, blank = 0 }: Case): number {
  const shares = Array.from({ length: steps }, (_, step) => {
    const own = logits.slice(step * CLASSES, (step + 1) * CLASSES).map(Math.exp)
    const sum = own.reduce((total, each) => total + each, 0)
    return own.map((each) => each / sum)
  })
  let probability = 0
  for (const way of ways(steps)) {
    if (String(collapsed(way, blank)) !== String(label)) continue
    probability += way.reduce((product, each, step) => product * shares[step]![each]!, 1)
  }
  return -Math.log(probability)
}

function derivativeByHand(logits: readonly number[], one: Case): number[] {
  const at = (place: number, by: number) =>
    lossByHand(
      logits.map((each, i) => (i === place ? each + by : each)),
      one,
    )
  return logits.map((_, place) => (at(place, 1e-5) - at(place, -1e-5)) / 2e-5)
}

const labelsOf = (all: readonly Case[], filling: number): tf.Tensor =>
  tf.tensor2d(
    all.map(({ label }) => [...label, ...Array(LENGTH - label.length).fill(filling)]),
    [all.length, LENGTH],
    'int32',
  )

const placesOf = (all: readonly Case[]): tf.Tensor =>
  tf.tensor2d(all.map(({ steps }) => Array.from({ length: TIME }, (_, at) => Number(at < steps))))

const outputs = (all: readonly Case[]): tf.Tensor =>
  tf.tensor3d(
    all.flatMap((_, row) => logitsOf(row)),
    [all.length, TIME, CLASSES],
  )

/** Of the classes turned by one, so that 2 says nothing. */
const turned = (one: Case): Case => ({
  ...one,
  label: one.label.map((each) => (each + 2) % CLASSES),
  blank: 2,
})

for (const [name, all, filling] of [
  ['filled up with -1', cases, -1],
  ['filled up with the blank', cases, 0],
  ['with another blank', cases.map(turned), -7],
] as const) {
  test(`losses and derivatives are those of all ways, one by one: ${name}`, () => {
    const { blank = 0 } = all[0]!
    const loss = ctc({ blank, fromLogits: true })
    const of = (predictions: tf.Tensor) =>
      loss.perSample({
        ...{ labels: labelsOf(all, filling), predictions, places: placesOf(all) },
        reading: { fromLogits: true, ...(filling === -7 && { ignoreIndex: -7 }) },
      })
    tf.tidy(() => {
      const found = [...of(outputs(all)).dataSync()]
      const wanted = all.map((one, row) => lossByHand(logitsOf(row), one))
      allClose(found, wanted, { relative: 1e-5 })
      const derivative = tf.grad((x: tf.Tensor) => tf.sum(of(x)))(outputs(all))
      const exact = all.flatMap((one, row) => derivativeByHand(logitsOf(row), one))
      allClose([...derivative.dataSync()], exact, { absolute: 2e-5 })
    })
  })
}

test('what does not fit into its steps is infinite, or 0 where that is asked for, with no derivative', () => {
  const impossible: readonly Case[] = [
    { label: [1, 1], steps: 2 },
    { label: [1, 2, 1], steps: 2 },
    { label: [1], steps: 3 },
  ]
  tf.tidy(() => {
    for (const zeroInfinity of [false, true]) {
      const of = (predictions: tf.Tensor) =>
        ctc({ fromLogits: true, zeroInfinity }).perSample({
          ...{ labels: labelsOf(impossible, -1), predictions, places: placesOf(impossible) },
        })
      const found = [...of(outputs(impossible)).dataSync()]
      const none = zeroInfinity ? 0 : Number.POSITIVE_INFINITY
      assert.equal(found.slice(0, 2), [none, none])
      assert.ok(Number.isFinite(found[2]))
      const derivative = tf
        .grad((x: tf.Tensor) => tf.sum(of(x)))(outputs(impossible))
        .dataSync()
      const none0 = derivative.subarray(0, 2 * TIME * CLASSES)
      assert.ok(none0.every((each) => each === 0))
    }
  })
})

test('captured, it has as many nodes for many steps as for some', () => {
  const nodes = (time: number) => {
    const { graph } = captureSteady(
      ({ labels, logits }) => {
        const loss = ctc({ fromLogits: true })
        const value = (x: tf.Tensor) =>
          tf.mean(loss.perSample({ labels: labels!, predictions: x })) as tf.Scalar
        return { loss: value(logits!), derivative: tf.grad(value)(logits!) }
      },
      {
        inputs: {
          labels: { shape: [2, 3], dtype: 'int32' },
          logits: { shape: [2, time, 4], dtype: 'float32' },
        },
      },
    )
    return graph.nodes.length
  }
  assert.is(nodes(50), nodes(9))
})

/** Characters that change as texts that are read again would. */
function changes(one: readonly number[], other: readonly number[]): number {
  if (one.length === 0 || other.length === 0) return one.length + other.length
  const [first, ...rest] = one
  const [second, ...tail] = other
  if (first === second) return changes(rest, tail)
  return 1 + Math.min(changes(rest, other), changes(one, tail), changes(rest, tail))
}

test('the character error rate is that of the most probable way, counted by hand', () => {
  const metric = characterErrorRate()
  tf.tidy(() => {
    const { changes: found, places } = metric.add({
      ...{ labels: labelsOf(cases, -1), predictions: outputs(cases), places: placesOf(cases) },
    })
    const wanted = cases.map(({ label, steps }, row) => {
      const way = Array.from({ length: steps }, (_, step) => {
        const own = logitsOf(row).slice(step * CLASSES, (step + 1) * CLASSES)
        return own.indexOf(Math.max(...own))
      })
      return changes(collapsed(way, 0), label)
    })
    assert.is(
      found!.dataSync()[0],
      wanted.reduce((sum, each) => sum + each, 0),
    )
    assert.is(
      places!.dataSync()[0],
      cases.reduce((sum, { label }) => sum + label.length, 0),
    )
    assert.is(metric.result({ changes: [3], places: [12] }), 0.25)
  })
})

/** Reads a row of numbers, each of which is said for one to three steps. */
class Reader extends Model {
  readonly masking: Layer = layers.masking({ maskValue: 9 })
  readonly memory: Layer = layers.gru({ units: 16, returnSequences: true })
  readonly head: Layer = layers.dense({ units: 4 })
  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(this.memory.apply(this.masking.apply(x)))
  }
}

const STEPS = 12

function spoken(length: number): Samples {
  let state = 7
  const below = (n: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * n)
  }
  const inputs = new Float32Array(length * STEPS * 4).fill(9)
  const labels = new Int32Array(length * LENGTH).fill(-1)
  for (let row = 0; row < length; row++) {
    let step = 0
    const count = 1 + below(LENGTH)
    for (let at = 0; at < count; at++) {
      const said = 1 + below(3)
      labels[row * LENGTH + at] = said
      for (let times = 1 + below(2); times > 0; times--, step++) {
        inputs.set(
          [0, 1, 2, 3].map((each) => Number(each === said)),
          (row * STEPS + step) * 4,
        )
      }
      inputs.set([1, 0, 0, 0], (row * STEPS + step++) * 4)
    }
  }
  return {
    ...{ inputs, labels, length },
    info: infoOfFields({
      input: { shape: [STEPS, 4], dtype: 'float32' },
      output: { shape: [LENGTH], dtype: 'int32', classes: ['-', 'a', 'b', 'c'], ignoreIndex: -1 },
    }),
  }
}

slow(
  'a network learns what is said without being told when, with masked steps, in batches of any size',
  async () => {
    const model = new Reader()
    model.compile({
      optimizer: adam({ learningRate: 0.02 }),
      loss: ctc(),
      metrics: [characterErrorRate()],
    })
    const history = await model.fit(spoken(160), {
      ...{ epochs: 15, batchSize: 16, seed: 3, engine: 'onnxruntime' },
    })
    const { loss } = history.metrics
    assert.ok(loss!.at(-1)! < loss![0]! / 3, `${loss}`)
    const tested = { ...spoken(200), length: 200 }
    const onnx = await model.evaluate(tested, { engine: 'onnxruntime', batchSize: 64 })
    const tfjs = await model.evaluate(tested, { engine: 'tfjs', batchSize: 100 })
    assert.ok(onnx['character-error-rate']! < 0.2, `${onnx['character-error-rate']}`)
    allClose(
      [onnx.loss!, onnx['character-error-rate']!],
      [tfjs.loss!, tfjs['character-error-rate']!],
      {
        relative: 1e-4,
      },
    )
    model.dispose()
  },
)

test('labels that cannot be meant are refused before training', async () => {
  const said = async (label: readonly number[], blank = 0) => {
    const model = new Reader()
    model.compile({ optimizer: 'adam', loss: ctc({ blank }) })
    const data = spoken(2)
    ;(data.labels as Int32Array).set(label)
    try {
      return await refusal(() => model.fit(data))
    } finally {
      model.dispose()
    }
  }
  assert.is(
    await said([-1, 2, 1]),
    'fit: the label of sample 0 must have what fills up at its end alone, and place 0 is -1',
  )
  assert.is(
    await said([1, 4, -1]),
    'fit: the label of sample 0 must hold class indices below 4, and place 1 is 4',
  )
  assert.match(await said([1, 2, 3], 4), /^ctc: the blank must be one of the 4 classes/)
})

test.run()
