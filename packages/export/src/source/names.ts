/** Equal names get numbers: `output1`, `output2`. */
export function uniqueNames(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const seen = new Map<string, number>()
  return names.map((name) => {
    if (counts.get(name) === 1) return name
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return `${name}${count}`
  })
}
