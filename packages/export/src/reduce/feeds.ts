import { columnsOf, fieldsOf, readSamples, type Samples } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { LAYOUT_KEY } from '../inspect/inspect.ts'
import { turnData } from '../source/channels-first.ts'
import type { InputSpec, InputSpecs } from '../source/source.ts'
import type { NamedData } from '../tensors.ts'
import { madeUp } from '../verify/inputs.ts'
import { asModelInputs } from '../verify/samples.ts'
import { type ModelProto, TYPE } from './proto.ts'

/** Inputs of a file for one run, and the labels that belong to them. */
export interface FedBatch {
  readonly feeds: NamedData
  /** Rows of `labels`, as the dataset has them. */
  readonly labels?: ArrayLike<number> | undefined
  /** Whether labels are numbers to be met, not classes. */
  readonly areTargets?: boolean | undefined
}

/** Samples go through a file so many at a time. */
const BATCH = 64

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
      const elem = tensor?.elemType
      const dtype = elem === TYPE.float ? 'float32' : elem === 9 ? 'bool' : 'int32'
      return [name!, { shape, dtype }]
    }),
  )
}

/** How many samples a file takes at a time; undefined for one that leaves it open. */
export function fixedBatch(ports: InputSpecs): number | undefined {
  const first = Object.values(ports)[0]?.shape[0]
  return typeof first === 'number' ? first : undefined
}

/**
 * Samples of a dataset as a file takes them, spread evenly over the split.
 *
 * @param count how many; all of a split that has fewer.
 * @throws ConfigError for a file whose inputs are not those of the samples.
 */
export async function* feedsOfSamples(
  model: ModelProto,
  where: string,
  samples: Samples,
  count: number,
): AsyncGenerator<FedBatch, void, undefined> {
  const ports = portsOf(model)
  checkNames(Object.keys(ports), where, samples)
  const isFirst = (model.metadataProps ?? []).some(
    ({ key, value }) => key === LAYOUT_KEY && value === 'nchw',
  )
  const size = fixedBatch(ports) ?? BATCH
  const taken = Math.min(count, samples.length)
  const { info } = samples
  for (let start = 0; start < taken; start += size) {
    const length = Math.min(size, taken - start)
    // A file of a fixed batch takes no fewer.
    if (length < size && fixedBatch(ports) !== undefined) return
    const rows = Uint32Array.from({ length }, (_, index) =>
      Math.floor(((start + index) * samples.length) / taken),
    )
    const part = await readSamples(samples, rows)
    const inputs = Object.entries(asModelInputs(part, ports))
    const labels = columnsOf(part, info).filter(({ role }) => role === 'labels')
    // Several outputs are held against the float file's alone.
    const only = labels.length === 1 ? labels[0]!.data : undefined
    yield {
      feeds: Object.fromEntries(
        inputs.map(([name, data]) => [name, isFirst ? turnData(data) : data]),
      ),
      ...(only && { labels: only, areTargets: only instanceof Float32Array }),
    }
  }
}

/** @throws ConfigError for a file whose inputs are not those of the samples. */
function checkNames(names: readonly string[], where: string, { info }: Samples): void {
  const fields = fieldsOf(info).inputs
  const isOne = fields.length === 1 && fields[0]!.name === undefined && names.length === 1
  if (isOne) return
  const given = fields.map(({ name }) => name ?? 'one without a name')
  if (String(given.toSorted()) === String(names.toSorted())) return
  throw new ConfigError({
    where,
    expected: `a file that is judged on samples of a dataset must take its inputs: ${given.join(', ')}`,
    given: names,
    hint: 'Give what it is fed with by name: an array of { [input]: { shape, dtype, data } }.',
  })
}

/** Numbers for a file of which nothing else is known. */
export function madeUpFeeds(model: ModelProto): FedBatch[] {
  const ports = portsOf(model)
  return [8, 5].map((batch) => ({
    feeds: madeUp(ports, 'random', (axis) => (axis === 0 ? batch : 16)).feeds,
  }))
}
