import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { compile } from '../../src/run/compile.ts'

await tf.setBackend('cpu')

const test = suite('splits in steps')

for (const [count, axis, most] of [
  [7, 0, 7],
  [8, 0, 7],
  [50, 1, 7],
  [13, -1, 2],
] as const) {
  test(`${count} parts of axis ${axis}, at most ${most} of a node, are the same in the same order`, async () => {
    // Of unequal sizes.
    const sizes = Array.from({ length: count }, (_, index) => 1 + (index % 3))
    const whole = sizes.reduce((sum, size) => sum + size, 0)
    const shape = axis === 0 ? [whole, 2] : [2, whole]
    const inputs = { x: { shape, dtype: 'float32' as const } }
    const graph = capture(
      ({ x }) => {
        const parts = tf.split(x!, sizes, axis)
        return Object.fromEntries(parts.map((part, index) => [`part${index}`, tf.neg(part)]))
      },
      { inputs, variables: {} },
    )
    const program = await compile(graph, { target: { ...portableTarget(), mostParts: most } })
    const x = Float32Array.from({ length: 2 * whole }, (_, index) => index + 1)
    const results = await program.run({ x })
    const expected = tf.split(tf.tensor(x, shape), sizes, axis)
    for (const [index, part] of expected.entries()) {
      assert.equal([...results[`part${index}`]!], [...part.neg().dataSync()], `part ${index}`)
    }
    const splits = program.graph.nodes.filter(({ op }) => op === 'Split')
    assert.ok(splits.length > 0)
    for (const { outputs } of splits) assert.ok(outputs.length <= most)
    await program.dispose()
  })
}

test.run()
