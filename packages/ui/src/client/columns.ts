import { type ComponentChild, h } from 'preact'
import { useState } from 'preact/hooks'

/** More than anybody reads. */
const MOST_SHOWN = 200

interface ColumnsProps {
  readonly known: readonly string[]
  readonly shown: readonly string[]
  /** Null takes the usual ones again. */
  onChange(columns: readonly string[] | null): void
}

/** Which values of runs are shown. */
export function Columns({ known, shown, onChange }: ColumnsProps): ComponentChild {
  const [search, setSearch] = useState('')
  const all = [...new Set([...shown, ...known])]
  const found = all.filter((key) => key.toLowerCase().includes(search.toLowerCase()))
  return h(
    'details',
    {
      class: 'menu',
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key !== 'Escape') return
        const menu = event.currentTarget as HTMLDetailsElement
        menu.open = false
        menu.querySelector('summary')?.focus()
      },
    },
    h('summary', null, 'Columns'),
    h(
      'div',
      { class: 'menu-content' },
      h('input', {
        type: 'search',
        'aria-label': 'Find a column',
        placeholder: 'find a column',
        value: search,
        onInput: (event) => setSearch(event.currentTarget.value),
      }),
      h(
        'div',
        { class: 'menu-list', role: 'group', 'aria-label': 'Columns' },
        found.slice(0, MOST_SHOWN).map((key) =>
          h(
            'label',
            { key },
            h('input', {
              type: 'checkbox',
              checked: shown.includes(key),
              onChange: (event) =>
                onChange(
                  event.currentTarget.checked
                    ? [...shown, key]
                    : shown.filter((other) => other !== key),
                ),
            }),
            ` ${key}`,
          ),
        ),
      ),
      found.length > MOST_SHOWN &&
        h('p', { class: 'soft' }, `and ${found.length - MOST_SHOWN} more`),
      h('button', { type: 'button', onClick: () => onChange(null) }, 'As usual'),
    ),
  )
}
