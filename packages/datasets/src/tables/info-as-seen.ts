import type { DatasetInfo, DatasetSplits, Field, InputEncoding } from '@ashlar/core'
import { fieldOfTable } from './table-field.ts'

/** What a dataset says of itself once its tables are made as a model has seen them: these may have other categories, and so another width. */
export function infoAsSeen(
  info: DatasetInfo,
  { input, inputs = {} }: Pick<DatasetSplits, 'input' | 'inputs'>,
): DatasetInfo {
  if (info.inputs === undefined) {
    return input?.kind === 'table'
      ? { ...info, input, inputShape: fieldOfTable(input).shape }
      : info
  }
  const fields = Object.entries(info.inputs).map(([name, field]): [string, Field] => {
    const seen: InputEncoding | undefined = inputs[name]
    return [name, seen?.kind === 'table' ? { ...field, ...fieldOfTable(seen) } : field]
  })
  return { ...info, inputs: Object.fromEntries(fields), inputShape: fields[0]![1].shape }
}
