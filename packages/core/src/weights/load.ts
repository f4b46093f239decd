import { readFile } from 'node:fs/promises'
import { closest, DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { Network } from '../network/network.ts'
import type { NamedWeight } from '../network/weights.ts'
import { decodeSafetensors, type StoredTensor, type StoredTensors } from './safetensors.ts'

/** See `Model.load`. */
export async function loadWeights(model: Network, path: string): Promise<void> {
  decodeWeights(model, await readWeights(path), path)
}

/**
 * The bytes of a file of weights.
 *
 * @throws DataError for one that cannot be read.
 */
export async function readWeights(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new DataError({
      where: path,
      expected: 'the weights file must be readable',
      given: (error as Error).message,
      cause: error,
    })
  }
}

/**
 * Gives a model the weights in a safetensors file. Builds it with the input shape in the file's metadata if need be.
 *
 * @param where names the file in errors.
 * @throws DataError that names each weight that is missing, unknown, or of another shape or dtype; then none is changed.
 */
export function decodeWeights(model: Network, bytes: Uint8Array, where: string): void {
  const stored = decodeSafetensors(bytes, where)
  if (!model.built) model.build(storedInputShape(stored, where))
  const weights = model.namedWeights()
  const problems = compare(weights, stored.tensors)
  if (problems.length > 0) {
    throw new DataError({
      where,
      expected: `weights must be those of ${model.getClassName()}; ${problems.length} are not`,
      hint: problems.join('\n  '),
    })
  }
  tf.tidy(() => {
    for (const { name, variable, shape } of weights) {
      const { data } = stored.tensors.get(name)!
      variable.assign(tf.tensor(data as Float32Array, [...shape], variable.dtype))
    }
  })
}

function compare(
  weights: readonly NamedWeight[],
  tensors: ReadonlyMap<string, StoredTensor>,
): string[] {
  const problems: string[] = []
  const known = new Set(weights.map(({ name }) => name))
  const unknown = [...tensors.keys()].filter((name) => !known.has(name))
  for (const { name, shape, variable } of weights) {
    const found = tensors.get(name)
    const wanted = `${variable.dtype} [${shape.join(', ')}]`
    if (found === undefined) {
      const near = closest(name, unknown)
      problems.push(`${name}: missing${near === undefined ? '' : ` (the file has ${near})`}`)
      continue
    }
    const given = `${found.dtype === 'F32' ? 'float32' : found.dtype === 'I32' ? 'int32' : 'uint8'} [${found.shape.join(', ')}]`
    if (given !== wanted) problems.push(`${name}: expected ${wanted}, got ${given}`)
  }
  for (const name of unknown) problems.push(`${name}: the model has no such weight`)
  return problems
}

function storedInputShape({ metadata }: StoredTensors, where: string): (number | null)[] {
  try {
    const shape = JSON.parse(metadata.input_shape ?? '') as unknown
    if (Array.isArray(shape) && shape.every((each) => each === null || Number.isInteger(each))) {
      return shape as (number | null)[]
    }
  } catch (error) {
    // Not JSON: the same answer as for anything else that is not a shape.
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new DataError({
    where,
    expected: 'the file must say the input shape of a model that is not built yet',
    given: metadata.input_shape,
    hint: 'Call build([null, ...inputShape]) first.',
  })
}
