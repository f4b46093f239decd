import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

/** Something that is asked for: what came last, and what went wrong since. */
export interface Loaded<T> {
  readonly value: T | undefined
  readonly error: string | undefined
  /** Asks again; what is there stays until the answer comes. */
  reload(): void
}

/**
 * Loads something now and whenever its key changes. An answer that comes late, after a newer question, is not taken.
 *
 * @param load undefined while there is nothing to ask for.
 */
export function useLoaded<T>(
  key: string,
  load: ((signal: AbortSignal) => Promise<T>) | undefined,
): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: string }>({})
  const running = useRef<AbortController | undefined>(undefined)
  const isWaiting = useRef(false)
  const latest = useRef(load)
  latest.current = load
  const ask = useCallback(
    async (isNew: boolean) => {
      if (latest.current === undefined) return
      // What grows is asked for again and again: one question at a time.
      if (!isNew && running.current !== undefined) {
        isWaiting.current = true
        return
      }
      running.current?.abort()
      const own = new AbortController()
      running.current = own
      try {
        const value = await latest.current(own.signal)
        if (running.current === own) setState({ value })
      } catch (error) {
        if (running.current === own)
          setState((now) => ({ ...now, error: (error as Error).message }))
      }
      if (running.current !== own) return
      running.current = undefined
      if (isWaiting.current) {
        isWaiting.current = false
        void ask(false)
      }
    },
    [key],
  )
  useEffect(() => {
    void ask(true)
    return () => {
      running.current?.abort()
      running.current = undefined
    }
  }, [ask])
  return { value: state.value, error: state.error, reload: () => void ask(false) }
}

/** A value that this browser keeps, for this tab alone or for all. What is kept may be anything: `read` takes it or gives undefined. */
export function kept<T>(
  name: string,
  read: (kept: unknown) => T | undefined,
  storage: () => Storage = () => localStorage,
): T | undefined {
  try {
    return read(JSON.parse(storage().getItem(name) ?? 'null'))
  } catch {
    return undefined
  }
}

/** Has this browser keep a value. */
export function keep(
  name: string,
  value: unknown,
  storage: () => Storage = () => localStorage,
): void {
  try {
    storage().setItem(name, JSON.stringify(value))
  } catch {
    // A browser that keeps nothing still shows it.
  }
}

/** Later, once nothing changed for a while. */
export function useLater<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds)
    return () => clearTimeout(timer)
  }, [value, milliseconds])
  return settled
}
