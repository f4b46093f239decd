import { readFileSync } from 'node:fs'
import type { ArraySamples, LabelData, SampleData } from '@ashlar/core'
import type { DataFiles, StoredArray } from '../data/files.ts'

/** The data files as samples. */
export function samplesFrom({ inputs, labels, length, inputRange }: DataFiles): ArraySamples {
  const [low, high] = inputRange
  return {
    inputs: read(inputs) as SampleData,
    labels: read(labels),
    length,
    info: {
      inputShape: inputs.shape,
      labelShape: labels.shape,
      inputDtype: inputs.dtype === 'uint8' ? 'uint8' : 'float32',
      // JSON has no infinity.
      inputRange: [low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY],
    },
  }
}

/** A part of samples, as views. */
export function part(samples: ArraySamples, begin: number, end: number): ArraySamples {
  const { inputs, labels, length } = samples
  const cut = <T extends SampleData | LabelData>(data: T): T => {
    const size = data.length / length
    return data.subarray(begin * size, end * size) as T
  }
  return { ...samples, inputs: cut(inputs), labels: cut(labels), length: end - begin }
}

/** The first samples as a model sees them: bytes scaled from their range to 0..1. */
export function firstInputs(data: DataFiles, batch: number): Float32Array {
  const { inputs, info } = part(samplesFrom(data), 0, batch)
  if (inputs instanceof Float32Array) return inputs
  const [low, high] = info.inputRange
  return Float32Array.from(inputs, (value) => (value - low) / (high - low))
}

const arrays = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array } as const

function read({ path, dtype }: StoredArray): SampleData | LabelData {
  const bytes = readFileSync(path)
  const kind = arrays[dtype]
  const { buffer, byteOffset, length } = bytes
  return byteOffset % kind.BYTES_PER_ELEMENT === 0
    ? new kind(buffer, byteOffset, length / kind.BYTES_PER_ELEMENT)
    : new kind(Uint8Array.from(bytes).buffer)
}
