import { type ComponentChild, Fragment, h } from 'preact'
import { useMemo } from 'preact/hooks'
import { CsvButton } from '../components/csv-button.ts'
import { MOST_COMPARED, type RunsAnswer, type Value } from '../data/answers.ts'
import { useAddress } from './address.ts'
import { get } from './api.ts'
import { Columns } from './columns.ts'
import { keep, kept, useLater, useLoaded } from './hooks.ts'
import { hashOf } from './route.ts'
import { readSeen, type Seen, writeSeen } from './runs-address.ts'
import { RunsTable } from './runs-table.ts'

/** What a tab alone keeps: which runs are chosen there is of no interest in another. */
const ofTab = () => sessionStorage

/** As the address says; as the browser kept it, where it says nothing. */
function seenAt(query: URLSearchParams): Seen {
  return (
    readSeen(query) ?? {
      filter: kept('ashlar-filter', asText) ?? '',
      sort: kept('ashlar-sort', asText) ?? '',
      columns: kept('ashlar-columns', asList) ?? null,
      chosen: kept('ashlar-chosen', asList, ofTab) ?? [],
    }
  )
}

/** Table of runs: conditions, columns, order, and which to look at beside each other. */
export function RunsPage({ news }: { news: number }): ComponentChild {
  const [seen, setSeen] = useAddress(seenAt, writeSeen)
  const { filter, sort, columns } = seen
  const chosen = useMemo(() => new Set(seen.chosen), [seen.chosen])
  const change = (next: Partial<Seen>) => {
    const all = { ...seen, ...next }
    setSeen(all)
    keep('ashlar-filter', all.filter)
    keep('ashlar-sort', all.sort)
    keep('ashlar-columns', all.columns)
    keep('ashlar-chosen', all.chosen, ofTab)
  }
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
          onInput: (event) => change({ filter: event.currentTarget.value }),
        }),
      ),
      h(Columns, {
        known: value?.known ?? [],
        // What was just chosen, which the table follows once its rows are there.
        shown: columns ?? shown,
        onChange: (next) => change({ columns: next }),
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
        h('button', { type: 'button', onClick: () => change({ chosen: [] }) }, 'Choose none'),
      value && value.rows.length > 0 && h(CsvButton, { name: 'runs', rows: () => rowsOf(value) }),
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
        onSort: (next) => change({ sort: next }),
        chosen,
        onChoose: (next) => change({ chosen: [...next] }),
      }),
  )
}

/** What the table shows, and what stands beside the name of a run. */
function rowsOf({ columns, rows }: RunsAnswer): Value[][] {
  return [
    ['run', ...columns, 'outcome', 'tags', 'note'],
    ...rows.map(({ run, values, outcome, tags, note }) => [
      run,
      ...values,
      outcome,
      tags.join(' '),
      note,
    ]),
  ]
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
