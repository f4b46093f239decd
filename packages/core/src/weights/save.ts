import { ConfigError } from '@ashlar/errors'
import { writeFileSafely } from '../files/write-file.ts'
import type { Network } from '../network/network.ts'
import { encodeSafetensors } from './safetensors.ts'
import { type WeightValues, weightValues } from './values.ts'

/** See `Model.save`. */
export async function saveWeights(model: Network, path: string): Promise<void> {
  await writeFileSafely(path, encodeWeights(model))
}

/**
 * A built model's weights as the bytes of a safetensors file, by readable name and in the model's order.
 *
 * @param values to write in place of the model's own.
 */
export function encodeWeights(model: Network, values?: WeightValues): Uint8Array {
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
