import { resolve } from 'node:path'
import { type FileLimits, type Predictions, readBatches, type Samples } from '@ashlar/core'
import { DataError, EngineError } from '@ashlar/errors'
import { inspectFile, LAYOUT_KEY } from './inspect/inspect.ts'
import { openGuarded } from './run/guarded.ts'
import { turnData } from './source/channels-first.ts'
import { asModelInput } from './verify/samples.ts'

/** Samples that go through the file together. */
const BATCH = 256

/**
 * Runs a file of one input and one output on all samples, batch by batch. The file may come from anybody: it is checked before a runtime
 * sees it, and runs in a process of its own that ends at its limits.
 *
 * @returns what `Model.predict` gives for the model that the file was made from.
 * @throws DataError when it is no ONNX file, goes beyond its limits, or takes and gives something else.
 */
export async function predictFile(
  path: string,
  samples: Samples,
  limits?: FileLimits,
): Promise<Predictions> {
  const { bytes, external, metadata, inputs, size } = await inspectFile(path)
  const open = openGuarded(path, size, limits)
  const model = await open(external.length > 0 ? resolve(path) : bytes)
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
    for await (const batch of readBatches(samples, { batchSize: BATCH })) {
      const feeds = { [input]: toFile(asModelInput(batch.inputs, batch.length, samples)) }
      const result = (
        await model.run(feeds).catch((cause: Error) => {
          throw cause instanceof EngineError ? doesNotFit(path, samples, cause) : cause
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
    await model.release()
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
