import { isDeepStrictEqual } from 'node:util'
import {
  type DatasetInfo,
  type Encodings,
  type Field,
  fieldsOf,
  type InputEncoding,
} from '@ashlar/core'
import { DataError } from '@ashlar/errors'

/** What a run keeps of the data that it was trained on. */
export interface TrainedData {
  readonly data: DatasetInfo
  readonly encodings?: Encodings | undefined
}

/** How files call an only input that nobody named. */
export const ONLY_INPUT = 'input'

/** How an only input without a name was made: beside outputs that have names a run keeps it as files call it. */
export function onlyInputOf(encodings: Encodings | undefined): InputEncoding | undefined {
  return encodings?.input ?? encodings?.inputs?.[ONLY_INPUT]
}

/**
 * What a dataset says of itself where its tables are brought to what a model has seen (`LoadDataOptions`): they may have other categories than those that were trained on, which are of another width.
 */
export function infoAsTrained(info: DatasetInfo, { data, encodings }: TrainedData): DatasetInfo {
  const isTable = (encoding: InputEncoding | undefined) => encoding?.kind === 'table'
  if (info.inputs === undefined) {
    const input = onlyInputOf(encodings)
    if (!isTable(input) || !isTable(info.input) || data.inputs !== undefined) return info
    return { ...info, input, inputShape: data.inputShape, inputRange: data.inputRange }
  }
  const inputs = Object.entries(info.inputs).map(([name, field]): [string, Field] => {
    const [encoding, known] = [encodings?.inputs?.[name], data.inputs?.[name]]
    if (!isTable(encoding) || !isTable(field.encoding) || known === undefined) return [name, field]
    const { shape, range } = known
    return [name, { ...field, encoding, shape, ...(range && { range }) }]
  })
  const [first] = inputs
  return {
    ...info,
    inputs: Object.fromEntries(inputs),
    ...(first && { inputShape: first[1].shape }),
    ...(first?.[1].range && { inputRange: first[1].range }),
  }
}

/**
 * @throws DataError for data whose classes are others than those that a model was trained with, or come in another order: its labels are indices, and would mean something else.
 */
export function requireTrainedClasses(info: DatasetInfo, data: DatasetInfo): void {
  for (const { name, classes = [] } of fieldsOf(data).outputs) {
    const given = fieldsOf(info).outputs.find((each) => each.name === name)?.classes ?? []
    if (classes.length === 0 || given.length === 0 || isDeepStrictEqual(given, classes)) continue
    const unknown = given.filter((each) => !classes.includes(each))
    const missing = classes.filter((each) => !given.includes(each))
    const news = [
      unknown.length > 0 ? `It does not know ${listOf(unknown)}.` : [],
      missing.length > 0 ? `There is no sample of ${listOf(missing)}.` : [],
    ].flat()
    throw new DataError({
      where: name === undefined ? info.name : `${info.name}: ${name}`,
      expected: `the classes must be those that the model was trained with, in their order: ${listOf(classes)}`,
      given: listOf(given),
      hint: [...news, 'Labels are indices of classes: bring the data to these.'].join(' '),
    })
  }
}

/** Names, as far as there is room. */
function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST).join(', ')
  return names.length > MOST ? `${shown} and ${names.length - MOST} more` : shown
}

const MOST = 10
