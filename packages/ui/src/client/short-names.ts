/** Names of run folders without what all have in common: `20261103-142501-mnist` and a later one become `142501`, ..., and trials of one sweep their own names. */
export function shortNames(runs: readonly string[]): Record<string, string> {
  // Each part with the sign behind it.
  const parts = runs.map((run) => run.split(/(?<=[-/])/))
  const most = Math.min(...parts.map((each) => each.length)) - 1
  let [front, back] = [0, 0]
  while (front < most && parts.every((each) => each[front] === parts[0]![front])) front++
  while (
    front + back < most &&
    parts.every((each) => each.at(-1 - back) === parts[0]!.at(-1 - back))
  )
    back++
  return Object.fromEntries(
    runs.map((run, i) => [
      run,
      parts[i]!.slice(front, parts[i]!.length - back)
        .join('')
        .replace(/[-/]$/, ''),
    ]),
  )
}
