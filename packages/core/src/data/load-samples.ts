import type { Dataset, DatasetInfo, DatasetSplits, LoadDataOptions } from './dataset.ts'
import { type InputEncoding, imageEncodingOf } from './encoding.ts'
import { scalingOf } from './normalize.ts'
import type { DatasetSamples, SampleInfo } from './samples.ts'
import type { ChannelScaling } from './scaling.ts'

/**
 * Loads a dataset.
 *
 * @example const { train, test } = await loadSamples(mnist())
 */
export async function loadSamples(
  dataset: Dataset,
  options?: LoadDataOptions,
): Promise<DatasetSamples> {
  return asSamples(dataset.info, await dataset.load(options), options?.input)
}

/**
 * @param seen what a model was trained with, if it was: nothing is fitted anew.
 * @param rows of the training samples that everything is fitted to; all when left out.
 */
async function asSamples(
  dataset: DatasetInfo,
  splits: DatasetSplits,
  seen?: InputEncoding,
  rows?: Uint32Array,
): Promise<DatasetSamples> {
  const { train, test, validation, leftOut, digest } = splits
  const scaling =
    seen === undefined
      ? await scalingOf({ ...train, info: dataset }, dataset, rows)
      : scalingIn(seen)
  const made = splits.input ?? dataset.input ?? imageEncodingOf(dataset)
  const input = made?.kind === 'image' && scaling ? { ...made, ...scaling } : made
  const info: SampleInfo = { ...dataset, ...(scaling && { scaling }) }
  const isFitted = seen === undefined && dataset.normalize === 'data'
  const refit = async (chosen: Uint32Array) =>
    asSamples(dataset, (await splits.refit?.(chosen)) ?? splits, undefined, chosen)
  return {
    ...(input && { input }),
    ...(splits.inputs && { inputs: splits.inputs }),
    ...((splits.refit !== undefined || isFitted) && { refit }),
    train: { ...train, info },
    test: { ...test, info },
    ...(validation && { validation: { ...validation, info } }),
    ...(leftOut && leftOut.length > 0 && { leftOut }),
    digest,
  }
}

/** What the pictures of an encoding were normalized by. */
function scalingIn(input: InputEncoding): ChannelScaling | undefined {
  if (input.kind !== 'image' || (input.mean === undefined && input.std === undefined)) {
    return undefined
  }
  const of = (numbers: readonly number[] | undefined, otherwise: number) =>
    Array.from({ length: input.channels }, (_, channel) => numbers?.[channel] ?? otherwise)
  return { mean: of(input.mean, 0), std: of(input.std, 1) }
}
