import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { OnnxFile } from '../../src/file/graph.ts'
import { readOnnx } from '../../src/file/read.ts'
import { decodeTensor, type FileTensor } from '../../src/file/tensor.ts'
import { tfType } from '../../src/file/types.ts'
import { OnnxModel } from '../../src/model/onnx-model.ts'

/** How a case of ONNX's own node tests came out. */
export interface Outcome {
  readonly name: string
  /** `left out` for what has no float or integer tensors alone; `equal`; or what went wrong. */
  readonly result: 'equal' | 'left out' | 'refused' | 'different' | 'failed'
  readonly reason: string
}

/** Runs a case that `write-node-cases.py` wrote. */
export async function runCase(folder: string, name: string): Promise<Outcome> {
  const path = join(folder, name)
  const read = (kind: string, index: number): FileTensor | undefined => {
    const bytes = readFileSync(join(path, `${kind}_${index}.pb`))
    if (bytes.length === 0) return undefined
    return decodeTensor(onnx.TensorProto.decode(bytes), () => new Uint8Array())
  }
  const list = (kind: string): (FileTensor | undefined)[] => {
    const found: (FileTensor | undefined)[] = []
    while (existsSync(join(path, `${kind}_${found.length}.pb`)))
      found.push(read(kind, found.length))
    return found
  }
  let inputs: (FileTensor | undefined)[]
  let outputs: (FileTensor | undefined)[]
  try {
    inputs = list('input')
    outputs = list('output')
  } catch (error) {
    return { name, result: 'left out', reason: String((error as Error).message) }
  }
  const all = [...inputs, ...outputs]
  if (all.some((each) => each === undefined))
    return { name, result: 'left out', reason: 'sequences or optional values' }
  if (all.some((each) => each!.type === 'string'))
    return { name, result: 'left out', reason: 'texts' }
  let model: OnnxModel
  try {
    const file = readOnnx(join(path, 'model.onnx'))
    model = new OnnxModel(unsized(file))
  } catch (error) {
    return {
      name,
      result: 'refused',
      reason: String((error as Error).message)
        .replaceAll(/\s+/g, ' ')
        .replace(/^.*these have none /, ''),
    }
  }
  const tensors = inputs.map((each) => tensorOf(each!))
  try {
    const results = tf.tidy(() => [model.call(tensors, {})].flat())
    for (const [index, wanted] of outputs.entries()) {
      const problem = difference(results[index]!, wanted!)
      if (problem !== undefined)
        return { name, result: 'different', reason: `output ${index}: ${problem}` }
    }
    return { name, result: 'equal', reason: '' }
  } catch (error) {
    return {
      name,
      result: 'failed',
      reason: String((error as Error).message).replaceAll(/\s+/g, ' '),
    }
  } finally {
    tf.disposeVariables()
  }
}

/** Shapes come with what is fed. */
function unsized(file: OnnxFile): OnnxFile {
  const inputs = file.graph.inputs.map((port) => ({ ...port, shape: undefined }))
  return { ...file, graph: { ...file.graph, inputs } }
}

function tensorOf({ type, shape, data }: FileTensor): tf.Tensor {
  const dtype = tfType(type)
  const numbers = data as readonly number[]
  const typed =
    dtype === 'float32'
      ? Float32Array.from(numbers)
      : dtype === 'bool'
        ? Uint8Array.from(numbers)
        : Int32Array.from(numbers)
  return tf.tensor(typed, [...shape], dtype)
}

function difference(got: tf.Tensor, wanted: FileTensor): string | undefined {
  if (got.shape.join() !== wanted.shape.join()) return `shape [${got.shape}] for [${wanted.shape}]`
  const numbers = got.dataSync()
  const data = wanted.data as readonly number[]
  // As ONNX's own runner allows; halves have 11 bits, and so have those that were computed in them.
  const relative = wanted.type === 'float16' ? 2e-3 : wanted.type === 'bfloat16' ? 2e-2 : 1e-3
  let scale = 0
  for (const each of data) if (Number.isFinite(each)) scale = Math.max(scale, Math.abs(each))
  for (let at = 0; at < data.length; at++) {
    const [a, b] = [Number(numbers[at]), Number(data[at])]
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue
    if (!(Math.abs(a - b) <= relative * Math.max(Math.abs(b), 1e-2 * scale) + 1e-7))
      return `${a} for ${b} at ${at}`
  }
  return undefined
}
