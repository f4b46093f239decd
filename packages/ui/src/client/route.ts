import { useEffect, useState } from 'preact/hooks'

/** What the page shows; its address says which, so that it can be kept and gone back to. */
export type Route =
  | { readonly page: 'runs' }
  | { readonly page: 'run'; readonly run: string }
  | { readonly page: 'compare'; readonly runs: readonly string[] }

/** The route of an address's part after `#`. */
export function readRoute(hash: string): Route {
  const [, page, query = ''] = /^#\/(run|compare)\?(.*)$/.exec(hash) ?? []
  const runs = new URLSearchParams(query).getAll('run')
  if (page === 'run' && runs[0] !== undefined) return { page, run: runs[0] }
  if (page === 'compare' && runs.length > 0) return { page, runs }
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
