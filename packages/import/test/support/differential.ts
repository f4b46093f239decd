import { allClose } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import * as tf from '@tensorflow/tfjs'
import type * as ort from 'onnxruntime-node'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import {
  type MadeNode,
  type MadeTensor,
  makeOnnx,
  numbers,
  runBytes,
  withFile,
} from './make-onnx.ts'

/** A file that is held against onnxruntime. */
export interface Differential {
  /** Shapes of its inputs of floats. */
  readonly inputs: Readonly<Record<string, readonly number[]>>
  readonly nodes: readonly MadeNode[]
  readonly outputs?: readonly string[]
  readonly weights?: Readonly<Record<string, MadeTensor>>
  readonly opset?: number
  readonly options?: ort.InferenceSession.SessionOptions
}

/** Compares what a file gives here, and after export, with what onnxruntime makes of it. */
export async function heldAgainstOnnxruntime({
  inputs,
  nodes,
  outputs = ['y'],
  weights = {},
  opset = 17,
  options,
}: Differential): Promise<void> {
  const bytes = makeOnnx({ inputs, outputs, nodes, weights, opset })
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, shape], at) => {
      const count = shape.reduce((product, size) => product * size, 1)
      return [name, { shape, data: numbers(count, 7 + at) }]
    }),
  )
  const wanted = await runBytes(bytes, feeds, options)
  await withFile(bytes, async (path) => {
    const model = await loadOnnx(path)
    const results = tf.tidy(() => {
      const given = Object.values(feeds).map(({ shape, data }) => tf.tensor(data, [...shape]))
      const found = [model.call(given.length === 1 ? given[0]! : given, {})].flat()
      return found.map((each) => ({ shape: each.shape, data: Array.from(each.dataSync()) }))
    })
    const near = { relative: 1e-4, absolute: 1e-5 }
    for (const [index, { shape, data }] of results.entries()) {
      assert.equal(shape, [...wanted[index]!.dims])
      allClose(data, wanted[index]!.data, near)
    }
    const specs = Object.fromEntries(
      Object.entries(inputs).map(([name, shape]) => [name, { shape: [...shape] }]),
    )
    const { bytes: again } = await exportOnnx(model, { inputs: specs })
    const exported = await runBytes(again, feeds)
    for (const [index, { data }] of exported.entries()) {
      allClose(data, wanted[index]!.data, near)
    }
    model.dispose()
  })
}
