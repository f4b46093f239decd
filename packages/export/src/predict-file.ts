import { resolve } from 'node:path'
import {
  type FileLimits,
  fieldsOf,
  PredictionRows,
  type Predictions,
  readBatches,
  readEncodings,
  type Samples,
} from '@ashlar/core'
import { DataError, EngineError } from '@ashlar/errors'
import { inspectFile, LAYOUT_KEY } from './inspect/inspect.ts'
import { openGuarded } from './run/guarded.ts'
import { turnData } from './source/channels-first.ts'
import { rawOf } from './source/preprocess.ts'
import type { InputSpec, InputSpecs } from './source/source.ts'
import type { TensorData } from './tensors.ts'
import { asModelInputs } from './verify/samples.ts'

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
  const { bytes, external, metadata, inputs, size } = await inspectFile(path)
  const open = openGuarded(path, size, limits)
  const model = await open(external.length > 0 ? resolve(path) : bytes)
  try {
    const specs = specsFor(path, samples, inputs)
    const { input: encoding } = readEncodings(metadata, path)
    const isChannelsFirst = metadata.get(LAYOUT_KEY) === 'nchw'
    const toFile = (sample: TensorData) => {
      const taken = encoding?.inGraph ? rawOf(encoding, sample) : sample
      return isChannelsFirst ? turnData(taken) : taken
    }
    const rows = new PredictionRows(samples.length)
    for await (const batch of readBatches(samples, { batchSize: BATCH })) {
      const given = asModelInputs({ ...batch, info: samples.info }, specs)
      const feeds = Object.fromEntries(
        Object.entries(given).map(([name, data]) => [name, toFile(data)] as const),
      )
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

/** What the file takes, as far as samples say it. */
function specsFor(path: string, { info }: Samples, inputs: readonly string[]): InputSpecs {
  const fields = fieldsOf(info).inputs
  const [only] = inputs
  const names = fields.map(({ name }) => name ?? only ?? '')
  if (String(names.toSorted()) !== String([...inputs].sort())) {
    throw new DataError({
      where: path,
      expected: `must take what samples have: ${fields[0]?.name === undefined ? 'one input' : names.join(', ')}`,
      given: inputs.join(', '),
    })
  }
  return Object.fromEntries(
    fields.map(({ name, shape, dtype }): [string, InputSpec] => [
      name ?? only!,
      { shape: [null, ...shape], dtype: dtype === 'uint8' ? 'float32' : dtype },
    ]),
  )
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
