import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DataError } from '@ashlar/errors'
import type * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

const NUMBER_BYTES = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  uint8: 1,
  uint16: 2,
  float16: 2,
} as const

/** One weight. */
export interface StoredWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool' | 'string' | 'complex64'
  readonly quantization?: { readonly dtype: 'uint8' | 'uint16' | 'float16' } | undefined
}

/** Weights that belong together, and the files that hold them one after the other. */
export interface WeightGroup {
  readonly paths: readonly string[]
  readonly weights: readonly StoredWeight[]
}

const size = z.int().nonnegative()

const weight = z.looseObject({
  name: z.string(),
  shape: z.array(size),
  dtype: z.enum(['float32', 'int32', 'bool', 'string', 'complex64']),
  quantization: z.looseObject({ dtype: z.enum(['uint8', 'uint16', 'float16']) }).optional(),
})

const manifest: z.ZodType<WeightGroup[]> = z.array(
  z.looseObject({ paths: z.array(z.string().min(1)), weights: z.array(weight) }),
)

/**
 * Checks the list of weight files of a model.json: its form, that no path leaves the folder, and that the files are as long as the weights say. Nothing
 * is read.
 *
 * @param path the model.json.
 * @throws DataError
 */
export async function checkManifest(path: string, value: unknown): Promise<readonly WeightGroup[]> {
  const parsed = manifest.safeParse(value ?? [])
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new DataError({
      where: path,
      expected: `weightsManifest${issue!.path.map((part) => `[${String(part)}]`).join('')} must be as TensorFlow.js writes it`,
      hint: issue!.message,
    })
  }
  const missing: string[] = []
  for (const group of parsed.data) {
    const sizes: number[] = []
    for (const shard of group.paths) {
      checkPath(path, shard)
      const found = await stat(join(dirname(path), shard)).catch(() => undefined)
      if (found?.isFile()) sizes.push(found.size)
      else missing.push(shard)
    }
    if (missing.length === 0) checkSizes(path, group, sizes)
  }
  if (missing.length === 0) return parsed.data
  throw new DataError({
    where: path,
    expected: `all weight files must lie in its folder, ${missing.length} of ${parsed.data.flatMap(({ paths }) => paths).length} are missing`,
    given: missing,
  })
}

/** The weights of all groups, as tfjs names them. */
export function weightSpecs(groups: readonly WeightGroup[]): tf.io.WeightsManifestEntry[] {
  return groups.flatMap(({ weights }) => weights) as unknown as tf.io.WeightsManifestEntry[]
}

function checkPath(path: string, shard: string): void {
  const parts = shard.split('/')
  const isInside =
    !/[\\\0:]/.test(shard) && parts.every((part) => part !== '' && part !== '.' && part !== '..')
  if (isInside) return
  throw new DataError({
    where: path,
    expected: 'weight files must lie in its folder or below',
    given: shard,
  })
}

function checkSizes(path: string, { paths, weights }: WeightGroup, sizes: readonly number[]): void {
  // Text is as long as it is; tfjs reads the length of each from the file.
  if (weights.some(({ dtype }) => dtype === 'string')) return
  const expected = weights.reduce((sum, each) => sum + bytesOf(each), 0)
  const actual = sizes.reduce((sum, each) => sum + each, 0)
  if (actual === expected) return
  throw new DataError({
    where: path,
    expected: `${paths.length === 1 ? paths[0] : `the files ${paths[0]} to ${paths.at(-1)}`} must have ${expected} bytes, as their weights say`,
    given: actual,
    hint: actual < expected ? 'A file may have been cut off: download it again.' : undefined,
  })
}

function bytesOf({ shape, dtype, quantization }: StoredWeight): number {
  const type = quantization?.dtype ?? dtype
  const each = NUMBER_BYTES[type as keyof typeof NUMBER_BYTES]
  return shape.reduce((product, length) => product * length, each)
}
