import { ConfigError, ShapeError } from '@ashlar/errors'
import type { SampleInfo, Samples } from '../data/samples.ts'
import { selectSamples } from '../data/source.ts'
import type { Network } from '../network/network.ts'
import { isShapeList } from '../network/shapes.ts'

/** @throws ConfigError when `value` is not a positive integer. */
export function checkCount(where: string, argument: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return
  throw new ConfigError({
    where,
    expected: `\`${argument}\` must be a positive integer`,
    given: value,
  })
}

/**
 * Builds a model for samples that it is about to see.
 *
 * @param seed of the weights, unless they exist; by default the model's own.
 * @throws ShapeError when it was built for samples of another shape.
 */
export function ensureBuilt(model: Network, { info }: { info: SampleInfo }, seed?: number): void {
  if (!model.built) {
    if (seed !== undefined) model.seed = seed
    model.build([null, ...info.inputShape])
    return
  }
  const built = model.inputShape
  if (built === undefined || isShapeList(built)) return
  const wanted = built.slice(1)
  const { inputShape } = info
  if (
    wanted.length === inputShape.length &&
    // Dimensions that the model was built without may differ from run to run.
    wanted.every((size, axis) => size === null || size === inputShape[axis])
  ) {
    return
  }
  throw new ShapeError({
    where: model.getClassName(),
    expected: `samples must have the shape [${wanted.map((size) => size ?? '?').join(', ')}] that the model was built with`,
    given: inputShape,
  })
}

/** What to validate with: samples, or a part of those to train on. */
export interface ValidationOptions {
  readonly validationData?: Samples | undefined
  readonly validationSplit?: number | undefined
}

/** The samples to train on and those to validate with. */
export function splitValidation(
  data: Samples,
  { validationData, validationSplit = 0 }: ValidationOptions,
): { train: Samples; validation: Samples | undefined } {
  if (validationSplit === 0) return { train: data, validation: validationData }
  if (validationData !== undefined || !(validationSplit > 0 && validationSplit < 1)) {
    throw new ConfigError({
      where: 'fit',
      expected:
        '`validationSplit` must be between 0 and 1, and stand alone without `validationData`',
      given: validationSplit,
    })
  }
  const held = Math.floor(data.length * validationSplit)
  if (held === 0 || held === data.length) {
    throw new ConfigError({
      where: 'fit',
      expected: `\`validationSplit\` must leave samples on both sides of ${data.length}`,
      given: validationSplit,
    })
  }
  const from = (start: number, end: number): Samples =>
    selectSamples(
      data,
      Uint32Array.from({ length: end - start }, (_, i) => start + i),
    )
  return { train: from(0, data.length - held), validation: from(data.length - held, data.length) }
}
