/** A model or version for messages. */
export function whereOf(name: string, version?: string): string {
  const suffix = version === undefined ? '' : ` version ${version}`
  return `model ${JSON.stringify(name)}${suffix}`
}

/** An input of a model for messages. */
export function whereOfInput(name: string, input: string): string {
  return `${whereOf(name)}: input ${JSON.stringify(input)}`
}
