import { columnsOf, fieldsOf, type Samples } from '@ashlar/core'
import type { InspectedModel } from '../inspect/inspect.ts'
import { sampleFeeds } from '../sample-feeds.ts'
import type { InputSpec, InputSpecs } from '../source/source.ts'
import type { NamedData, TensorData } from '../tensors.ts'
import { madeUp } from '../verify/inputs.ts'
import { evenParts } from '../verify/samples.ts'
import { type ModelProto, TYPE } from './proto.ts'

/** Inputs of a file for one run, and the labels that belong to them. */
export interface FedBatch {
  readonly feeds: NamedData
  readonly labels?: readonly OutputLabels[] | undefined
}

/** What an output should be, as the dataset has it. */
export interface OutputLabels {
  /** Of the output; undefined for the only one. */
  readonly name: string | undefined
  readonly data: ArrayLike<number>
  /** Classes, yes or no to each of several, or numbers to be met. */
  readonly kind: 'classes' | 'answers' | 'targets'
  /** The class of rows that do not count. */
  readonly ignoreIndex?: number | undefined
}

/** Samples go through a file so many at a time. */
const BATCH = 64

/** What inputs are of; others are tried as int32. */
const DTYPES: Readonly<Record<number, NonNullable<InputSpec['dtype']>>> = {
  [TYPE.float]: 'float32',
  [TYPE.uint8]: 'uint8',
  [TYPE.bool]: 'bool',
}

/** What a file takes, by the shapes that it says. */
export function portsOf(model: ModelProto): InputSpecs {
  const initialized = new Set((model.graph!.initializer ?? []).map(({ name }) => name))
  const ports = (model.graph!.input ?? []).filter(({ name }) => !initialized.has(name))
  return Object.fromEntries(
    ports.map(({ name, type }): [string, InputSpec] => {
      const tensor = type?.tensorType
      const shape = (tensor?.shape?.dim ?? []).map(({ dimValue, dimParam }) =>
        dimParam || Number(dimValue ?? 0) <= 0 ? dimParam || null : Number(dimValue),
      )
      return [name!, { shape, dtype: DTYPES[tensor?.elemType ?? 0] ?? 'int32' }]
    }),
  )
}

/** How many samples a file takes at a time; undefined for one that leaves it open. */
export function fixedBatch(ports: InputSpecs): number | undefined {
  const first = Object.values(ports)[0]?.shape[0]
  return typeof first === 'number' ? first : undefined
}

/** A file as it is fed: what it says of itself, and the same to be changed. */
export interface FedFile extends Pick<InspectedModel, 'inputs' | 'metadata'> {
  readonly path: string
  readonly model: ModelProto
}

/**
 * Samples of a dataset as a file takes them, spread evenly over the split.
 *
 * @param count how many; all of a split that has fewer.
 * @throws DataError for a file whose inputs are not those of the samples.
 */
export async function* feedsOfSamples(
  file: FedFile,
  samples: Samples,
  count: number,
): AsyncGenerator<FedBatch, void, undefined> {
  const { info } = samples
  const feedsOf = sampleFeeds(file.path, file, info)
  const fixed = fixedBatch(portsOf(file.model))
  for await (const part of evenParts(samples, count, fixed ?? BATCH)) {
    // A file of a fixed batch takes no fewer.
    if (fixed !== undefined && part.length < fixed) return
    yield { feeds: feedsOf(part), labels: labelsOf(part, info) }
  }
}

function labelsOf(
  part: Parameters<typeof columnsOf>[0],
  info: Parameters<typeof columnsOf>[1],
): OutputLabels[] {
  const fields = fieldsOf(info).outputs
  return columnsOf(part, info)
    .filter(({ role, data }) => role === 'labels' && data !== undefined)
    .map(({ name, data }) => {
      const field = fields.find((each) => each.name === name)
      const { multiLabel, ignoreIndex, classes = [] } = field ?? {}
      const areClasses = classes.length > 0 || !(data instanceof Float32Array)
      const kind = areClasses ? 'classes' : 'targets'
      return { name, data, kind: multiLabel ? 'answers' : kind, ignoreIndex }
    })
}

/** What a file is fed with by name, its bytes as the file takes them: those of pictures, or truth values. */
export function feedsByName(model: ModelProto, feeds: NamedData): NamedData {
  const ports = portsOf(model)
  const areBytes = (dtype: InputSpec['dtype']) => dtype === 'uint8' || dtype === 'bool'
  return Object.fromEntries(
    Object.entries(feeds).map(([name, given]): [string, TensorData] => {
      const dtype = ports[name]?.dtype
      return [name, dtype && areBytes(dtype) && areBytes(given.dtype) ? { ...given, dtype } : given]
    }),
  )
}

/** Numbers for a file of which nothing else is known. */
export function madeUpFeeds(model: ModelProto): FedBatch[] {
  const ports = portsOf(model)
  return [8, 5].map((batch) => ({
    feeds: madeUp(ports, 'random', (axis) => (axis === 0 ? batch : 16)).feeds,
  }))
}
