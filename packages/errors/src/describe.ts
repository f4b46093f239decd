/**
 * A value as it appears in a message: strings in quotes, tensors and typed arrays by dtype and shape, long things cut.
 *
 * @example describe([28, 28, 1]) // '[28, 28, 1]'
 */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value))
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (value === null || typeof value !== 'object') return String(value)
  if (ArrayBuffer.isView(value)) {
    const length = 'length' in value ? Number(value.length) : value.byteLength
    return `${value.constructor.name}(${length})`
  }
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map(describe)
    return `[${[...shown, ...(value.length > 8 ? [`... ${value.length} in all`] : [])].join(', ')}]`
  }
  if ('shape' in value && 'dtype' in value) return `${value.dtype} ${describe(value.shape)}`
  const name = Object.getPrototypeOf(value)?.constructor?.name
  if (name && name !== 'Object') return name
  return cut(JSON.stringify(value) ?? String(value))
}

function cut(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
