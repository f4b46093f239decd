import { type ComponentChild, Fragment, h } from 'preact'
import type { RunView } from '../data/run-view.ts'
import { Figures } from './parts.ts'

/** Name, notes and figures of a run. */
export function RunHead({ view }: { view: RunView }): ComponentChild {
  const { name, title, notes, figures, reason } = view
  return h(
    Fragment,
    null,
    h('h1', null, title),
    h(
      'p',
      { class: 'soft' },
      name,
      notes.tags.map((tag) => ` #${tag}`),
    ),
    notes.note !== '' && h('p', { class: 'note' }, notes.note),
    reason !== undefined && h('p', { class: 'bad' }, reason),
    h(Figures, { figures }),
  )
}
