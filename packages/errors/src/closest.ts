import { distance, closest as nearest } from 'fastest-levenshtein'

/** The known name that a misspelt one most likely meant, or `undefined` when none is near (more than a third differs). */
export function closest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const found = nearest(name.toLowerCase(), known)
  const limit = Math.max(2, Math.ceil(Math.max(name.length, found.length) / 3))
  return distance(name.toLowerCase(), found.toLowerCase()) <= limit ? found : undefined
}
