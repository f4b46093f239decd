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
 * The runs that warm a model up: those of its configuration, else zeros as one sample and as a full batch.
 *
 * @throws ConfigError when a configured one lacks an input.
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
        return zeros(name, datatype.name, [...batch, ...input.dims])
      }),
    }))
  }
  const batches = config.max_batch_size > 1 ? [1, config.max_batch_size] : [1]
  return batches.map((batch) => ({
    asked: false,
    count: 1,
    inputs: metadata.inputs.map(({ name, datatype, shape }) =>
      zeros(
        name,
        datatype,
        shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? batch : 1)),
      ),
    ),
  }))
}

function zeros(name: string, datatype: string, shape: readonly number[]): Unpacked {
  const { bytes } = datatypes.get(datatype)!
  const count = elementCount(shape)
  const data = bytes > 0 ? new Uint8Array(count * bytes) : encodeBytes(Array(count).fill(''))
  return { name, datatype, shape, data }
}
