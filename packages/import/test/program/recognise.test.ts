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
  cubic: scalar(0.044715),
  three: scalar(3),
  ratio: scalar(2 / Math.PI),
  inner: scalar(Math.sqrt(2 / Math.PI)),
  minus_half: scalar(-0.5),
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
const cube: Step[] = [['Pow', 'x three', 'p']]
/** Behind the cube of x, to what half of x is multiplied by. */
const tanh: Step[] = [
  ['Mul', 'cubic p', 'k'],
  ['Add', 'x k', 'q'],
  ['Mul', 'inner q', 'u'],
  ['Tanh', 'u', 't'],
  ['Add', 'one t', 'o'],
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
  'gelu by tanh as GPT-2 has it': [
    model([...cube, ...tanh, ['Mul', 'half x', 'h'], ['Mul', 'h o', 'y']]),
    'Gelu',
  ],
  'gelu by tanh, its cube of products, as torch writes it': [
    model([
      ['Mul', 'x x', 's'],
      ['Mul', 'x s', 'p'],
      ...tanh,
      ['Mul', 'x o', 'h'],
      ['Mul', 'half h', 'y'],
    ]),
    'Gelu',
  ],
  'gelu by tanh, the root computed': [
    model([
      ['Sqrt', 'ratio', 'root_'],
      ...cube,
      ...tanh.map((step): Step => (step[2] === 'u' ? ['Mul', 'root_ q', 'u'] : step)),
      ['Mul', 'x o', 'h'],
      ['Mul', 'half h', 'y'],
    ]),
    'Sqrt Gelu',
  ],
  'gelu by tanh, x taken out of the bracket': [
    model([
      ['Mul', 'inner x', 'i'],
      ['Mul', 'cubic x', 'k'],
      ['Mul', 'k x', 'p'],
      ['Add', 'one p', 'q'],
      ['Mul', 'i q', 'u'],
      ['Tanh', 'u', 't'],
      ['Add', 't one', 'o'],
      ['Mul', 'x half', 'h'],
      ['Mul', 'h o', 'y'],
    ]),
    'Gelu',
  ],
  'gelu by tanh of another root is none': [
    model([
      ...cube,
      ...tanh.map((step): Step => (step[2] === 'u' ? ['Mul', 'ratio q', 'u'] : step)),
      ['Mul', 'x o', 'h'],
      ['Mul', 'half h', 'y'],
    ]),
    'Pow Mul Add Mul Tanh Add Mul Mul',
  ],
  'a norm without scale and offset': [
    model([...norm, ['Relu', 'n', 'y']]),
    'LayerNormalization Relu',
  ],
  'a norm with an offset alone': [
    model([...norm, ['Add', 'n norm.bias', 'y']]),
    'LayerNormalization',
  ],
  'a norm by a reciprocal root': [
    model([
      ...norm.slice(0, 5),
      ['Sqrt', 'e', 'r'],
      ['Reciprocal', 'r', 'i'],
      ['Mul', 'd i', 'n'],
      ['Mul', 'norm.weight n', 'w'],
      ['Add', 'norm.bias w', 'y'],
    ]),
    'LayerNormalization',
  ],
  'a norm by a power, scale and offset taken together, as Keras writes it': [
    model([
      ...norm.slice(0, 5),
      ['Pow', 'e minus_half', 'i'],
      ['Mul', 'i norm.weight', 'f'],
      ['Mul', 'x f', 'xf'],
      ['Neg', 'm', 'mm'],
      ['Mul', 'mm f', 'mf'],
      ['Add', 'norm.bias mf', 'o'],
      ['Add', 'xf o', 'y'],
    ]),
    'LayerNormalization',
  ],
  'a norm of a doubled variance is none': [
    model([
      ...norm.slice(0, 4),
      ['Mul', 'v two', 'vv'],
      ['Add', 'vv epsilon', 'e'],
      ...norm.slice(5, 6),
      ['Div', 'd r', 'y'],
    ]),
    'ReduceMean Sub Pow ReduceMean Mul Add Sqrt Div',
  ],
  'two means taken off are no norm': [
    model([
      ['ReduceMean', 'x', 'm'],
      ['Sub', 'x m', 'd'],
      ['ReduceMean', 'd', 'v'],
      ['Sub', 'd v', 'y'],
    ]),
    'ReduceMean Sub ReduceMean Sub',
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
