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
  const [state, setState] = useState(() => read(splitHash(location.hash).query))
  useEffect(() => {
    const told = () => setState(read(splitHash(location.hash).query))
    addEventListener('hashchange', told)
    return () => removeEventListener('hashchange', told)
  }, [])
  const settled = useLater(state, QUIET)
  useEffect(() => {
    // Of what was read, too: it may be what the browser has kept, which a copy of the address is to say.
    const { path, query } = splitHash(location.hash)
    const before = query.toString()
    write(settled, query)
    const text = query.toString()
    if (text === before) return
    history.replaceState(null, '', text === '' ? path : `${path}?${text}`)
  }, [settled])
  return [state, (value) => setState(() => value)]
}
