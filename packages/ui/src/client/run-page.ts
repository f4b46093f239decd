import { type ComponentChild, Fragment, h } from 'preact'
import { useState } from 'preact/hooks'
import { Curves } from '../components/curves.ts'
import { RunHead } from '../components/head.ts'
import { Section } from '../components/parts.ts'
import { RunSections } from '../components/run-sections.ts'
import { formatBytes } from '../data/format.ts'
import type { RunView } from '../data/run-view.ts'
import type { SystemLoad } from '../server/load.ts'
import { useAddress } from './address.ts'
import { get, pathOf, post } from './api.ts'
import { readCurveView, writeCurveView } from './curve-address.ts'
import { useCurves } from './curves.ts'
import { useLoaded } from './hooks.ts'
import { Notes } from './notes.ts'

interface RunPageProps {
  readonly run: string
  readonly news: number
  readonly load: SystemLoad | undefined
}

/** One run: what is known of it, while it is under way too. */
export function RunPage({ run, news, load }: RunPageProps): ComponentChild {
  const {
    value: view,
    error,
    reload,
  } = useLoaded(JSON.stringify([run, news]), (signal) => get<RunView>(pathOf(run), {}, signal))
  const { curves, error: lost, setWindow } = useCurves([run], news)
  const look = useAddress(readCurveView, writeCurveView)
  const problem = error ?? lost
  return h(
    Fragment,
    null,
    problem && h('p', { class: 'problem', role: 'alert' }, problem),
    view && h(RunHead, { view }),
    view && h(Notes, { key: run, view, onChange: reload }),
    view?.outcome === 'running' && h(Running, { key: `${run} stop`, run, load }),
    curves &&
      h(Section, { title: 'Training' }, h(Curves, { curves, kept: look, onWindow: setWindow })),
    view && h(RunSections, { view }),
  )
}

function Running({ run, load }: { run: string; load: SystemLoad | undefined }): ComponentChild {
  const [state, setState] = useState<'idle' | 'asking' | 'asked'>('idle')
  const [problem, setProblem] = useState('')
  const own = load !== undefined && Object.hasOwn(load.runs, run) ? load.runs[run] : undefined
  const stop = async () => {
    setState('asked')
    try {
      await post(pathOf(run, '/stop'), { run })
    } catch (error) {
      setState('idle')
      setProblem((error as Error).message)
    }
  }
  return h(
    'div',
    { class: 'running', role: 'group', 'aria-label': 'Under way' },
    h(
      'span',
      null,
      'Under way',
      own?.cores !== undefined && `, ${own.cores.toFixed(1)} cores`,
      own?.memory !== undefined && `, ${formatBytes(own.memory)}`,
    ),
    state === 'idle' && h('button', { type: 'button', onClick: () => setState('asking') }, 'Stop…'),
    state === 'asking' && [
      h('span', { key: 'ask' }, 'Stop after this step, as Ctrl-C does? What it has done is kept.'),
      h(
        'button',
        { key: 'stop', type: 'button', class: 'danger', ref: focus, onClick: () => void stop() },
        'Stop it',
      ),
      h('button', { key: 'go', type: 'button', onClick: () => setState('idle') }, 'Let it go on'),
    ],
    state === 'asked' && h('span', { role: 'status' }, 'Asked to stop; it ends after this step.'),
    problem !== '' && h('span', { class: 'problem', role: 'alert' }, problem),
  )
}

function focus(element: HTMLElement | null): void {
  element?.focus()
}
