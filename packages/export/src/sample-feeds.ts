import { type FieldSamples, fieldsOf, readEncodings, type SampleInfo } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import { type InspectedModel, LAYOUT_KEY } from './inspect/inspect.ts'
import { turnData } from './source/channels-first.ts'
import { rawOf } from './source/preprocess.ts'
import type { InputSpec, InputSpecs } from './source/source.ts'
import type { NamedData, TensorData } from './tensors.ts'
import { asModelInputs } from './verify/samples.ts'

/**
 * Makes what a file is fed with of samples, as the file says that it takes them: raw where it makes samples itself, in its layout.
 *
 * @param path names the file in errors.
 * @throws DataError for a file that takes other inputs than samples have.
 */
export function sampleFeeds(
  path: string,
  { inputs, metadata }: Pick<InspectedModel, 'inputs' | 'metadata'>,
  info: SampleInfo,
): (samples: FieldSamples) => NamedData {
  const specs = specsFor(path, info, inputs)
  const { input, inputs: named = {} } = readEncodings(metadata, path)
  const isChannelsFirst = metadata.get(LAYOUT_KEY) === 'nchw'
  const toFile = (name: string, sample: TensorData) => {
    const encoding = input ?? named[name]
    const taken = encoding?.inGraph ? rawOf(encoding, sample) : sample
    return isChannelsFirst ? turnData(taken) : taken
  }
  return (samples) =>
    Object.fromEntries(
      Object.entries(asModelInputs(samples, specs)).map(([name, data]) => [
        name,
        toFile(name, data),
      ]),
    )
}

/** What the file takes, as far as samples say it. */
function specsFor(path: string, info: SampleInfo, inputs: readonly string[]): InputSpecs {
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
