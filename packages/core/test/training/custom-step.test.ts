import { refusal, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import {
  adam,
  type Callback,
  infoOfFields,
  type Layer,
  layers,
  Model,
  type NamedTensors,
  type OwnStep,
  type StepSamples,
  type StepTools,
  sgd,
  type TrainingState,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const { test, slow } = tieredSuite('a step of one’s own')

const ROWS = 24

function samples() {
  const inputs = Float32Array.from({ length: ROWS * 3 }, (_, at) => Math.sin(at * 1.3))
  const labels = Float32Array.from(
    { length: ROWS },
    (_, row) => inputs[3 * row]! - inputs[3 * row + 1]!,
  )
  const info = infoOfFields({
    input: { shape: [3], dtype: 'float32' },
    output: { shape: [1], dtype: 'float32' },
  })
  return { inputs, labels, length: ROWS, info }
}

class Line extends Model {
  readonly head: Layer = layers.dense({ units: 1 })
  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(x)
  }
}

/** The step that there is anyway, written out. */
class OwnLine extends Line implements OwnStep {
  trainStep({ inputs, labels }: StepSamples, { minimize }: StepTools) {
    const loss = minimize(() => {
      const y = this.apply(inputs as tf.Tensor)
      return tf.mean(tf.square(tf.sub(y, tf.reshape(labels as tf.Tensor, y.shape))))
    })
    return { loss }
  }
}

function numbersOf(model: Model): number[] {
  return model.namedWeights().flatMap(({ variable }) => [...variable.dataSync()])
}

for (const engine of ['tfjs', 'onnxruntime']) {
  test(`what it does itself is what fit does, on ${engine}`, async () => {
    const ends = []
    for (const model of [new Line(), new OwnLine()]) {
      model.compile({ optimizer: adam({ learningRate: 0.1 }), loss: 'mse' })
      const { epochs } = await model.fit(samples(), { epochs: 3, batchSize: 5, seed: 4, engine })
      const { loss } = await model.evaluate(samples(), { engine })
      ends.push([...numbersOf(model), epochs.at(-1)!.metrics.loss!, loss!])
      model.dispose()
    }
    allClose(ends[1]!, ends[0]!, { relative: 1e-5, absolute: 1e-6 })
  })
}

/** Two networks against each other, each with an optimizer of its own. */
class Gan extends Model implements OwnStep {
  isDrawn = false
  readonly generator: Layer = layers.dense({ units: 3 })
  readonly hidden: Layer = layers.dense({ units: 8, activation: 'relu' })
  readonly judge: Layer = layers.dense({ units: 1 })

  override call(x: tf.Tensor): tf.Tensor {
    return this.judge.apply(this.hidden.apply(x))
  }

  trainStep({ inputs }: StepSamples, { minimize }: StepTools) {
    const real = inputs as tf.Tensor
    const noise = this.isDrawn ? tf.randomUniform(real.shape, -1, 1) : tf.sin(tf.mul(real, 7))
    const entropy = (logits: tf.Tensor, answer: number) =>
      tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, answer)))
    const judge_loss = minimize(
      () => {
        const made: tf.Tensor = this.generator.apply(noise)
        return tf.add(entropy(this.call(real), 1), entropy(this.call(made), 0))
      },
      { optimizer: 'judge', of: [this.hidden, this.judge] },
    )
    const generator_loss = minimize(() => entropy(this.call(this.generator.apply(noise)), 1), {
      optimizer: 'generator',
      of: this.generator,
    })
    return { judge_loss, generator_loss }
  }
}

function gan(): Gan {
  const model = new Gan()
  model.compile({
    optimizer: { judge: sgd({ learningRate: 0.1 }), generator: adam({ learningRate: 0.05 }) },
  })
  return model
}

test('a GAN: two optimizers, weights that only the step makes, the same on both engines', async () => {
  const ends = []
  for (const engine of ['tfjs', 'onnxruntime']) {
    const model = gan()
    const { epochs } = await model.fit(samples(), { epochs: 2, batchSize: 7, seed: 3, engine })
    assert.equal(
      model
        .namedWeights()
        .map(({ name }) => name)
        .sort(),
      [
        'generator.bias',
        'generator.kernel',
        'hidden.bias',
        'hidden.kernel',
        'judge.bias',
        'judge.kernel',
      ],
    )
    const { metrics } = epochs.at(-1)!
    assert.equal(Object.keys(metrics), ['loss', 'generator_loss'])
    ends.push([...numbersOf(model), ...Object.values(metrics)])
    model.dispose()
  }
  allClose(ends[1]!, ends[0]!, { relative: 1e-4, absolute: 1e-5 })
})

test('what it draws follows from the seed', async () => {
  const ends = []
  for (const seed of [3, 3, 4]) {
    const model = gan()
    model.isDrawn = true
    model.seed = 1
    model.build([null, 3])
    await model.fit(samples(), { epochs: 2, batchSize: 7, seed })
    ends.push(numbersOf(model))
    model.dispose()
  }
  assert.equal(ends[0], ends[1])
  assert.not.equal(ends[0], ends[2])
})

test('each optimizer changes what it is told to, by its own rule and rate', async () => {
  const model = new Gan()
  model.compile({
    optimizer: { judge: sgd({ learningRate: 0 }), generator: sgd({ learningRate: 0.1 }) },
  })
  model.build([null, 3])
  const before = numbersOf(model)
  await model.fit(samples(), { batchSize: 24, engine: 'onnxruntime' })
  const names = model
    .namedWeights()
    .flatMap(({ name, variable }) => Array(variable.size).fill(name))
  const after = numbersOf(model)
  const judged = names.flatMap((name, at) => (name.startsWith('generator') ? [] : [at]))
  // What was there before stands where it stood among those of the judge.
  allClose(
    judged.map((at) => after[at]!),
    before,
    { absolute: 0, relative: 0 },
  )
  model.dispose()
})

slow('a run goes on bit for bit with the slots of all optimizers', async () => {
  const whole = gan()
  await whole.fit(samples(), { epochs: 4, batchSize: 7, seed: 3 })
  const parts = gan()
  let state: TrainingState | undefined
  const keep: Callback = {
    name: 'keep',
    onSettled(run) {
      if (run.step === 6) state = run.state()
    },
  }
  await parts.fit(samples(), { epochs: 4, batchSize: 7, seed: 3, callbacks: [keep] })
  const other = gan()
  await other.fit(samples(), { epochs: 4, batchSize: 7, seed: 3, resume: state })
  assert.equal(numbersOf(other), numbersOf(whole))
})

const CLASSES = 3
const WARMTH = 2

/** Knows which of three numbers is the largest. */
class Teacher extends Model {
  readonly hidden: Layer = layers.dense({ units: 16, activation: 'relu' })
  readonly head: Layer = layers.dense({ units: CLASSES })
  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(this.hidden.apply(x))
  }
}

/** Learns what another says of samples (Hinton et al. 2015): its shares at a higher temperature. */
class Student extends Model implements OwnStep {
  readonly teacher: Teacher
  readonly head: Layer = layers.dense({ units: CLASSES })
  constructor(teacher: Teacher) {
    super()
    this.teacher = teacher
  }
  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(x)
  }
  trainStep({ inputs }: StepSamples, { minimize }: StepTools) {
    const x = inputs as tf.Tensor
    const logits = (of: tf.Tensor) => tf.div(of, WARMTH)
    const shares = tf.softmax(logits(this.teacher.apply(x)))
    const loss = minimize(
      () => {
        const own = tf.logSoftmax(logits(this.call(x)))
        const apart = tf.mul(shares, tf.sub(tf.log(shares), own))
        return tf.mul(WARMTH ** 2, tf.mean(tf.sum(apart, -1)))
      },
      { of: this.head },
    )
    return { loss }
  }
}

test('distillation: a student comes near to its teacher, which stays as it is, the same on both engines', async () => {
  const { inputs, length } = samples()
  const rows = Array.from({ length }, (_, row) => [...inputs.slice(3 * row, 3 * row + 3)])
  const labels = Uint8Array.from(rows, (row) => row.indexOf(Math.max(...row)))
  const info = infoOfFields({
    input: { shape: [3], dtype: 'float32' },
    output: { shape: [], dtype: 'uint8', classes: ['first', 'second', 'third'] },
  })
  const data = { inputs, labels, length, info }
  const teacher = new Teacher()
  const loss = 'sparse-categorical-crossentropy'
  teacher.compile({ optimizer: adam({ learningRate: 0.05 }), loss, metrics: ['accuracy'] })
  await teacher.fit(data, { epochs: 40, batchSize: 8, seed: 2, engine: 'tfjs' })
  assert.ok((await teacher.evaluate(data, { engine: 'tfjs' })).accuracy! > 0.9)
  const known = numbersOf(teacher)
  const ends = []
  for (const engine of ['tfjs', 'onnxruntime']) {
    const student = new Student(teacher)
    student.compile({ optimizer: adam({ learningRate: 0.1 }), loss, metrics: ['accuracy'] })
    const { epochs } = await student.fit(data, { epochs: 30, batchSize: 8, seed: 3, engine })
    assert.ok(epochs.at(-1)!.metrics.loss! < 0.3 * epochs[0]!.metrics.loss!)
    assert.equal(numbersOf(teacher), known)
    const { accuracy } = await student.evaluate(data, { engine })
    assert.ok(accuracy! > 0.85, `${accuracy}`)
    ends.push([...numbersOf(student), epochs.at(-1)!.metrics.loss!])
  }
  allClose(ends[1]!, ends[0]!, { relative: 1e-3, absolute: 1e-4 })
  teacher.dispose()
})

test('named fields reach it by name', async () => {
  class Pairs extends Model implements OwnStep {
    readonly embed: Layer = layers.dense({ units: 2 })
    override call({ left, right }: { left: tf.Tensor; right: tf.Tensor }): NamedTensors {
      const apart = tf.sub(this.embed.apply<tf.Tensor>(left), this.embed.apply<tf.Tensor>(right))
      return { distance: tf.sqrt(tf.add(tf.sum(tf.square(apart), 1, true), 1e-6)) }
    }
    trainStep({ inputs, labels }: StepSamples, { minimize }: StepTools) {
      const together = (labels as NamedTensors).distance!
      const loss = minimize(() => {
        const { distance } = this.apply<NamedTensors>(inputs)
        const far = tf.square(tf.relu(tf.sub(1, distance!)))
        return tf.mean(
          tf.add(tf.mul(together, tf.square(distance!)), tf.mul(tf.sub(1, together), far)),
        )
      })
      return { loss }
    }
  }
  const { inputs, length } = samples()
  const model = new Pairs()
  model.compile({ optimizer: adam({ learningRate: 0.05 }) })
  const data = {
    inputs: { left: inputs, right: Float32Array.from(inputs, (value) => -value) },
    labels: { distance: Float32Array.from({ length }, (_, row) => row % 2) },
    length,
    info: infoOfFields({
      inputs: { left: { shape: [3], dtype: 'float32' }, right: { shape: [3], dtype: 'float32' } },
      outputs: { distance: { shape: [1], dtype: 'float32' } },
    }),
  }
  const { epochs } = await model.fit(data, { epochs: 5, batchSize: 8 })
  assert.ok(epochs.at(-1)!.metrics.loss! < epochs[0]!.metrics.loss!)
  model.dispose()
})

test('what is wrong with it is told', async () => {
  assert.match(
    await refusal(() => gan().evaluate(samples())),
    /^evaluate: the model must be compiled with a loss to be evaluated by/,
  )
  const wrong = new Gan()
  wrong.compile({ optimizer: { judg: 'sgd', generator: 'adam' } })
  assert.match(
    await refusal(() => wrong.fit(samples())),
    /^Gan.trainStep: optimizer must be one of judg, generator, got "judge"/,
  )
  assert.match(
    await refusal(() => new Line().compile({ optimizer: { a: 'sgd' }, loss: 'mse' })),
    /^compile: several optimizers are for a model with a `trainStep` of its own/,
  )
  assert.match(
    await refusal(() => gan().fit(samples(), { accumulate: 2 })),
    /^fit: `accumulate` and `classWeights` must be left to the trainStep of Gan/,
  )
  class Mute extends Line implements OwnStep {
    trainStep() {
      return {}
    }
  }
  const mute = new Mute()
  mute.compile({ optimizer: 'sgd' })
  assert.match(
    await refusal(() => mute.fit(samples())),
    /^Mute.trainStep: must return scalars by name/,
  )
})

test.run()
