import { useEffect, useState } from 'preact/hooks'
import { useLater } from './hooks.ts'
import { splitHash } from './route.ts'

/** Milliseconds without a change until the address follows: browsers refuse to have it changed at every move of a slider. */
const QUIET = 250

/**
 * What the address keeps, so that what a page shows is there again when somebody loads it anew, goes back to it, or opens a copy of its address.
 *
 * @param read the value, from what stands behind the page's name.
 * @param write puts it there; what is as usual is left out.
 */
export function useAddress<T>(
  read: (query: URLSearchParams) => T,
  write: (value: T, query: URLSearchParams) => void,
): [T, (value: T) => void] {
  const [state, setState] = useState({ value: read(splitHash(location.hash).query), isOwn: false })
  useEffect(() => {
    const told = () => setState({ value: read(splitHash(location.hash).query), isOwn: false })
    addEventListener('hashchange', told)
    return () => removeEventListener('hashchange', told)
  }, [])
  const settled = useLater(state, QUIET)
  useEffect(() => {
    // What was read from the address stands there already.
    if (!settled.isOwn) return
    const { path, query } = splitHash(location.hash)
    write(settled.value, query)
    const text = query.toString()
    history.replaceState(null, '', text === '' ? path : `${path}?${text}`)
  }, [settled])
  return [state.value, (value) => setState({ value, isOwn: true })]
}
