import { exportOnnx, type InputSpecs } from '@ashlar/export'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { loadOnnx, type OnnxModel } from '../../src/index.ts'
import { numbers } from './make-onnx.ts'

/** How a file came out: largest differences, as parts of the largest number of each output, or of 0.01 where that is smaller. */
export interface Comparison {
  /** Of the imported model, run by itself, to onnxruntime on the file. */
  readonly imported: number
  /** Of the file that it was exported to. */
  readonly exported: number
  readonly nodes: number
  /** Transposes in the exported and in the original file. */
  readonly transposes: readonly [number, number]
  readonly notes: readonly string[]
}

/** What an input is fed. */
export interface Feed {
  readonly shape: readonly number[]
  /** As an export has it, where sizes vary; the batch alone by default. */
  readonly free?: InputSpecs[string]['shape']
  /** Whole numbers below this; floats between -1 and 1 by default. */
  readonly below?: number
  readonly values?: readonly number[]
}

/** Compares a file with what becomes of it. */
export async function compareFile(
  path: string,
  feeds: Readonly<Record<string, Feed>> = {},
): Promise<Comparison> {
  const model = await loadOnnx(path)
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 4 })
  const { inputs } = model.signature()!
  const tensors: tf.Tensor[] = []
  const given: Record<string, ort.Tensor> = {}
  const specs: Record<string, InputSpecs[string]> = {}
  for (const [at, { name, shape, dtype }] of inputs.entries()) {
    const feed = feeds[name] ?? { shape: shape!.map((size) => size ?? 2) }
    const count = feed.shape.reduce((product, size) => product * size, 1)
    const floats = numbers(count, at + 3)
    const data =
      feed.values ??
      (feed.below === undefined
        ? floats
        : floats.map((each) => Math.floor(Math.abs(each) * feed.below!)))
    tensors.push(tf.tensor(Array.from(data), [...feed.shape], dtype))
    given[name] = typed(session, name, data, feed.shape)
    specs[name] = {
      shape: feed.free ?? [null, ...feed.shape.slice(1)],
      dtype,
      ...(feed.below !== undefined && { range: [0, feed.below - 1] as const }),
    }
  }
  const wanted = await session.run(given)
  const names = session.outputNames
  const imported = await run(model, tensors)
  const { bytes } = await exportOnnx(model, { inputs: specs })
  const again = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 })
  const back = Object.fromEntries(
    inputs.map(({ name }, at) => [
      name,
      new ort.Tensor(
        tensors[at]!.dtype as 'float32',
        tensors[at]!.dataSync() as Float32Array,
        tensors[at]!.shape,
      ),
    ]),
  )
  const results = await again.run(back)
  const graph = onnx.ModelProto.decode(bytes).graph!
  const { readFileSync } = await import('node:fs')
  const original = onnx.ModelProto.decode(readFileSync(path)).graph!
  const count = (each: typeof graph) =>
    each.node!.filter(({ opType }) => opType === 'Transpose').length
  tf.dispose(tensors)
  return {
    imported: Math.max(...names.map((name, at) => difference(imported[at]!, wanted[name]!))),
    exported: Math.max(
      ...names.map((name, at) => difference(results[again.outputNames[at]!]!.data, wanted[name]!)),
    ),
    nodes: graph.node!.length,
    transposes: [count(graph), count(original)],
    notes: model.notes,
  }
}

/** A network of one image by the engine, any other by TensorFlow.js itself. */
async function run(model: OnnxModel, tensors: readonly tf.Tensor[]): Promise<ArrayLike<number>[]> {
  const isOne =
    tensors.length === 1 &&
    tensors[0]!.dtype === 'float32' &&
    model.signature()!.outputs.length === 1
  if (isOne && model.inputShape !== undefined) {
    const { data } = (await model.predict(tensors[0]!)) as { data: Float32Array }
    return [data]
  }
  return tf.tidy(() => [model.call([...tensors], {})].flat().map((each) => each.dataSync()))
}

function typed(
  session: ort.InferenceSession,
  name: string,
  data: ArrayLike<number>,
  shape: readonly number[],
): ort.Tensor {
  const info = session.inputMetadata.find((each) => each.name === name)!
  const type = info.isTensor ? info.type : 'float32'
  if (type === 'int64')
    return new ort.Tensor('int64', BigInt64Array.from(Array.from(data), BigInt), [...shape])
  if (type === 'int32') return new ort.Tensor('int32', Int32Array.from(data), [...shape])
  if (type === 'uint8') return new ort.Tensor('uint8', Uint8Array.from(data), [...shape])
  return new ort.Tensor('float32', Float32Array.from(data), [...shape])
}

function difference(got: unknown, wanted: ort.Tensor): number {
  const [a, b] = [got as ArrayLike<number>, wanted.data as ArrayLike<number | bigint>]
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  // Sigmoids of onnxruntime are right to 1e-7, however small they are.
  let scale = 0.01
  let worst = 0
  for (let at = 0; at < b.length; at++) {
    scale = Math.max(scale, Math.abs(Number(b[at])))
    const distance = Math.abs(Number(a[at]) - Number(b[at]))
    worst = Math.max(worst, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance)
  }
  return worst / scale
}
