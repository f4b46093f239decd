import { ConfigError } from '@ashlar/errors'
import type { Field, Named } from './field.ts'
import type { ChannelScaling } from './scaling.ts'
import type { FieldSplit, LabelData, SampleData } from './split.ts'

/** A field, and its name where there are several. */
export interface NamedField extends Field {
  /** Undefined for the only input or label of a sample that names none. */
  readonly name: string | undefined
}

/** What says which fields there are: {@link fieldsOf} answers for both forms. */
export interface FieldInfo {
  readonly inputShape: readonly number[]
  readonly labelShape: readonly number[]
  readonly inputDtype: 'uint8' | 'float32'
  readonly inputRange: readonly [number, number]
  /** What the channels of the one input are normalized by, once scaled; nothing when left out. */
  readonly scaling?: ChannelScaling | undefined
  readonly inputs?: Readonly<Record<string, Field>> | undefined
  readonly outputs?: Readonly<Record<string, Field>> | undefined
  readonly classes?: readonly string[] | undefined
  readonly targets?: readonly string[] | undefined
  readonly multiLabel?: true | undefined
  readonly ignoreIndex?: number | undefined
}

/** The fields of samples. */
export interface Fields {
  readonly inputs: readonly NamedField[]
  readonly outputs: readonly NamedField[]
}

/** All fields of samples, in order, whether they are named or not. */
export function fieldsOf(info: FieldInfo): Fields {
  const { inputs, outputs } = info
  return {
    inputs:
      inputs === undefined
        ? [
            {
              name: undefined,
              shape: info.inputShape,
              dtype: info.inputDtype,
              range: info.inputRange,
              scaling: info.scaling,
            },
          ]
        : listed(inputs),
    outputs:
      outputs === undefined
        ? [
            {
              name: undefined,
              shape: info.labelShape,
              dtype: 'float32',
              classes: info.classes,
              targets: info.targets,
              multiLabel: info.multiLabel,
              ignoreIndex: info.ignoreIndex,
            },
          ]
        : listed(outputs),
  }
}

function listed(fields: Readonly<Record<string, Field>>): NamedField[] {
  return Object.entries(fields).map(([name, field]) => ({ ...field, name }))
}

/** What a dataset or samples of named fields say of themselves. */
export interface NamedFields {
  /** By name, in the order in which a file has them; left out for one input, given as `input`. */
  readonly inputs?: Readonly<Record<string, Field>> | undefined
  readonly input?: Field | undefined
  /** By the name of the model's output that they are held against; left out for one, given as `output`. */
  readonly outputs?: Readonly<Record<string, Field>> | undefined
  readonly output?: Field | undefined
}

const NOTHING: Field = { shape: [], dtype: 'float32' }

/**
 * The part of a `DatasetInfo` that says which fields samples have. What knows of one input and one label alone sees the first of each.
 *
 * @throws ConfigError for samples without inputs or labels.
 */
export function infoOfFields(
  given: NamedFields,
): FieldInfo & { readonly classes: readonly string[] } {
  const { inputs, outputs } = given
  const first = given.input ?? Object.values(inputs ?? {})[0]
  const label = given.output ?? Object.values(outputs ?? {})[0] ?? NOTHING
  if (first === undefined) {
    throw new ConfigError({
      where: 'fields',
      expected: 'samples must have at least one input',
      given: { inputs },
    })
  }
  return {
    inputShape: first.shape,
    labelShape: label.shape,
    inputDtype: first.dtype === 'uint8' ? 'uint8' : 'float32',
    inputRange: rangeOfField(first),
    ...(given.input === undefined && { inputs }),
    ...(given.output === undefined && { outputs }),
    classes: label.classes ?? [],
    ...(label.targets && { targets: label.targets }),
    ...(label.multiLabel && { multiLabel: true as const }),
    ...(label.ignoreIndex !== undefined && { ignoreIndex: label.ignoreIndex }),
  }
}

/** Smallest and largest number that a field stores, as far as somebody said. */
export function rangeOfField({ range, dtype }: Field): readonly [number, number] {
  if (range !== undefined) return range
  if (dtype === 'uint8') return [0, 255]
  return dtype === 'bool' ? [0, 1] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
}

/** The numbers of one field of some samples, and how they enter a program. */
export interface Column {
  readonly role: 'inputs' | 'labels' | 'weights'
  readonly name: string | undefined
  /** What the input of a program is called: `inputs`, `labels/box`. */
  readonly feed: string
  /** Row after row. */
  readonly data: SampleData | LabelData
  /** Of one sample. */
  readonly shape: readonly number[]
  /** Numbers of one sample. */
  readonly size: number
}

/** Whether there are several by name rather than one. */
export function areNamed<T extends ArrayBufferView>(
  data: Named<T>,
): data is Readonly<Record<string, T>> {
  return !ArrayBuffer.isView(data)
}

/** What a program calls a field. */
export function feedOf(role: Column['role'], name: string | undefined): string {
  return name === undefined ? role : `${role}/${name}`
}

/**
 * All arrays of a split, one for each field.
 *
 * @throws ConfigError where arrays and fields have not the same names.
 */
export function columnsOf(split: FieldSplit, info: FieldInfo): Column[] {
  const { inputs, outputs } = fieldsOf(info)
  const weights: Column[] =
    split.weights === undefined
      ? []
      : [
          {
            role: 'weights',
            name: undefined,
            feed: 'weights',
            data: split.weights,
            shape: [],
            size: 1,
          },
        ]
  return [
    ...columnsBy('inputs', split.inputs, inputs),
    ...columnsBy('labels', split.labels, outputs),
    ...weights,
  ]
}

function columnsBy(
  role: 'inputs' | 'labels',
  data: Named<SampleData | LabelData>,
  fields: readonly NamedField[],
): Column[] {
  return fields.map(({ name, shape }) => {
    const own = name === undefined ? data : (data as Readonly<Record<string, SampleData>>)?.[name]
    return {
      role,
      name,
      feed: feedOf(role, name),
      data: own as SampleData | LabelData,
      shape,
      size: shape.reduce((product, each) => product * each, 1),
    }
  })
}

/** The same arrays by role and name: what {@link columnsOf} was made of. */
export function splitOf(columns: readonly Column[], length: number): FieldSplit {
  const of = (role: Column['role']): Named<SampleData> => {
    const own = columns.filter((each) => each.role === role)
    const [first] = own
    if (first !== undefined && first.name === undefined) return first.data as SampleData
    return Object.fromEntries(own.map(({ name, data }) => [name!, data as SampleData]))
  }
  const weights = columns.find(({ role }) => role === 'weights')
  return {
    inputs: of('inputs'),
    labels: of('labels') as Named<LabelData>,
    ...(weights && { weights: weights.data as Float32Array }),
    length,
  }
}

/**
 * The only array there is, for what knows of one alone.
 *
 * @param where who asks, for errors.
 * @throws ConfigError for several by name.
 */
export function theOnly<T extends ArrayBufferView>(where: string, data: Named<T>): T {
  if (!areNamed(data)) return data
  throw new ConfigError({
    where,
    expected: 'samples must have one input and one label without names',
    given: Object.keys(data),
  })
}
