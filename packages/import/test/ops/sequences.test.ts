import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { heldAgainstOnnxruntime } from '../support/differential.ts'
import { type MadeNode, type MadeTensor, makeOnnx, withFile } from '../support/make-onnx.ts'

const test = suite('sequences of tensors')

const list = (...data: number[]): MadeTensor => ({ shape: [data.length], data, type: 'int64' })
const number = (value: number): MadeTensor => ({ shape: [], data: [value], type: 'int64' })

const node = (
  op: string,
  inputs: string[],
  output: string,
  attributes: MadeNode['attributes'] = {},
): MadeNode => ({ op, name: output, inputs, outputs: [output], attributes })

for (const [name, weights, nodes] of [
  [
    'a split into parts of a size, of which two are put together',
    { size: number(2), first: number(0), last: number(-1) },
    [
      node('SplitToSequence', ['x', 'size'], 's', { axis: 1 }),
      node('SequenceAt', ['s', 'first'], 'a'),
      node('SequenceAt', ['s', 'last'], 'b'),
      node('Concat', ['b', 'a'], 'y', { axis: 1 }),
    ],
  ],
  [
    'a split into given sizes, put together again',
    { sizes: list(1, 3, 1) },
    [
      node('SplitToSequence', ['x', 'sizes'], 's', { axis: -1 }),
      node('ConcatFromSequence', ['s'], 'y', { axis: 1 }),
    ],
  ],
  [
    'rows without their axis, put on a new one',
    {},
    [
      node('SplitToSequence', ['x'], 's', { axis: 1, keepdims: 0 }),
      node('ConcatFromSequence', ['s'], 'y', { axis: 0, new_axis: 1 }),
    ],
  ],
  [
    'what is put in and taken out',
    { second: number(1) },
    [
      node('Neg', ['x'], 'n'),
      node('Exp', ['x'], 'e'),
      node('SequenceConstruct', ['x', 'n'], 's'),
      node('SequenceInsert', ['s', 'e', 'second'], 't'),
      node('SequenceInsert', ['t', 'n'], 'u'),
      node('SequenceErase', ['u', 'second'], 'v'),
      node('ConcatFromSequence', ['v'], 'c', { axis: 1 }),
      node('SequenceLength', ['v'], 'l'),
      node('Cast', ['l'], 'f', { to: 1 }),
      node('Mul', ['c', 'f'], 'y'),
    ],
  ],
  [
    'a shape that is split, whose parts are known',
    { second: number(1) },
    [
      node('Shape', ['x'], 'sizes'),
      node('SplitToSequence', ['sizes'], 's'),
      node('SequenceAt', ['s', 'second'], 'a'),
      node('SequenceLength', ['s'], 'l'),
      node('Cast', ['a'], 'f', { to: 1 }),
      node('Cast', ['l'], 'g', { to: 1 }),
      node('Mul', ['x', 'f'], 'z'),
      node('Add', ['z', 'g'], 'y'),
    ],
  ],
  [
    'one that begins empty',
    {},
    [
      node('SequenceEmpty', [], 's'),
      node('SequenceInsert', ['s', 'x'], 't'),
      node('SequenceInsert', ['t', 'x'], 'u'),
      node('ConcatFromSequence', ['u'], 'y', { axis: 0 }),
    ],
  ],
] as const satisfies readonly (readonly [string, Record<string, MadeTensor>, MadeNode[]])[]) {
  test(name, () => heldAgainstOnnxruntime({ inputs: { x: [2, 5] }, weights, nodes: [...nodes] }))
}

test('a position that is not there, and a sequence where a tensor is meant, are errors', async () => {
  const refused = async (nodes: readonly MadeNode[], message: RegExp) => {
    const weights = { far: number(7) }
    const bytes = makeOnnx({ inputs: { x: [2, 5] }, outputs: ['y'], nodes, weights })
    await withFile(bytes, async (path) => {
      try {
        await loadOnnx(path)
        assert.unreachable()
      } catch (error) {
        assert.match((error as Error).message, message)
      }
    })
  }
  const made = node('SequenceConstruct', ['x', 'x'], 's')
  await refused(
    [made, node('SequenceAt', ['s', 'far'], 'y')],
    /y \(SequenceAt\): a position must be from -2 to 1, got 7/,
  )
  await refused(
    [node('SequenceAt', ['x', 'far'], 'y')],
    /y \(SequenceAt\): input 0 must be a sequence of tensors/,
  )
  await refused(
    [node('SequenceEmpty', [], 's'), node('ConcatFromSequence', ['s'], 'y', { axis: 0 })],
    /y \(ConcatFromSequence\): input 0 must be a sequence of at least one tensor, got "an empty one"/,
  )
  await refused([made, node('Neg', ['s'], 'y')], /a sequence of tensors: must be taken apart/)
})

test.run()
