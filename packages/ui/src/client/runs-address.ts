import { put } from './curve-address.ts'

/** Which runs are shown, and how. */
export interface Seen {
  readonly filter: string
  readonly sort: string
  /** Null for the usual ones. */
  readonly columns: readonly string[] | null
  readonly chosen: readonly string[]
}

/** Which runs are shown, as an address has it; undefined where it says nothing at all. */
export function readSeen(query: URLSearchParams): Seen | undefined {
  if (query.size === 0) return undefined
  return {
    filter: query.get('filter') ?? '',
    sort: query.get('sort') ?? '',
    columns: query.get('columns')?.split(',').filter(Boolean) ?? null,
    chosen: query.getAll('chosen'),
  }
}

/** Puts it into an address, which says something in any case: what it is silent of would be what another browser has kept. */
export function writeSeen({ filter, sort, columns, chosen }: Seen, query: URLSearchParams): void {
  put(query, 'filter', filter)
  put(query, 'sort', sort)
  query.delete('columns')
  if (columns !== null) query.set('columns', columns.join(','))
  query.delete('chosen')
  for (const run of chosen) query.append('chosen', run)
  if (query.size === 0) query.set('filter', '')
}
