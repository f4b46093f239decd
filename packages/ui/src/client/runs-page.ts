import { type ComponentChild, Fragment, h } from 'preact'
import { useState } from 'preact/hooks'
import { MOST_COMPARED, type RunsAnswer } from '../data/answers.ts'
import { get } from './api.ts'
import { Columns } from './columns.ts'
import { useKept, useLater, useLoaded } from './hooks.ts'
import { hashOf } from './route.ts'
import { RunsTable } from './runs-table.ts'

/** Table of runs: conditions, columns, order, and which to look at beside each other. */
export function RunsPage({ news }: { news: number }): ComponentChild {
  const [filter, setFilter] = useKept('ashlar-filter', '', asText)
  const [sort, setSort] = useKept('ashlar-sort', '', asText)
  const [columns, setColumns] = useKept<readonly string[] | null>('ashlar-columns', null, asList)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const asked = useLater(filter, 200)
  const { value, error: problem } = useLoaded(
    JSON.stringify([asked, sort, columns, news]),
    (signal) =>
      get<RunsAnswer>(
        '/api/runs',
        { where: conditionsOf(asked), sort, columns: columns?.join(',') },
        signal,
      ),
  )
  const shown = value?.columns ?? []
  const picked = [...chosen]
  return h(
    Fragment,
    null,
    h('h1', null, 'Runs'),
    h(
      'div',
      { class: 'controls' },
      h(
        'label',
        { class: 'grow' },
        'Filter ',
        h('input', {
          type: 'search',
          value: filter,
          placeholder: 'accuracy>0.98 model.name=resnet18 tag=best',
          spellcheck: false,
          autocomplete: 'off',
          'aria-invalid': problem !== undefined,
          'aria-describedby': 'filter-problem',
          onInput: (event) => setFilter(event.currentTarget.value),
        }),
      ),
      h(Columns, {
        known: value?.known ?? [],
        // What was just chosen, which the table follows once its rows are there.
        shown: columns ?? shown,
        onChange: setColumns,
      }),
      h(
        'a',
        {
          class: 'button',
          role: 'link',
          'aria-disabled': picked.length < 2 || picked.length > MOST_COMPARED,
          href:
            picked.length < 2 || picked.length > MOST_COMPARED
              ? undefined
              : hashOf({ page: 'compare', runs: picked }),
        },
        picked.length === 0 ? 'Compare' : `Compare ${picked.length}`,
      ),
      picked.length > 0 &&
        h('button', { type: 'button', onClick: () => setChosen(new Set()) }, 'Choose none'),
    ),
    h(
      'p',
      { id: 'filter-problem', class: 'problem', role: 'status' },
      problem ??
        (picked.length > MOST_COMPARED ? `At most ${MOST_COMPARED} runs can be compared.` : ''),
    ),
    value &&
      h(
        'p',
        { class: 'soft' },
        value.total === 0
          ? `There are no runs in ${value.folder} yet: ashlar run starts one.`
          : `${value.rows.length.toLocaleString('en-US')} of ${value.total.toLocaleString('en-US')} runs in ${value.folder}`,
      ),
    value &&
      value.total > 0 &&
      h(RunsTable, {
        rows: value.rows,
        columns: shown,
        sort,
        onSort: setSort,
        chosen,
        onChoose: setChosen,
      }),
  )
}

/** Conditions stand beside each other, as on the command line; a value in quotes may hold spaces. */
export function conditionsOf(text: string): string[] {
  const parts = text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []
  return parts.map((part) => part.replaceAll('"', ''))
}

function asText(kept: unknown): string | undefined {
  return typeof kept === 'string' ? kept : undefined
}

function asList(kept: unknown): string[] | undefined {
  return Array.isArray(kept) && kept.every((each) => typeof each === 'string') ? kept : undefined
}
