import { ConfigError } from '@ashlar/errors'
import { writeFileSafely } from '../files/write-file.ts'
import type { Model } from '../model/model.ts'
import { type WeightValues, weightValues } from '../training/weight-values.ts'
import { encodeSafetensors } from './safetensors.ts'

/** See `Model.save`. */
export async function saveWeights(model: Model, path: string): Promise<void> {
  await writeFileSafely(path, encodeWeights(model))
}

/**
 * A built model's weights as the bytes of a safetensors file, by readable name and in the model's order.
 *
 * @param values to write in place of the model's own.
 */
export function encodeWeights(model: Model, values?: WeightValues): Uint8Array {
  if (!model.built) {
    throw new ConfigError({
      where: `${model.getClassName()}.save`,
      expected: 'the model must be built',
      hint: 'Call build([null, ...inputShape]), fit or predict first.',
    })
  }
  return encodeSafetensors({
    tensors: values ?? weightValues(model),
    metadata: {
      format: 'ashlar',
      model: model.getClassName(),
      input_shape: JSON.stringify(model.inputShape),
    },
  })
}
