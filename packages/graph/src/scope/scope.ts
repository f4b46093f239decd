const path: (string | (() => string))[] = []

/**
 * Runs `fn` as a part of the layer `name`. Nested scopes join with dots: `block1.conv1`. What is captured inside carries
 * the path, for names in the exported file and for error messages.
 *
 * @param name a function where it changes while `fn` runs.
 */
export function scope<T>(name: string | (() => string), fn: () => T): T {
  path.push(name)
  try {
    return fn()
  } finally {
    path.pop()
  }
}

/** The path of the layer that is running, or `''`. */
export function currentScope(): string {
  return path
    .map((part) => (typeof part === 'string' ? part : part()))
    .filter((part) => part !== '')
    .join('.')
}

/** Where a capture is, for messages. */
export function capturePlace(): string {
  const layer = currentScope()
  return layer === '' ? 'capture' : `capture of layer ${layer}`
}
