import { ConfigError, ShapeError } from '@ashlar/errors'
import { type FieldInfo, fieldsOf, type NamedField } from '../data/fields.ts'
import type { SampleInfo, Samples } from '../data/samples.ts'
import { selectSamples } from '../data/source.ts'
import type { Network } from '../network/network.ts'
import { type BuiltFrom, isShapeList } from '../network/shapes.ts'
import { checkInputNames } from '../network/signature.ts'
import { modelDtype } from './inputs.ts'

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
  const { inputs } = fieldsOf(info)
  if (!model.built) {
    if (seed !== undefined) model.seed = seed
    model.build(builtFrom(info))
    return
  }
  if (inputs[0]?.name !== undefined) {
    checkFieldNames(model, inputs)
    return
  }
  // One that takes samples of several shapes is built for these.
  model.build(builtFrom(info))
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

/**
 * Builds a model for samples that it only runs on: one that was built for others which it takes as well stays built for those, and is exported as before.
 *
 * @throws ShapeError when it was built for samples of another shape.
 */
export function ensureTakes(model: Network, samples: { info: SampleInfo }): void {
  const before = model.built ? model.inputShape : undefined
  ensureBuilt(model, samples)
  if (before === undefined || isShapeList(before)) return
  if (String(model.inputShape) !== String(before)) model.build(before)
}

/** What a model is built from to take samples. */
export function builtFrom(info: FieldInfo): BuiltFrom {
  const { inputs } = fieldsOf(info)
  if (inputs[0]?.name === undefined) return [null, ...info.inputShape]
  return Object.fromEntries(
    inputs.map((field) => [
      field.name!,
      { shape: [null, ...field.shape], dtype: modelDtype(field) },
    ]),
  )
}

/**
 * Holds the fields of samples against those that a model was built with.
 *
 * @throws ConfigError for one that the model does not take, or that is missing.
 * @throws ShapeError for one of another shape.
 */
function checkFieldNames(model: Network, fields: readonly NamedField[]): void {
  const taken = model.signature()?.inputs ?? []
  checkInputNames(
    model.getClassName(),
    taken.map(({ name }) => name),
    fields.map(({ name }) => name!),
  )
  for (const { name, shape } of fields) {
    const wanted = taken.find((each) => each.name === name)?.shape?.slice(1) ?? shape
    const fits =
      wanted.length === shape.length &&
      wanted.every((size, axis) => size === null || size === shape[axis])
    if (fits) continue
    throw new ShapeError({
      where: model.getClassName(),
      expected: `the field ${name} must have the shape [${wanted.map((size) => size ?? '?').join(', ')}] that the model was built with`,
      given: shape,
    })
  }
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
