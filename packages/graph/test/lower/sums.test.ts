import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createValue, emptyGraph, sizeOf } from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { sum } from '../../src/lower/sums.ts'
import { runLowered } from '../support/run-lowered.ts'

const test = suite('sums over axes')

/** Images in groups of channels: what group normalisation (Wu and He 2018) sums. */
for (const [shape, axes] of [
  [
    [4, 16, 16, 2, 4],
    [1, 2, 4],
  ],
  [
    [4, 4, 2, 16, 16],
    [1, 3, 4],
  ],
  [
    [3, 200, 2, 300],
    [1, 3],
  ],
  [
    [2, 3, 500, 1, 1],
    [0, 2],
  ],
  [[1031, 3], [0]],
  [[2, 2053], [1]],
] as const) {
  test(`${shape} over ${axes}`, async () => {
    const graph = emptyGraph()
    const x = createValue(shape, 'float32', { name: 'x' })
    graph.inputs.push({ name: 'x', value: x, state: false })
    const value = sum(new OnnxBuilder(graph), x, axes, false)
    graph.outputs.push({ name: 'y', value, state: false })
    const numbers = Float32Array.from({ length: Number(sizeOf(shape)) }, (_, at) =>
      Math.fround(Math.sin(at) + 2),
    )
    const [got] = await runLowered(graph, { x: numbers })
    const expected = new Float64Array(Number(sizeOf(value.shape)))
    const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis as never))
    for (const [at, number] of numbers.entries()) {
      let rest = at
      const place = shape
        .map((_, axis) => axis)
        .toReversed()
        .map((axis) => {
          const own = rest % shape[axis]!
          rest = Math.floor(rest / shape[axis]!)
          return own
        })
        .toReversed()
      const index = kept.reduce((sum, axis) => sum * shape[axis]! + place[axis]!, 0)
      expected[index]! += number
    }
    assert.is(got!.length, expected.length)
    for (const [at, number] of expected.entries()) {
      assert.ok(Math.abs(got![at]! - number) <= 2e-6 * number, `${got![at]} for ${number}`)
    }
    // Whatever is left for a second sum is small by then: onnxruntime is slow where a few numbers lie between many.
    const read = graph.nodes
      .filter(({ op }) => op === 'ReduceSum')
      .map(({ inputs }) => Number(sizeOf(inputs[0]!.shape)))
    assert.equal(
      read,
      [...read].sort((a, b) => b - a),
    )
    assert.ok(read.length === 1 || read[1]! <= numbers.length / 4, `${read}`)
  })
}

test.run()
