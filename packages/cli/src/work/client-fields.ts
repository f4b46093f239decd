import { channelsTaken, readEncodings } from '@ashlar/core/encoding'
import { DataError } from '@ashlar/errors'
import type { FileInput } from '@ashlar/export/guarded'
import { LAYOUT_KEY } from '@ashlar/export/inspect'
import type { Client, ClientTensor, ModelMetadata } from '@ashlar/serve'
import type { FieldRunner } from './predict-fields.ts'

/** Lines in one request; servers take batches up to a size. */
const MOST_LINES = 32

const DTYPES: Readonly<Record<string, string>> = {
  FP32: 'float32',
  INT32: 'int32',
  UINT8: 'uint8',
  BOOL: 'bool',
}

/** What a server tells of a model's file, and how pictures lie in it, which the shapes of its inputs say. */
export function servedMetadata(model: string, metadata: ModelMetadata): Map<string, string> {
  const said = new Map(Object.entries(metadata.properties ?? {}))
  const { inputs = {} } = readEncodings(said, `model ${model}`)
  const isChannelsFirst = metadata.inputs.some(({ name, shape: [, first, , last] }) => {
    const own = Object.hasOwn(inputs, name) ? inputs[name] : undefined
    if (own?.kind !== 'image') return false
    return first === channelsTaken(own) && last !== channelsTaken(own)
  })
  return isChannelsFirst ? said.set(LAYOUT_KEY, 'nchw') : said
}

/** A model on a server as one that takes named fields. */
export function servedRunner(client: Client, model: string, metadata: ModelMetadata): FieldRunner {
  const inputs = metadata.inputs.map(
    ({ name, datatype, shape }): FileInput => ({
      name,
      dtype: (DTYPES[datatype] ?? datatype.toLowerCase()) as FileInput['dtype'],
      shape: shape.map((size, axis) => (size < 0 ? `size${axis}` : size)),
    }),
  )
  return {
    inputs,
    outputNames: metadata.outputs.flatMap(({ name, datatype }) =>
      datatype === 'BYTES' ? [] : [name],
    ),
    mostLines: MOST_LINES,
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, { shape, dtype, data }]) => {
        if (Object.values(DTYPES).includes(dtype)) return [name, { shape, dtype, data }] as const
        throw new DataError({
          where: `model ${model}, input ${name}`,
          expected: `must be of ${Object.values(DTYPES).join(', ')}`,
          given: dtype,
        })
      })
      return await client.inferNamed(
        model,
        Object.fromEntries(tensors) as Record<string, ClientTensor>,
      )
    },
  }
}
