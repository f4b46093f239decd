import type { SampleData } from '@ashlar/core'
import type { DecodePlan, RecordDecoder, SampleDecoder } from '../reader.ts'

/** Several fields of a sample, each decoded by itself. */
export interface FieldsPlan extends DecodePlan {
  readonly kind: 'fields'
  readonly parts: readonly FieldPart[]
}

/** One of them. */
export interface FieldPart {
  readonly role: 'inputs' | 'labels'
  /** Undefined for the only one of its role. */
  readonly name: string | undefined
  readonly plan: DecodePlan
  /** How labels are stored; float32 when left out. */
  readonly dtype?: 'int32' | 'float32' | undefined
}

/** A part and what decodes it. */
export type OpenPart = Pick<FieldPart, 'role' | 'name'> & { readonly decode: RecordDecoder }

/** Writes each part of a record to the array of its field. */
export function fieldsDecoder(parts: readonly OpenPart[]): SampleDecoder {
  return (record, { into, ...to }) => {
    const waiting: Promise<void>[] = []
    for (const { role, name, decode } of parts) {
      const all = into[role]
      const own = (
        name === undefined ? all : (all as Readonly<Record<string, SampleData>>)[name]
      ) as SampleData
      const done = decode(record, { ...to, into: { inputs: own, labels: own } })
      if (done instanceof Promise) waiting.push(done)
    }
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined)
  }
}
