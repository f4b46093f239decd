import { DataError } from '@ashlar/errors'
import { reasonOf } from '../files/read-file.ts'

/**
 * A field of a record; `json.label` is a field of the object, or of the file of JSON, that is called `json`.
 *
 * @param where names the record in errors.
 * @throws DataError for a file that is no JSON.
 */
export function fieldIn(record: unknown, name: string, where: string): unknown {
  const own = (record as Readonly<Record<string, unknown>>)[name]
  const dot = name.indexOf('.')
  if (own !== undefined || dot < 0) return own
  const outer = (record as Readonly<Record<string, unknown>>)[name.slice(0, dot)]
  const inner = outer instanceof Uint8Array ? parsed(outer, where, name.slice(0, dot)) : outer
  if (typeof inner !== 'object' || inner === null) return undefined
  return fieldIn(inner, name.slice(dot + 1), where)
}

function parsed(bytes: Uint8Array, where: string, name: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch (cause) {
    throw new DataError({
      where: `${where}, ${JSON.stringify(name)}`,
      expected: `must be JSON (${reasonOf(cause)})`,
      cause,
    })
  }
}
