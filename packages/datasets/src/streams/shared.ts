type View = Uint8Array | Uint32Array | Float64Array

/** The same with all arrays in memory that threads share. */
export function onSharedMemory<T>(value: T): T {
  return mapped(value, (view) => moved(view, new SharedArrayBuffer(view.byteLength)))
}

/** The same with all arrays in memory that can be written down. */
export function onPlainMemory<T>(value: T): T {
  return mapped(value, (view) => moved(view, new ArrayBuffer(view.byteLength)))
}

function moved(view: View, buffer: ArrayBufferLike): View {
  const kind = view.constructor as new (buffer: ArrayBufferLike) => View
  const copy = Buffer.isBuffer(view) ? new Uint8Array(buffer) : new kind(buffer)
  copy.set(view)
  return copy
}

function mapped<T>(value: T, change: (view: View) => View): T {
  if (ArrayBuffer.isView(value)) return change(value as unknown as View) as unknown as T
  if (Array.isArray(value)) {
    // Long lists are texts and numbers.
    return (typeof value[0] === 'object'
      ? value.map((each: unknown) => mapped(each, change))
      : value) as unknown as T
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, mapped(each as unknown, change)]),
  ) as T
}
