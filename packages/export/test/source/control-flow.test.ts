import type * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx, loadTfjsModel } from '../../src/index.ts'
import { refusal } from '../support/refusal.ts'
import { graphNode as node, shapeAttr, writeModel } from '../support/saved.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('control flow of graph models')

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

test('a loop whose end depends on an input is refused', async () => {
  await inScratch(async (folder) => {
    const model = await loaded(folder, node('limit', 'Placeholder', [], shapeAttr([], 'DT_INT32')))
    const { message } = await refusal(() => exportOnnx(model))
    assert.match(
      message,
      /must not depend on the numbers of its inputs; it has StatelessWhile \(node while\)\n/,
    )
    assert.match(message, /numbers must not be read while the program is captured/)
  })
})

test.run()
