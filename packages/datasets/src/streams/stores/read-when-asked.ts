/** A record whose fields are read when they are asked for, each once: a mask asks for its picture as well. */
export function readWhenAsked(
  fields: Iterable<readonly [name: string, read: () => unknown]>,
): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  for (const [name, read] of fields) {
    let value: unknown
    Object.defineProperty(record, name, {
      enumerable: true,
      get() {
        value ??= read()
        return value
      },
    })
  }
  return record
}
