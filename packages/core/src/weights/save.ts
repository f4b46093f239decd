import { ConfigError } from '@ashlar/errors'
import type { Model } from '../model/model.ts'
import { encodeSafetensors, type StoredTensor } from './safetensors.ts'
import { writeFileSafely } from './write-file.ts'

/** See `Model.save`. */
export async function saveWeights(model: Model, path: string): Promise<void> {
  await writeFileSafely(path, encodeWeights(model))
}

/** A built model's weights as the bytes of a safetensors file, by readable name and in the model's order. */
export function encodeWeights(model: Model): Uint8Array {
  if (!model.built) {
    throw new ConfigError({
      where: `${model.getClassName()}.save`,
      expected: 'the model must be built',
      hint: 'Call build([null, ...inputShape]), fit or predict first.',
    })
  }
  const tensors = new Map<string, StoredTensor>()
  for (const { name, variable, shape } of model.namedWeights()) {
    const data = variable.dataSync() as Float32Array | Int32Array
    tensors.set(name, { dtype: data instanceof Int32Array ? 'I32' : 'F32', shape, data })
  }
  return encodeSafetensors({
    tensors,
    metadata: {
      format: 'ashlar',
      model: model.getClassName(),
      input_shape: JSON.stringify(model.inputShape),
    },
  })
}
