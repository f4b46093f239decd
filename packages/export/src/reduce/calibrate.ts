import { DataError } from '@ashlar/errors'
import type { OpenFile } from '../run/file-runner.ts'
import type { FedBatch } from './feeds.ts'
import { encodeModel, type ModelProto, uniqueNames } from './proto.ts'
import type { NumberRange } from './ranges.ts'

/**
 * The range that each of some values takes on samples: the file is run with its smallest and largest number as outputs.
 *
 * @param model is changed.
 * @throws DataError for a value that is no number.
 */
export async function calibrate(
  model: ModelProto,
  values: readonly string[],
  batches: readonly FedBatch[],
  { open, where }: { readonly open: OpenFile; readonly where: string },
): Promise<Map<string, NumberRange>> {
  const graph = model.graph!
  const unique = uniqueNames(model)
  const watched = values.map((value) => {
    const [low, high] = ['low', 'high'].map((end) => unique(`${value}_${end}`)) as [string, string]
    for (const [opType, output] of [
      ['ReduceMin', low],
      ['ReduceMax', high],
    ] as const) {
      const attribute = [{ name: 'keepdims', type: 2, i: 0 }]
      graph.node!.push({ opType, input: [value], output: [output], attribute })
      graph.output!.push({
        name: output,
        type: { tensorType: { elemType: 1, shape: { dim: [] } } },
      })
    }
    return { value, low, high }
  })
  const ranges = new Map<string, [number, number]>()
  const runner = await open(encodeModel(model))
  try {
    for (const { feeds } of batches) {
      const outputs = await runner.run(feeds)
      for (const { value, low, high } of watched) {
        const [from, to] = [Number(outputs[low]!.data[0]), Number(outputs[high]!.data[0])]
        if (!Number.isFinite(from) || !Number.isFinite(to)) {
          throw new DataError({
            where,
            expected: `what the file computes must be numbers: ${value} is not, on samples to calibrate with`,
            given: [from, to],
          })
        }
        const before = ranges.get(value)
        ranges.set(
          value,
          before ? [Math.min(before[0], from), Math.max(before[1], to)] : [from, to],
        )
      }
    }
  } finally {
    await runner.release()
  }
  return ranges
}
