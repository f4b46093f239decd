import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { emptyGraph, filled, type Value } from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { shareFills } from '../../src/passes/share-fills.ts'

const test = suite('constants of one number')

test('are one where number, shape and type are the same', () => {
  const graph = emptyGraph()
  const builder = new OnnxBuilder(graph)
  const constants: Value[] = [
    filled(0, [4], 'float32'),
    filled(0, [4], 'float32'),
    filled(-0, [4], 'float32'),
    filled(0, [2, 2], 'float32'),
    filled(0, [4], 'int32'),
    filled(1, [4], 'float32'),
  ]
  for (const each of constants) builder.node('Neg', [each], {}, each)
  shareFills(graph)
  const read = graph.nodes.map(({ inputs }) => inputs[0]!)
  assert.is(read[1], read[0])
  assert.is(new Set(read).size, 5)
  assert.ok(Object.is(read[2]!.fill, -0))
})

test.run()
