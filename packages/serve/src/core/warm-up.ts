import { ConfigError } from '@ashlar/errors'
import type { Described } from '../models/describe.ts'
import { datatypeOfConfig, datatypes } from '../protocol/datatypes.ts'
import { elementCount, encodeBytes } from '../protocol/tensor.ts'
import type { Unpacked } from '../workers/pack.ts'

/** Inputs to run a model on before it gets requests: a first run is slow. */
export interface WarmUp {
  readonly inputs: readonly Unpacked[]
  readonly count: number
  /** Whether someone asked for it; else it is a guess, which may not suit the model. */
  readonly asked: boolean
}

/**
 * The runs that warm a model up: those of its configuration, else zeros as one sample and as a large batch.
 *
 * @throws ConfigError when a configured one lacks an input, or is too large.
 */
export function warmUps({ config, metadata }: Described): WarmUp[] {
  if (config.model_warmup !== undefined) {
    return config.model_warmup.map((sample) => ({
      asked: true,
      count: Math.max(1, sample.count ?? 1),
      inputs: metadata.inputs.map(({ name }) => {
        const input = sample.inputs[name]
        const datatype = input && datatypeOfConfig(input.data_type)
        if (input === undefined || datatype === undefined) {
          throw new ConfigError({
            where: `model ${JSON.stringify(metadata.name)}: model_warmup ${JSON.stringify(sample.name)}`,
            expected: `must have the input ${JSON.stringify(name)} with a data_type`,
          })
        }
        const batch = config.max_batch_size > 0 ? [Math.max(1, sample.batch_size ?? 1)] : []
        const shape = [...batch, ...input.dims]
        if (bytesOf(datatype.name, shape) > MAX_BYTES) {
          throw new ConfigError({
            where: `model ${JSON.stringify(metadata.name)}: model_warmup ${JSON.stringify(sample.name)}`,
            expected: `the input ${JSON.stringify(name)} must have at most ${MAX_BYTES} bytes`,
            given: shape,
          })
        }
        return zeros(name, datatype.name, shape)
      }),
    }))
  }
  const least = sampleBytes(metadata)
  if (least > MAX_BYTES) return []
  const full = Math.min(config.max_batch_size, Math.floor(FULL_BYTES / Math.max(least, 1)))
  const batches = full > 1 ? [1, full] : [1]
  return batches.map((batch) => ({
    asked: false,
    count: 1,
    inputs: metadata.inputs.map(({ name, datatype, shape }) =>
      zeros(name, datatype, sampleShape(shape, batch)),
    ),
  }))
}

/** Bytes of the inputs of a warm-up, at most. */
const MAX_BYTES = 2 ** 30

/** Bytes of a batch that is large enough to be warm for every batch. */
const FULL_BYTES = 2 ** 24

function sampleShape(shape: readonly number[], batch: number): number[] {
  return shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? batch : 1))
}

function sampleBytes({ inputs }: Described['metadata']): number {
  return inputs.reduce(
    (sum, { datatype, shape }) => sum + bytesOf(datatype, sampleShape(shape, 1)),
    0,
  )
}

/** Text takes more than its bytes. */
function bytesOf(datatype: string, shape: readonly number[]): number {
  return elementCount(shape) * (datatypes.get(datatype)!.bytes || 64)
}

function zeros(name: string, datatype: string, shape: readonly number[]): Unpacked {
  const { bytes } = datatypes.get(datatype)!
  const count = elementCount(shape)
  const data = bytes > 0 ? new Uint8Array(count * bytes) : encodeBytes(Array(count).fill(''))
  return { name, datatype, shape, data }
}
