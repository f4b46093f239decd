import { batches, type Predictions, type Samples } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import { loadOnnx } from '@ashlar/graph'
import { LAYOUT_KEY } from './export-onnx.ts'
import { inspectFile } from './inspect/inspect.ts'
import { turnData } from './source/channels-first.ts'
import { asModelInput } from './verify/samples.ts'

/** Samples that go through the file together. */
const BATCH = 256

/**
 * Runs a file of one input and one output on all samples, batch by batch. The file may come from anybody: it is checked before a runtime
 * sees it.
 *
 * @returns what `Model.predict` gives for the model that the file was made from.
 * @throws DataError when it is no ONNX file, or takes and gives something else.
 */
export async function predictFile(path: string, samples: Samples): Promise<Predictions> {
  const { bytes, external, metadata, inputs } = await inspectFile(path)
  const model = await loadOnnx(external.length > 0 ? path : bytes)
  try {
    if (inputs.length !== 1 || model.outputNames.length !== 1) {
      throw new DataError({
        where: path,
        expected: 'must have one input and one output',
        given: { inputs, outputs: model.outputNames },
      })
    }
    const [input, output] = [inputs[0]!, model.outputNames[0]!]
    const toFile = metadata.get(LAYOUT_KEY) === 'nchw' ? turnData : <T>(data: T) => data
    let data = new Float32Array(0)
    let shape: readonly number[] = []
    let done = 0
    for (const batch of batches(samples, samples.info, { batchSize: BATCH })) {
      const feeds = { [input]: toFile(asModelInput(batch.inputs, batch.length, samples)) }
      const result = (
        await model.run(feeds).catch((cause: Error) => {
          throw doesNotFit(path, samples, cause)
        })
      )[output]!
      if (done === 0) {
        shape = [samples.length, ...result.shape.slice(1)]
        data = new Float32Array((result.data.length / batch.length) * samples.length)
      }
      data.set(result.data as Float32Array, done)
      done += result.data.length
    }
    return { shape, data }
  } finally {
    await model.dispose()
  }
}

function doesNotFit(path: string, { info }: Samples, cause: Error): DataError {
  return new DataError({
    where: path,
    expected: `must take batches of samples of shape [${info.inputShape.join(', ')}]`,
    hint: cause.message,
    cause,
  })
}
