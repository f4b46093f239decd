import { allClose } from '@ashlar/core/testing'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx, readOnnx } from '../../src/index.ts'
import { recognise } from '../../src/program/recognise.ts'
import {
  type MadeModel,
  type MadeNode,
  type MadeTensor,
  makeOnnx,
  numbers,
  runBytes,
  weight,
  withFile,
} from '../support/make-onnx.ts'

const test = suite('what exporters spell out')

const scalar = (value: number): MadeTensor => ({ shape: [], data: [value] })
const weights = {
  root: scalar(Math.SQRT2),
  inverse: scalar(Math.SQRT1_2),
  one: scalar(1),
  half: scalar(0.5),
  two: scalar(2),
  epsilon: scalar(1e-5),
  'norm.weight': weight([6], 3),
  'norm.bias': weight([6], 4),
}

type Step = readonly [op: string, inputs: string, output: string]

function model(steps: readonly Step[], outputs = 'y'): MadeModel {
  const nodes = steps.map(
    ([op, inputs, output], at): MadeNode => ({
      ...{ op, name: `${op}${at}`, inputs: inputs.split(' '), outputs: [output] },
      ...(op === 'ReduceMean' && { attributes: { axes: [-1] } }),
    }),
  )
  const used = new Set(nodes.flatMap(({ inputs }) => inputs))
  const given = Object.entries(weights).filter(([name]) => used.has(name))
  const inputs = { x: ['batch', 3, 6] }
  return { inputs, outputs: outputs.split(' '), nodes, weights: Object.fromEntries(given) }
}

const erf: Step[] = [
  ['Div', 'x root', 'a'],
  ['Erf', 'a', 'b'],
  ['Add', 'b one', 'c'],
]
const norm: Step[] = [
  ['ReduceMean', 'x', 'm'],
  ['Sub', 'x m', 'd'],
  ['Pow', 'd two', 's'],
  ['ReduceMean', 's', 'v'],
  ['Add', 'v epsilon', 'e'],
  ['Sqrt', 'e', 'r'],
  ['Div', 'd r', 'n'],
]

/** Each with the operators that are left of it. */
const cases: Readonly<Record<string, readonly [MadeModel, string]>> = {
  'gelu as torch writes it': [model([...erf, ['Mul', 'x c', 'p'], ['Mul', 'p half', 'y']]), 'Gelu'],
  'gelu with the half first': [
    model([['Mul', 'half x', 'h'], ...erf, ['Mul', 'h c', 'y']]),
    'Gelu',
  ],
  'gelu by a product, and half of the sum': [
    model([
      ['Mul', 'inverse x', 'a'],
      ['Erf', 'a', 'b'],
      ['Add', 'one b', 'c'],
      ['Mul', 'half c', 'p'],
      ['Mul', 'p x', 'y'],
    ]),
    'Gelu',
  ],
  'gelu divided by two': [model([...erf, ['Mul', 'c x', 'p'], ['Div', 'p two', 'y']]), 'Gelu'],
  'a gelu inside': [
    model([
      ['Relu', 'x', 'z'],
      ['Div', 'z root', 'a'],
      ...erf.slice(1),
      ['Mul', 'z c', 'p'],
      ['Mul', 'p half', 'q'],
      ['Tanh', 'q', 'y'],
    ]),
    'Relu Gelu Tanh',
  ],
  'another scale is none': [
    model([['Div', 'x two', 'a'], ...erf.slice(1), ['Mul', 'x c', 'p'], ['Mul', 'p half', 'y']]),
    'Div Erf Add Mul Mul',
  ],
  'half of another value is none': [
    model([['Relu', 'x', 'z'], ...erf, ['Mul', 'z c', 'p'], ['Mul', 'p half', 'y']]),
    'Relu Div Erf Add Mul Mul',
  ],
  'no half is none': [model([...erf, ['Mul', 'x c', 'y']]), 'Div Erf Add Mul'],
  'a value on the way that is given is none': [
    model([...erf, ['Mul', 'x c', 'p'], ['Mul', 'p half', 'y']], 'y b'),
    'Div Erf Add Mul Mul',
  ],
  'a value on the way that is used is none': [
    model([...erf, ['Mul', 'x c', 'p'], ['Mul', 'p half', 'q'], ['Add', 'q b', 'y']]),
    'Div Erf Add Mul Mul Add',
  ],
  'a norm with scale and bias': [
    model([...norm, ['Mul', 'n norm.weight', 'w'], ['Add', 'w norm.bias', 'y']]),
    'LayerNormalization',
  ],
  'a norm that squares by a product, scale first': [
    model([
      ...norm.map((step): Step => (step[0] === 'Pow' ? ['Mul', 'd d', 's'] : step)),
      ['Mul', 'norm.weight n', 'y'],
    ]),
    'LayerNormalization',
  ],
  'a norm whose scaled values are used twice': [
    model([
      ...norm,
      ['Mul', 'n norm.weight', 'w'],
      ['Add', 'w norm.bias', 'z'],
      ['Add', 'z w', 'y'],
    ]),
    'LayerNormalization Add Add',
  ],
  'a norm without a scale is left': [
    model([...norm, ['Relu', 'n', 'y']]),
    'ReduceMean Sub Pow ReduceMean Add Sqrt Div Relu',
  ],
  'a mean that is used is left': [
    model([...norm, ['Mul', 'n norm.weight', 'w'], ['Add', 'w m', 'y']]),
    'ReduceMean Sub Pow ReduceMean Add Sqrt Div Mul Add',
  ],
}

for (const [name, [made, wanted]] of Object.entries(cases)) {
  test(`${name}: ${wanted}`, () =>
    withFile(makeOnnx(made), async (path) => {
      const { graph } = readOnnx(path)
      const outputs = graph.outputs.map((port) => port.name)
      const { nodes } = recognise(graph, graph.nodes, outputs)
      assert.is(nodes.map(({ op }) => op).join(' '), wanted)
      // Whatever it is called, it gives the same numbers.
      const data = numbers(2 * 3 * 6, 9).map((each) => 3 * each)
      const expected = await runBytes(makeOnnx(made), { x: { shape: [2, 3, 6], data } })
      const loaded = await loadOnnx(path)
      const results = tf.tidy(() =>
        [loaded.call(tf.tensor(data, [2, 3, 6]), {})].flat().map((each) => each.dataSync()),
      )
      for (const [at, { data: numbers }] of expected.entries()) {
        allClose(results[at] as Float32Array, numbers, { absolute: 1e-5 })
      }
      loaded.dispose()
    }))
}

test('layers and places to cut stay those of the file', () =>
  withFile(makeOnnx(cases['a norm with scale and bias']![0]), async (path) => {
    const model = await loadOnnx(path)
    assert.equal(Object.keys(model.parts), ['norm'])
    assert.equal(
      model.cuts([null, 3, 6]).map(({ op }) => op),
      readOnnx(path).graph.nodes.map(({ op }) => op),
    )
    model.dispose()
    const inside = await loadOnnx(path, { output: 'n' })
    assert.equal(inside.signature()!.outputs, ['n'])
    inside.dispose()
  }))

test.run()
