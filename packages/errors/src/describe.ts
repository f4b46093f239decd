/** Lists in lists deeper than this are cut; a list may even hold itself. */
const MAX_DEPTH = 4

/**
 * A value as it appears in a message: strings in quotes, tensors and typed arrays by dtype and shape, long things cut.
 *
 * @example describe([28, 28, 1]) // '[28, 28, 1]'
 */
export function describe(value: unknown): string {
  return describeNested(value, 0)
}

function describeNested(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(cut(value))
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (value === null || typeof value !== 'object') return String(value)
  if (ArrayBuffer.isView(value)) {
    const length = 'length' in value ? Number(value.length) : value.byteLength
    return `${value.constructor.name}(${length})`
  }
  if (Array.isArray(value)) {
    if (depth === MAX_DEPTH) return '[...]'
    const shown = value.slice(0, 8).map((item) => describeNested(item, depth + 1))
    return `[${[...shown, ...(value.length > 8 ? [`... ${value.length} in all`] : [])].join(', ')}]`
  }
  if ('shape' in value && 'dtype' in value) return `${value.dtype} ${describe(value.shape)}`
  const name = Object.getPrototypeOf(value)?.constructor?.name
  if (name && name !== 'Object') return name
  return cut(json(value))
}

function json(value: object): string {
  try {
    const text: string | undefined = JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'bigint' || ArrayBuffer.isView(inner) ? describe(inner) : inner,
    )
    return text ?? String(value)
  } catch {
    // It refers to itself, or one of its own methods fails: its keys are what can still be shown.
    return `{${Object.keys(value).join(', ')}}`
  }
}

function cut(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
