// Programs on the provider that is named, which share their variables; prints what these hold at times.
import * as tf from '@tensorflow/tfjs'
import { capture, compile, StateStore } from '../../src/index.ts'

await tf.setBackend('cpu')

const providers = [process.argv[2]!]
const variables = {
  weight: tf.variable(tf.range(0, 12).reshape([3, 4])),
  slot: tf.variable(tf.zeros([3, 4])),
  frozen: tf.variable(tf.tensor1d([1, 2, 3, 4])),
  steps: tf.variable(tf.scalar(0, 'int32')),
  isOdd: tf.variable(tf.tensor1d([false, true], 'bool')),
}
const { weight, slot, frozen, steps, isOdd } = variables
const state = new StateStore(variables, { own: new Set(['slot']), live: new Set(['steps']) })
const inputs = { x: { shape: [4], dtype: 'float32' } } as const
const step = await compile(
  capture(
    ({ x }) => {
      const gradient = tf.mul(weight, frozen).sub(x!)
      slot.assign(tf.add(tf.mul(slot, 0.5), gradient))
      weight.assign(tf.sub(weight, tf.mul(slot, 0.125)))
      steps.assign(tf.add(steps, tf.scalar(1, 'int32')))
      isOdd.assign(tf.logicalNot(isOdd))
      return { loss: tf.sum(tf.square(gradient)) }
    },
    { inputs, variables },
  ),
  { providers, state, trains: true },
)
const look = await compile(
  capture(({ x }) => ({ y: tf.sum(tf.mul(weight, x!), 1) }), { inputs, variables }),
  { providers, state },
)

const x = Float32Array.of(1, -1, 2, 0.5)
const seen: unknown[] = []
const note = (what: string, numbers: Iterable<number | bigint>) =>
  seen.push([what, ...Array.from(numbers, Number)])
const loss = async () => note('loss', (await step.run({ x })).loss!)
const held = () => {
  for (const [name, variable] of Object.entries(variables)) {
    if (name !== 'slot') note(name, variable.dataSync())
  }
}

await step.warm({ x })
note('after a warm run', state.get('weight'))
for (let count = 0; count < 3; count++) await loss()
held()
state.publish()
note('steps', steps.dataSync())
note('y', (await look.run({ x })).y!)
note('slot', state.get('slot'))
state.download()
held()
// Somebody assigns one of them between runs: the others stay as they are.
weight.assign(tf.ones([3, 4]))
state.refresh()
await loss()
note('y', (await look.run({ x })).y!)
state.download()
held()
frozen.assign(tf.tensor1d([0, 0, 1, 1]))
state.upload()
await loss()
await loss()
note('slot', state.get('slot'))
note('weight', state.get('weight'))
process.stdout.write(JSON.stringify(seen))
await step.dispose()
await look.dispose()
state.dispose()
