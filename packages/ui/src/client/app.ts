import { type ComponentChild, h, render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { formatBytes } from '../data/format.ts'
import type { Changes } from '../server/watch.ts'
import { ComparePage } from './compare-page.ts'
import { type Connection, useLive } from './live.ts'
import { hashOf, type Route, useRoute } from './route.ts'
import { RunPage } from './run-page.ts'
import { RunsPage } from './runs-page.ts'

function App(): ComponentChild {
  const route = useRoute()
  // Counted up when what the page shows has changed.
  const [news, setNews] = useState(0)
  const { load, connection } = useLive(({ listed, grown }: Changes) => {
    const all = new Set([...listed, ...grown])
    if (concerns(route, all)) setNews((now) => now + 1)
  })
  const title = titleOf(route)
  useEffect(() => {
    document.title = title
    scrollTo(0, 0)
  }, [title])
  return h(
    'div',
    { class: 'page' },
    h('a', { class: 'skip', href: '#main', onClick: skip }, 'To the content'),
    h(
      'header',
      null,
      h(
        'nav',
        { 'aria-label': 'Pages' },
        h(
          'a',
          { href: hashOf({ page: 'runs' }), class: 'home' },
          h('img', { src: '/icon.svg', alt: '', width: 20, height: 20 }),
          ' Runs',
        ),
      ),
      h(Load, { load, connection }),
    ),
    h(
      'main',
      { id: 'main', tabIndex: -1 },
      route.page === 'runs' && h(RunsPage, { news }),
      route.page === 'run' && h(RunPage, { key: route.run, run: route.run, news, load }),
      route.page === 'compare' &&
        h(ComparePage, { key: route.runs.join('\n'), runs: route.runs, news }),
    ),
  )
}

function concerns(route: Route, changed: ReadonlySet<string>): boolean {
  if (route.page === 'runs') return true
  return (route.page === 'run' ? [route.run] : route.runs).some((run) => changed.has(run))
}

function titleOf(route: Route): string {
  if (route.page === 'run') return `${route.run} – Ashlar`
  return route.page === 'compare' ? `${route.runs.length} runs – Ashlar` : 'Runs – Ashlar'
}

/** The part after # is the route's: the link moves the focus by itself. */
function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function Load({
  load,
  connection,
}: {
  load: Changes['load'] | undefined
  connection: Connection
}): ComponentChild {
  if (connection === 'lost') {
    return h('p', { class: 'problem load', role: 'alert' }, 'No connection to ashlar ui')
  }
  if (load === undefined) return h('p', { class: 'load' })
  const { cpu, cores, memory } = load
  const meter = (label: string, part: number, text: string) =>
    h(
      'span',
      { class: 'meter' },
      h('span', { class: 'soft' }, label),
      h(
        'span',
        { class: 'gauge', 'aria-hidden': true },
        h('span', { style: { width: `${Math.round(100 * part)}%` } }),
      ),
      h('span', { class: 'figure' }, text),
    )
  return h(
    'p',
    { class: 'load' },
    meter('CPU', cpu, `${Math.round(100 * cpu)} % of ${cores}`),
    meter(
      'memory',
      memory.used / memory.total,
      `${formatBytes(memory.used)} of ${formatBytes(memory.total)}`,
    ),
  )
}

render(h(App, null), document.getElementById('app')!)
