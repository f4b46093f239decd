import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Callback } from '../../src/index.ts'
import { withoutLeaks } from '../../src/testing/index.ts'
import { Probe, type Told, told, variable } from '../support/live-probe.ts'

const test = suite('programs that are captured')

const epochs = (first: number, second: number, third: number): Told => ({
  steps: [first, first, first, second, second, second, third, third, third],
  validations: [first, second, third],
})

test('a program that comes out as it was is not compiled again', async () => {
  let calls = 0
  class Own extends Probe {
    alpha = 1
    unused = 0
    readonly twice = variable(2)
    factor = () => {
      calls++
      return tf.mul(this.twice, this.alpha)
    }
  }
  const model = new Own()
  const counted: number[] = []
  const callbacks: Callback[] = [
    {
      name: 'set',
      onEpochBegin(epoch) {
        counted.push(calls)
        // There and back.
        model.alpha = 1 + (epoch % 2)
      },
    },
  ]
  const { steps } = await told(model, { callbacks, epochs: 4 })
  assert.equal(
    steps.filter((_, index) => index % 3 === 0),
    [2, 4, 2, 4],
  )
  // Nothing changed before the second epoch, so that nothing was captured.
  assert.is(counted[0], counted[0])
  const before = calls
  await told(model, {})
  assert.ok(calls > before)
  model.dispose()
})

for (const [name, factor] of [
  [
    'counts its calls in a field',
    () => {
      const counter = { steps: 0 }
      return () => ++counter.steps / 1000
    },
  ],
  [
    'keeps a schedule in a closure',
    () => {
      let step = 0
      return () => Math.min(1, step++ / 10)
    },
  ],
  ['looks at the clock', () => () => Date.now() % 1000],
  ['looks at the day', () => () => new Date().getDate()],
  ['measures time', () => () => performance.now()],
  ['draws in its own way', () => () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32],
] as const) {
  test(`a model that ${name} is refused where that would be frozen`, async () => {
    class Own extends Probe {
      override factor = factor()
    }
    const model = new Own()
    const message = await refusal(() => told(model, {}))
    assert.match(
      message,
      /^capture at .*Add.*: a program must do the same each time it is captured\n {2}.*tf\.variable\(\)/,
    )
    model.dispose()
    // The other engine calls it in each step.
    const other = new Own()
    const { steps } = await told(other, { engine: 'tfjs' })
    assert.is(steps.length, 9)
    other.dispose()
  })
}

test('what is refused has made its first step, which it was captured for', async () => {
  let calls = 0
  class Own extends Probe {
    override factor = () => ++calls
  }
  const model = new Own()
  const losses: number[] = []
  const callbacks: Callback[] = [{ name: 'told', onBatchEnd: ({ loss }) => void losses.push(loss) }]
  const message = await refusal(() => told(model, { callbacks }))
  assert.match(message, /a program must do the same each time/)
  assert.is(losses.length, 1)
  model.dispose()
})

test('a model that counts its calls without using the count is none of these', async () => {
  class Own extends Probe {
    calls = 0
    factor = () => {
      this.calls++
      return 3
    }
  }
  const model = new Own()
  assert.equal(await told(model, {}), epochs(3, 3, 3))
  model.dispose()
})

test('reading a variable in call is refused, and the line named', async () => {
  class Own extends Probe {
    readonly alpha = variable(1)
    factor = () => this.alpha.dataSync()[0]!
  }
  const model = new Own()
  const message = await refusal(() => told(model, {}))
  assert.match(message, /steady-programs\.test\.ts:\d+: a tensor's numbers must not be read while/)
  model.dispose()
})

test('a variable that is made in call begins with numbers that are known', async () => {
  class Own extends Probe {
    count?: tf.Variable
    factor = (training: boolean) => {
      this.count ??= tf.variable(tf.scalar(5))
      if (training) this.count.assign(tf.add(this.count, 1))
      return this.count
    }
  }
  await withoutLeaks(async () => {
    const model = new Own()
    const { steps } = await told(model, {})
    assert.equal(steps, [6, 7, 8, 9, 10, 11, 12, 13, 14])
    assert.equal([...model.count!.dataSync()], [14])
    model.dispose()
  })
  class Unknown extends Probe {
    factor = (training: boolean) => (training ? tf.variable(tf.randomUniform([])) : 0)
  }
  const unknown = new Unknown()
  const message = await refusal(() => told(unknown, {}))
  assert.match(message, /a variable that is made while the program is captured must begin with/)
  unknown.dispose()
})

test.run()
