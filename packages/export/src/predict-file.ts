import {
  type FileLimits,
  fieldsOf,
  PredictionRows,
  type Predictions,
  readBatches,
  type Samples,
} from '@ashlar/core'
import { DataError, EngineError } from '@ashlar/errors'
import { inspectFile } from './inspect/inspect.ts'
import { openInspected } from './run/guarded.ts'
import { sampleFeeds } from './sample-feeds.ts'

/** Samples that go through the file together. */
const BATCH = 256

/**
 * Runs a file on all samples, batch by batch. The file may come from anybody: it is checked before a runtime
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
  const file = await inspectFile(path)
  const model = await openInspected(path, file, limits)
  try {
    const { info } = samples
    const feedsOf = sampleFeeds(path, file, info)
    const rows = new PredictionRows(samples.length)
    for await (const batch of readBatches(samples, { batchSize: BATCH })) {
      const feeds = feedsOf({ ...batch, info })
      const results = await model.run(feeds).catch((cause: Error) => {
        throw cause instanceof EngineError ? doesNotFit(path, samples, cause) : cause
      })
      for (const name of model.outputNames) {
        const { shape, data } = results[name]!
        rows.add(name, shape.slice(1), data as Float32Array)
      }
    }
    return rows.result(model.outputNames.length > 1 || model.outputNames[0] !== 'output')
  } finally {
    await model.release()
  }
}

function doesNotFit(path: string, { info }: Samples, cause: Error): DataError {
  const shapes = fieldsOf(info).inputs.map(
    ({ name, shape }) => `${name === undefined ? '' : `${name} `}[${shape.join(', ')}]`,
  )
  return new DataError({
    where: path,
    expected: `must take batches of samples of shape ${shapes.join(' and ')}`,
    hint: cause.message,
    cause,
  })
}
