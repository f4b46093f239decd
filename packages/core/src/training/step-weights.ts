import type { Named } from '../data/field.ts'
import { type FieldInfo, fieldsOf, type NamedField } from '../data/fields.ts'
import type { FieldSamples, SampleInfo } from '../data/samples.ts'
import type { LabelData, SampleData } from '../data/split.ts'
import type { Network } from '../network/network.ts'
import { hasOwnStep, tryOwnStep } from './custom-step.ts'

/** Samples that a step is tried with. */
const LENGTH = 2

/** Makes the weights of layers that only a model's own step calls, as a model needs them that weights are loaded into. Others have none. */
export async function makeStepWeights(model: Network, info: SampleInfo): Promise<void> {
  if (hasOwnStep(model)) await tryOwnStep(model, zeroSamples(info))
}

/** Samples of zeros of a dataset of which nothing is loaded. */
function zeroSamples(info: SampleInfo): FieldSamples {
  const { inputs, outputs } = fieldsOf(info as FieldInfo)
  return {
    inputs: arraysOf(inputs, ({ dtype }) => dtype),
    // Classes are whole numbers, whatever holds them.
    labels: arraysOf(outputs, ({ dtype, classes, multiLabel }) =>
      classes?.length && !multiLabel ? 'int32' : dtype,
    ) as Named<LabelData>,
    length: LENGTH,
    info,
  }
}

function arraysOf(
  fields: readonly NamedField[],
  dtypeOf: (field: NamedField) => NamedField['dtype'],
): Named<SampleData> {
  const arrays = fields.map((field) => {
    const size = field.shape.reduce((product, each) => product * each, LENGTH)
    const dtype = dtypeOf(field)
    if (dtype === 'float32') return new Float32Array(size)
    return dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size)
  })
  if (fields[0]!.name === undefined) return arrays[0]!
  return Object.fromEntries(fields.map(({ name }, at) => [name!, arrays[at]!]))
}
