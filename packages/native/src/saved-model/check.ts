import { DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { Tensorflow } from '../load/load-tensorflow.ts'
import { onTensorflow } from '../load/on-tensorflow.ts'
import type { Port } from './artifacts.ts'
import { sizesOf, tfjsDtype } from './tensor-proto.ts'

/** Largest allowed difference, as a part of the largest magnitude of an output. */
const TOLERANCE = 1e-3

const BATCH = 2
/** Stands for sizes besides the batch that are not known. */
const SIZE = 32

/** A SavedModel that is open in TensorFlow. */
export interface OpenSavedModel {
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  readonly session: number
  readonly tensorflow: Tensorflow
  readonly folder: string
}

/**
 * Holds a graph-model against TensorFlow's own run of the SavedModel that it was made of, on made-up inputs. Where TensorFlow itself refuses them
 * (sizes that had to be made up), nothing is learnt.
 *
 * @throws DataError that names the output that differs.
 */
export async function checkPredictions(model: tf.GraphModel, open: OpenSavedModel): Promise<void> {
  if (open.inputs.every(hasKnownType)) await onTensorflow(() => compare(model, open))
}

function compare(model: tf.GraphModel, open: OpenSavedModel): void {
  const { inputs, outputs, folder } = open
  tf.tidy(() => {
    const feeds = Object.fromEntries(inputs.map((port) => [port.name, madeUp(port)]))
    const expected = runItself(open, feeds)
    if (expected === undefined) return
    const names = outputs.map(({ name }) => name)
    const found = model.execute(feeds, names)
    const list = Array.isArray(found) ? found : [found]
    for (const [i, name] of names.entries()) {
      const difference = largestDifference(list[i]!.dataSync(), expected[i]!)
      if (difference <= TOLERANCE) continue
      throw new DataError({
        where: folder,
        expected: `its graph must predict what TensorFlow predicts; the output ${name} differs by ${difference.toPrecision(2)} of its largest number`,
      })
    }
  })
}

function hasKnownType({ info }: Port): boolean {
  return tfjsDtype(info.dtype) !== undefined
}

function madeUp({ info }: Port): tf.Tensor {
  const dtype = tfjsDtype(info.dtype) ?? 'float32'
  const shape = sizesOf(info.tensorShape).map((size, i) =>
    size >= 0 ? size : i === 0 ? BATCH : SIZE,
  )
  const size = shape.reduce((product, each) => product * each, 1)
  // Whole numbers may be indices, and 0 and 1 are the ones that any table has.
  const values = Array.from({ length: size }, (_, i) =>
    dtype === 'float32' ? Math.sin(i * 1.7 + 0.3) : i % 2,
  )
  return tf.tensor(values, shape, dtype)
}

/** The outputs as TensorFlow computes them; `undefined` where it refuses the inputs. */
function runItself(
  { inputs, outputs, session, tensorflow }: OpenSavedModel,
  feeds: Readonly<Record<string, tf.Tensor>>,
): ArrayLike<number>[] | undefined {
  const { binding } = tensorflow
  const operation = ({ tensor }: Port) => tensor.replace(/:0$/, '')
  const ids = inputs.map(({ name, info }) => {
    const { shape } = feeds[name]!
    return binding.createTensor(shape, info.dtype, feeds[name]!.dataSync())
  })
  try {
    const results = binding.runSavedModel(
      session,
      ids,
      inputs.map(operation).join(','),
      outputs.map(operation).join(','),
    )
    return results.map(({ id }) => {
      const values = binding.tensorDataSync(id).slice()
      binding.deleteTensor(id)
      return values
    })
  } catch {
    // Sizes that do not go together, or an index outside of its table: made-up inputs are only a guess.
    return undefined
  } finally {
    for (const id of ids) binding.deleteTensor(id)
  }
}

function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY
  let largest = 1e-6
  let difference = 0
  for (let i = 0; i < expected.length; i++) {
    if (Number.isFinite(expected[i])) largest = Math.max(largest, Math.abs(expected[i]!))
    if (found[i] === expected[i] || Object.is(found[i], expected[i])) continue
    // NaN on one side alone counts as the worst there is.
    const each = Math.abs(found[i]! - expected[i]!)
    difference = Number.isNaN(each) ? Number.POSITIVE_INFINITY : Math.max(difference, each)
  }
  return difference / largest
}
