import { useState } from 'preact/hooks'
import type { CurvesAnswer } from '../data/answers.ts'
import type { RunCurves } from '../data/curves.ts'
import type { Window } from '../data/downsample.ts'
import { get } from './api.ts'
import { useLater, useLoaded } from './hooks.ts'

/** The curves of runs, more closely where somebody looks closely. */
export function useCurves(
  runs: readonly string[],
  news: number,
): {
  readonly curves: readonly RunCurves[] | undefined
  readonly error: string | undefined
  setWindow(window: Window | undefined): void
} {
  const [window, setWindow] = useState<Window | undefined>(undefined)
  const looked = useLater(window, 120)
  const { value, error } = useLoaded(JSON.stringify([runs, looked, news]), (signal) =>
    get<CurvesAnswer>('/api/curves', { run: runs, from: looked?.from, to: looked?.to }, signal),
  )
  return { curves: value?.curves, error, setWindow }
}
