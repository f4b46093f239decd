import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onnx } from '@ashlar/graph'
import type * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx, loadTfjsModel } from '../../src/index.ts'
import { runFile } from '../support/run.ts'
import { graphNode as node, shapeAttr, writeModel } from '../support/saved.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('control flow of graph models')

const DECIDING = new Set(['If', 'Loop', 'NonMaxSuppression', 'NonZero'])

/** The ops of a file, those of the graphs within it too. */
function opsOf(bytes: Uint8Array): string[] {
  type Graph = typeof graph
  const { graph } = onnx.ModelProto.decode(bytes)
  const walk = (each: Graph): string[] =>
    (each?.node ?? []).flatMap(({ opType, attribute }) => [
      opType!,
      ...(attribute ?? []).flatMap(({ g }) => (g ? walk(g) : [])),
    ])
  return walk(graph)
}

const int = { T: { type: 'DT_INT32' } }
const argument = (name: string, type: string) => ({ name, type })

/** A function of a graph's library. */
const definition = (
  name: string,
  inputs: readonly object[],
  nodeDef: readonly object[],
  ret: Readonly<Record<string, string>>,
) => ({
  signature: {
    name,
    inputArg: inputs,
    outputArg: Object.keys(ret).map((key) => argument(key, 'DT_FLOAT')),
  },
  nodeDef,
  ret,
})

const loopState = [
  argument('i', 'DT_INT32'),
  argument('limit', 'DT_INT32'),
  argument('y', 'DT_FLOAT'),
]

const library = {
  function: [
    definition('below', loopState, [node('less', 'Less', ['i', 'limit'], int)], { r: 'less:z:0' }),
    definition(
      'double',
      loopState,
      [
        node('function_one', 'Const', [], {
          dtype: { type: 'DT_INT32' },
          value: { tensor: { dtype: 'DT_INT32', tensorShape: {}, intVal: [1] } },
        }),
        node('next', 'AddV2', ['i', 'function_one'], int),
        node('twice', 'AddV2', ['y', 'y']),
      ],
      { i: 'next:z:0', limit: 'limit', y: 'twice:z:0' },
    ),
  ],
}

const scalar = (name: string) => node(name, 'Const', [], shapeAttr([], 'DT_INT32'))

/** A loop that doubles its input as often as `limit` says: a constant, or a number that is put in. */
function loop(limit: object): object[] {
  return [
    node('x', 'Placeholder', [], shapeAttr([-1, 3])),
    scalar('start'),
    scalar('times'),
    limit,
    node('while', 'StatelessWhile', ['start', 'limit', 'x'], {
      cond: { func: { name: 'below' } },
      body: { func: { name: 'double' } },
    }),
    node('y', 'Identity', ['while:2']),
  ]
}

async function loaded(folder: string, limit: object): Promise<tf.GraphModel> {
  const nodes = loop(limit)
  const weights = ['start', 'times', 'function_one'].map((name) => ({
    name,
    shape: [],
    dtype: 'int32',
  }))
  const path = await writeModel(folder, {
    format: 'graph-model',
    modelTopology: { node: nodes, library, versions: {} },
    weights,
    data: new Uint8Array(Int32Array.of(0, 3, 1).buffer),
  })
  return (await loadTfjsModel(path)) as tf.GraphModel
}

test('a loop whose end follows from constants is unrolled', async () => {
  await inScratch(async (folder) => {
    const model = await loaded(folder, node('limit', 'Identity', ['times'], int))
    const { report } = await exportOnnx(model)
    assert.ok(report.verification.passed)
    assert.equal(report.file.outputs, [{ name: 'y', dtype: 'float32', shape: ['batch', 3] }])
    assert.ok(report.file.nodes <= 3)
  })
})

test('a loop whose end depends on an input is a loop of the file', async () => {
  await inScratch(async (folder) => {
    const model = await loaded(folder, node('limit', 'Placeholder', [], shapeAttr([], 'DT_INT32')))
    const { bytes, report } = await exportOnnx(model, {
      inputs: { x: { shape: [null, 3] }, limit: { shape: [], dtype: 'int32', range: [0, 6] } },
    })
    assert.ok(report.verification.passed)
    assert.ok(opsOf(bytes).includes('Loop'))
  })
})

const fixtures = fileURLToPath(new URL('../fixtures/control-flow', import.meta.url))

/** Which op of ONNX each of the models must have, and what its outputs look like. */
const expected: Readonly<Record<string, readonly [ops: readonly string[], outputs: object]>> = {
  'branch-v1': [['If'], { output: ['batch', 8] }],
  'branch-v2': [['If'], { output: ['batch', 8] }],
  'nested-v1': [['If', 'If'], { output: ['batch', 3] }],
  'nested-v2': [['If', 'If'], { output: ['batch', 3] }],
  'halve-v1': [['Loop'], { output1: ['batch', 3], output2: [] }],
  'halve-v2': [['Loop'], { output1: ['batch', 3], output2: [] }],
  'rows-v1': [['Loop'], { output: ['batch', 3] }],
  'rows-v2': [['Loop'], { output: ['batch', 3] }],
  'recurrent-v1': [['Loop'], { last: ['batch', 2], sequence: ['batch', 'length', 2] }],
  'recurrent-v2': [['Loop'], { last: ['batch', 2], sequence: ['batch', 'length', 2] }],
  'detections-v1': [
    ['Loop', 'NonMaxSuppression', 'NonMaxSuppression', 'NonMaxSuppression'],
    { output: ['batch', 4, 5] },
  ],
  'detections-v2': [
    ['Loop', 'NonMaxSuppression', 'NonMaxSuppression', 'NonMaxSuppression'],
    { output: ['batch', 4, 5] },
  ],
  'keras-lstm': [['Loop'], { c: ['batch', 2], h: ['batch', 2], sequence: ['batch', 'length', 2] }],
  boxes: [['NonMaxSuppression'], { boxes: [10, 4], count: [], scores_output: ['size1'] }],
  chosen: [['NonZero'], { numbers: ['size1'], places: ['size1', 2] }],
}

test('every model among the fixtures is expected', async () => {
  assert.equal((await readdir(fixtures)).toSorted(), Object.keys(expected).toSorted())
})

for (const [name, [ops, outputs]] of Object.entries(expected)) {
  test(`of TensorFlow: ${name}`, async () => {
    const { bytes, report } = await exportOnnx(await loadTfjsModel(join(fixtures, name)))
    const found = opsOf(bytes).filter((op) => DECIDING.has(op))
    assert.equal(found, ops)
    assert.equal(
      Object.fromEntries(report.file.outputs.map((output) => [output.name, output.shape])),
      outputs,
    )
    assert.is(report.file.nodes, opsOf(bytes).length)
    assert.ok(report.verification.passed)
  })
}

test('a sequence may then have any length', async () => {
  const { bytes } = await exportOnnx(await loadTfjsModel(join(fixtures, 'keras-lstm')))
  const lengths = [1, 5].map(async (length) => {
    const x = new Float32Array(2 * length * 3).fill(0.5)
    return (await runFile(bytes, { x: [[2, length, 3], x] }, 'sequence')).dims
  })
  assert.equal(await Promise.all(lengths), [
    [2, 1, 2],
    [2, 5, 2],
  ])
})

test.run()
