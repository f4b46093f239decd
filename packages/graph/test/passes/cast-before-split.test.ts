import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { castBeforeSplit } from '../../src/passes/cast-before-split.ts'
import { checkPass } from '../support/check-pass.ts'

await tf.setBackend('cpu')

const test = suite('cast before split')

const inputs = { x: { shape: [3, 6], range: [-4, 4] } } as const

test('casts once what is split into parts of that type', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => {
    const [a, b, rest, c] = tf.split(x!, [1, 2, 2, 1], 1)
    const whole = [a!, b!, c!].map((part) => tf.cast(part, 'int32'))
    return { y: tf.concat(whole, 1), rest: tf.mul(rest!, 2) }
  }
  const { before, after, graph } = await checkPass(program, inputs, castBeforeSplit)
  assert.equal(before.filter((op) => op === 'Cast').length, 3)
  assert.equal(after.slice(0, 3), ['SplitV', 'Cast', 'SplitV'])
  assert.equal(after.filter((op) => op === 'Cast').length, 1)
  const cast = graph.nodes.find(({ op }) => op === 'Cast')!
  assert.is(cast.inputs[0], graph.inputs[0]!.value)
})

for (const [name, program] of Object.entries<(x: tf.Tensor) => Record<string, tf.Tensor>>({
  'a single part': (x) => {
    const [a, b] = tf.split(x, 2, 1)
    return { a: tf.cast(a!, 'int32'), b: b! }
  },
  'less than half of it': (x) => {
    const [a, b, rest] = tf.split(x, [1, 1, 4], 1)
    return { a: tf.cast(a!, 'int32'), b: tf.cast(b!, 'int32'), rest: rest! }
  },
  'parts that are read as they are': (x) => {
    const [a, b] = tf.split(x, 2, 1)
    return { a: tf.add(a!, tf.cast(a!, 'int32')), b: tf.cast(b!, 'int32'), c: b! }
  },
  'parts of several types': (x) => {
    const [a, b] = tf.split(x, 2, 1)
    return { a: tf.cast(a!, 'int32'), b: tf.cast(b!, 'bool') }
  },
})) {
  test(`leaves ${name}`, async () => {
    const run = ({ x }: Record<string, tf.Tensor>) => program(x!)
    const { before, after } = await checkPass(run, inputs, castBeforeSplit)
    assert.equal(after, before)
  })
}

test.run()
