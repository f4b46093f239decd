/** The user's line, as ` at file:line`: the first frame of the stack that is neither tfjs nor this package. */
export function callerLine(): string {
  const frames = new Error().stack?.split('\n').slice(1) ?? []
  const frame = frames.find(
    (line) =>
      // Also behind source maps, which leave the name of pnpm's folder alone.
      !/[/\\]node_modules[/\\](?:\.pnpm[/\\])?@tensorflow[/\\+]/.test(line) &&
      !/[/\\]graph[/\\](src|dist)[/\\]capture[/\\]/.test(line) &&
      !line.includes('node:') &&
      !line.includes('(<anonymous>)'),
  )
  const place = frame?.match(/\(?((?:file:|\/|[A-Za-z]:\\)[^()]+:\d+):\d+\)?$/)?.[1]
  return place === undefined ? '' : ` at ${place}`
}
