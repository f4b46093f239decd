import { useEffect, useRef, useState } from 'preact/hooks'
import type { Changes } from '../server/watch.ts'

/** Whether news comes in. */
export type Connection = 'open' | 'lost'

/** News of the folder, for as long as the page is open. */
export function useLive(told: (changes: Changes) => void): {
  readonly load: Changes['load'] | undefined
  readonly connection: Connection
} {
  const [load, setLoad] = useState<Changes['load'] | undefined>(undefined)
  const [connection, setConnection] = useState<Connection>('open')
  const latest = useRef(told)
  latest.current = told
  useEffect(() => {
    const source = new EventSource('/api/events')
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const changes = JSON.parse(data) as Changes
      setConnection('open')
      setLoad(changes.load)
      if (changes.listed.length > 0 || changes.grown.length > 0) latest.current(changes)
    }
    source.onerror = () => setConnection('lost')
    return () => source.close()
  }, [])
  return { load, connection }
}
