import { readFile } from 'node:fs/promises'
import { decodeSafetensors } from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import type { ReduceSamples, Reduction } from '@ashlar/export'

/** Samples go through a file so many at a time. */
const BATCH = 32

/**
 * What a model is fed with, of a safetensors file: tensors named as its inputs are, with the samples along their first axis.
 *
 * @throws DataError for a file that is none, or whose tensors are not of as many samples each.
 * @throws ConfigError for a file without a reduction, and for int8 without a file.
 */
export async function readCalibration(
  path: string | undefined,
  to: Reduction | undefined,
): Promise<ReduceSamples | undefined> {
  if (path === undefined) {
    if (to !== 'int8') return undefined
    throw new ConfigError({
      where: '--quantize int8',
      expected: 'samples must be given to find the ranges of its numbers on',
      hint: 'Name a safetensors file of inputs by name: --calibration inputs.safetensors. --quantize dynamic needs none.',
    })
  }
  if (to === undefined) {
    throw new ConfigError({
      where: '--calibration',
      expected: 'it is about smaller files: give --quantize int8 with it',
    })
  }
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new DataError({
      where: path,
      expected: 'the samples to calibrate with must be readable',
      given: cause.message,
      cause,
    })
  })
  const { tensors } = decodeSafetensors(bytes, path)
  const counts = [...tensors.values()].map(({ shape }) => shape[0] ?? 0)
  const count = counts[0] ?? 0
  if (count === 0 || counts.some((each) => each !== count)) {
    throw new DataError({
      where: path,
      expected: 'it must hold tensors of as many samples each, along their first axis',
      given: Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape])),
    })
  }
  const types = { F32: 'float32', I32: 'int32', U8: 'uint8' } as const
  return Array.from({ length: Math.ceil(count / BATCH) }, (_, batch) => {
    const [from, to] = [batch * BATCH, Math.min(count, (batch + 1) * BATCH)]
    return Object.fromEntries(
      [...tensors].map(([name, { dtype, shape, data }]) => {
        const row = data.length / count
        const part = data.slice(from * row, to * row)
        return [name, { shape: [to - from, ...shape.slice(1)], dtype: types[dtype], data: part }]
      }),
    )
  })
}
