import {
  type BatchDtype,
  type BatchDtypes,
  batchDtypes,
  type DatasetInfo,
  type Field,
  fieldsOf,
  type LabelData,
  type Named,
  type NamedField,
} from '@ashlar/core'

/** Labels of a dataset: those that are held in memory, and what the others are. */
export interface LabelDtypes {
  readonly labels: readonly { readonly name: string | undefined; readonly data: LabelData }[]
  readonly labelDtypes?: ReadonlyMap<string | undefined, 'int32' | 'float32'> | undefined
}

/** How the numbers of a batch are stored, field by field. */
export function dtypesOf(info: DatasetInfo, { labels, labelDtypes }: LabelDtypes): BatchDtypes {
  const { inputs, outputs } = fieldsOf(info)
  const dtypeOf = (name: string | undefined): BatchDtype => {
    const held = labels.find((each) => each.name === name)
    if (held === undefined) return labelDtypes?.get(name) ?? 'float32'
    return batchDtypes({ inputs: new Uint8Array(0), labels: held.data, length: 0 })
      .labels as BatchDtype
  }
  const named = <T>(fields: readonly NamedField[], of: (field: NamedField) => T): Named<T> =>
    fields[0]!.name === undefined
      ? of(fields[0]!)
      : Object.fromEntries(fields.map((field) => [field.name!, of(field)]))
  return { inputs: named(inputs, storedDtype), labels: named(outputs, ({ name }) => dtypeOf(name)) }
}

/** How an input is stored in a batch. */
export function storedDtype({ dtype }: Field): BatchDtype {
  return dtype === 'bool' ? 'uint8' : dtype
}
