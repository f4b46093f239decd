import { useEffect, useState } from 'preact/hooks'

/** What the page shows; its address says which, so that it can be kept and gone back to. */
export type Route =
  | { readonly page: 'runs' }
  | { readonly page: 'run'; readonly run: string }
  | { readonly page: 'compare'; readonly runs: readonly string[] }

/** The part of an address after `#`: which page, and what it is told. */
export function splitHash(hash: string): { path: string; query: URLSearchParams } {
  const [, path = '#/', query = ''] = /^(#\/[^?]*)\??(.*)$/s.exec(hash) ?? []
  return { path, query: new URLSearchParams(query) }
}

/** The route of an address's part after `#`. */
export function readRoute(hash: string): Route {
  const { path, query } = splitHash(hash)
  const runs = query.getAll('run')
  if (path === '#/run' && runs[0] !== undefined) return { page: 'run', run: runs[0] }
  if (path === '#/compare' && runs.length > 0) return { page: 'compare', runs }
  return { page: 'runs' }
}

/** The address of a route. */
export function hashOf(route: Route): string {
  if (route.page === 'runs') return '#/'
  const runs = route.page === 'run' ? [route.run] : route.runs
  return `#/${route.page}?${new URLSearchParams(runs.map((run) => ['run', run]))}`
}

/** The route that the page is at. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const told = () => setHash(location.hash)
    addEventListener('hashchange', told)
    return () => removeEventListener('hashchange', told)
  }, [])
  return readRoute(hash)
}
