import { dirname } from 'node:path'
import { DataError } from '@ashlar/errors'
import {
  changeNotes,
  compareRecords,
  filterRuns,
  isDeviation,
  isSetting,
  listRuns,
  openRun,
  type RunFolder,
  type RunRecord,
  readRecord,
  refreshRecord,
  requireKey,
  runFiles,
  runValue,
  sortRuns,
  stopRun,
  usualSettings,
} from '@ashlar/experiment/runs'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  type CompareAnswer,
  type ComparedRow,
  type CurvesAnswer,
  MOST_COMPARED,
  type RunsAnswer,
  type Value,
} from '../data/answers.ts'
import { curvesOf, extentOf } from '../data/curves.ts'
import { RunLogs } from '../stored/run-log.ts'
import { readRunView } from '../stored/run-view.ts'
import { parseQuery, runPath } from './query.ts'

/** Runs whose curves keep every peak; of more, all lie on one grid. */
const MOST_EXACT = 4

/** Points that a chart gets in all. */
const BUDGET = 40_000

const several = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((given) => (typeof given === 'string' ? [given] : given))
const runsQuery = z.object({
  where: several,
  sort: z.string().optional(),
  columns: z.string().optional(),
})
const curvesQuery = z.object({
  run: several,
  most: z.coerce.number().int().min(10).max(20_000).default(1000),
  from: z.coerce.number().finite().optional(),
  to: z.coerce.number().finite().optional(),
})
const notesBody = z.strictObject({
  add: z.array(z.string().trim().min(1).max(200)).max(100).optional(),
  remove: z.array(z.string()).max(100).optional(),
  note: z.string().max(100_000).optional(),
})
const stopBody = z.strictObject({ run: z.string() })

/** Everything that the page asks for, under `/api`. */
export function addApi(app: FastifyInstance, folder: string): void {
  const logs = new RunLogs()
  const find = (name: string): Promise<RunFolder> => openRun(runPath(folder, name))

  app.get('/api/runs', async (request): Promise<RunsAnswer> => {
    const { where, sort, columns } = parseQuery(runsQuery, request.query)
    const all = await listRuns(folder)
    const found = filterRuns(all, where)
    const sorted = sort === undefined || sort === '' ? found : sortRuns(found, sort)
    const keys = columns === undefined ? usualKeys(all) : listOf(columns)
    for (const key of keys) requireKey(key, all, 'columns')
    return {
      folder,
      total: all.length,
      known: knownKeys(all),
      columns: keys,
      rows: sorted.map((record) => ({
        run: record.run,
        outcome: record.outcome,
        progress:
          record.totalSteps === undefined ? undefined : (record.steps ?? 0) / record.totalSteps,
        tags: record.tags,
        note: record.note,
        values: keys.map((key) => runValue(record, key) ?? null),
      })),
    }
  })

  app.get('/api/runs/:run', async (request) => {
    const { run } = request.params as { run: string }
    // Called as lists call it, which is what everything about it is asked for by.
    return { ...(await readRunView(await find(run))), name: run }
  })

  app.get('/api/curves', async (request): Promise<CurvesAnswer> => {
    const { run: names, most, from, to } = parseQuery(curvesQuery, request.query)
    requireFew(names)
    const logged: { run: string; log: Awaited<ReturnType<RunLogs['read']>>; path: string }[] = []
    for (const name of names) {
      const run = await find(name)
      logged.push({
        run: name,
        path: run.path,
        log: await logs.read(run.file(runFiles.metrics)),
      })
    }
    const window = from === undefined || to === undefined ? undefined : { from, to }
    const extents = logged.flatMap(({ log }) => extentOf(log) ?? [])
    const all = {
      from: Math.min(...extents.map((each) => each.from)),
      to: Math.max(...extents.map((each) => each.to)),
    }
    const isMany = names.length > MOST_EXACT && extents.length > 0
    const each = isMany ? Math.min(most, Math.floor(BUDGET / names.length)) : most
    const configs = await Promise.all(
      logged.map(async ({ path }) => (names.length === 1 ? (await readRecord(path))?.config : {})),
    )
    return {
      curves: logged.map(({ run, log }, i) =>
        curvesOf(
          run,
          log,
          { most: each, window, grid: isMany ? (window ?? all) : undefined },
          configs[i],
        ),
      ),
    }
  })

  app.get('/api/compare', async (request): Promise<CompareAnswer> => {
    const { run: names } = parseQuery(curvesQuery, request.query)
    requireFew(names)
    const records = await Promise.all(
      names.map(async (name) => {
        const run = await find(name)
        const record = await readRecord(run.path)
        if (record !== undefined) return { ...record, run: name }
        throw new DataError({ where: run.path, expected: 'the config of the run must be readable' })
      }),
    )
    const { runs, differences, metrics } = compareRecords(records)
    return {
      runs: runs.map(({ run, outcome, experiment }) => ({ run, outcome, experiment })),
      differences: rowsOf(differences).map((row) => ({ ...row, isSetting: isSetting(row.key) })),
      // Means alone, as in the terminal.
      metrics: rowsOf(metrics).filter(({ key }) => !isDeviation(key)),
    }
  })

  app.post('/api/runs/:run/notes', async (request) => {
    const { run: name } = request.params as { run: string }
    const run = await find(name)
    const notes = await changeNotes(run, parseQuery(notesBody, request.body))
    await refreshRecord(dirname(run.path), run.name)
    return notes
  })

  app.post('/api/runs/:run/stop', async (request) => {
    const { run: name } = request.params as { run: string }
    // Said once more by whoever asks: a run is not stopped by a slip.
    const { run: confirmed } = parseQuery(stopBody, request.body)
    const run = await find(name)
    if (confirmed !== name) {
      throw new DataError({
        where: 'run',
        expected: `must be confirmed by its name, ${name}`,
        given: confirmed,
      })
    }
    const { pid } = await stopRun(run)
    return { pid }
  })
}

/** Keys joined with commas. */
function listOf(columns: string): string[] {
  return columns.split(',').filter((key) => key !== '')
}

function requireFew(names: readonly string[]): void {
  if (names.length > 0 && names.length <= MOST_COMPARED) return
  throw new DataError({
    where: 'run',
    expected: `there must be 1 to ${MOST_COMPARED} runs to look at together`,
    given: names.length,
    hint: 'Choose fewer, by a filter for example.',
  })
}

/** Keys that are of use as columns or in conditions: those of the config that differ come first. */
function knownKeys(records: readonly RunRecord[]): string[] {
  const metrics = new Set<string>()
  const config = new Map<string, Set<unknown>>()
  for (const record of records) {
    for (const key of Object.keys(record.metrics)) metrics.add(key)
    for (const [key, value] of Object.entries(record.config)) {
      const values = config.get(key) ?? new Set()
      values.add(value)
      config.set(key, values)
    }
  }
  const differing = [...config].filter(([, values]) => values.size > 1).map(([key]) => key)
  const alike = [...config].filter(([, values]) => values.size === 1).map(([key]) => key)
  return [...FIELDS, ...metrics, ...differing, ...alike]
}

const FIELDS = [
  ...['experiment', 'outcome', 'began', 'steps', 'seconds', 'parameters', 'commit', 'dirty'],
]

/** What is shown when nobody chose columns, as `ashlar runs` does. */
function usualKeys(records: readonly RunRecord[]): string[] {
  const names = new Set(records.flatMap(({ metrics }) => Object.keys(metrics)))
  const tested = [...names].filter((name) => !name.includes('.')).slice(0, 3)
  const chosen = tested.length > 0 ? tested : [...names].slice(0, 3)
  return [...usualSettings(records), ...chosen, 'steps', 'seconds', 'began'].filter((key) =>
    records.some((record) => runValue(record, key) != null),
  )
}

function rowsOf(sides: Readonly<Record<string, readonly (Value | undefined)[]>>): ComparedRow[] {
  return Object.entries(sides).map(([key, values]) => ({
    key,
    values: values.map((value) => value ?? null),
  }))
}
