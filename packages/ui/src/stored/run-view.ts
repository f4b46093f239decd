import type { Summary } from '@ashlar/core'
import type { EvaluationReport, RunDescription } from '@ashlar/experiment'
import {
  type RunFolder,
  type RunNotes,
  type RunRecord,
  readNotes,
  readRecord,
  readShownSamples,
  readSummary,
  type ShownSamples,
} from '@ashlar/experiment/runs'
import { formatBytes, formatNumber, formatSeconds } from '../data/format.ts'
import { type Picture, toPicture } from '../data/pictures.ts'
import type { Figure, ModelView, RunView, ShownSample } from '../data/run-view.ts'
import { readVerification } from './verification.ts'

type Summarized = NonNullable<Awaited<ReturnType<typeof readSummary>>>

/**
 * What a run recorded, under way or ended: neither its code nor its data is needed.
 *
 * @param known its description, where somebody has read it.
 */
export async function readRunView(run: RunFolder, known?: RunDescription): Promise<RunView> {
  const [record, summary, notes, shown] = await Promise.all([
    readRecord(run.path),
    readSummary(run),
    readNotes(run).catch((): RunNotes => ({ tags: [], note: '' })),
    readShownSamples(run),
  ])
  // What it takes to read a description computes: it is loaded when somebody looks at a run.
  const { readConfigText, readDescription } = await import('@ashlar/experiment')
  const description = known ?? (await readDescription(run))
  const { evaluation, outputs, model } = description ?? {}
  const isRunning = record?.outcome === 'running'
  return {
    name: run.name,
    title: record?.experiment ?? run.name,
    outcome: record?.outcome ?? 'killed',
    reason: isRunning ? undefined : summary?.reason,
    notes,
    figures: figuresOf(record, isRunning ? undefined : summary, evaluation),
    evaluation,
    outputs,
    ...samplesView(shown),
    model: model && modelView(model),
    verification: await readVerification(run),
    config: await readConfigText(run).catch(() => ''),
    provenance: summary === undefined ? [] : provenanceOf(summary),
  }
}

/** What is said of a run at a glance. */
export function figuresOf(
  record: Pick<RunRecord, 'outcome' | 'steps' | 'totalSteps' | 'metrics'> | undefined,
  summary: Partial<Summarized> | undefined,
  evaluation: EvaluationReport | undefined,
): Figure[] {
  const { outcome = 'killed', steps, totalSteps, metrics = {} } = record ?? {}
  const judged: [string, number | undefined][] =
    summary === undefined
      ? Object.entries(metrics).slice(0, 4)
      : evaluation === undefined
        ? Object.entries(summary.test ?? {}).map(([name, value]) => [`test ${name}`, value])
        : evaluation.task === 'classification'
          ? [
              ['test accuracy', evaluation.accuracy],
              ['macro F1', evaluation.macro.f1],
              ['calibration error', evaluation.calibrationError],
            ]
          : evaluation.task === 'multi-label'
            ? [
                ['test accuracy', evaluation.accuracy],
                ['exact match', evaluation.exactMatch],
                ['macro F1', evaluation.macro.f1],
              ]
            : [
                ['mean absolute error', evaluation.meanAbsoluteError],
                ['R²', evaluation.r2],
              ]
  const done = summary?.steps ?? steps
  return [
    ...judged.map(([name, value]) => ({ name, value: value ?? null })),
    ...(summary === undefined ? [] : [{ name: 'parameters', value: summary.parameters ?? null }]),
    {
      name: 'steps',
      value:
        totalSteps === undefined || done === undefined
          ? (done ?? null)
          : `${formatNumber(done)} of ${formatNumber(totalSteps)}`,
    },
    ...(summary === undefined
      ? []
      : [{ name: 'samples/s', value: summary.samplesPerSecond ?? null }]),
    { name: 'outcome', value: summary?.outcome ?? outcome },
  ]
}

/** Where a run comes from, as far as it says. */
function provenanceOf(summary: Partial<Summarized>): [string, string][] {
  const { began, seconds, seed, engine, dataset, source, environment } = summary
  const changes = source?.changes.length ?? 0
  const rows: [string, string | undefined][] = [
    ['began', began],
    ['took', seconds === undefined ? undefined : formatSeconds(seconds)],
    ['seed', seed === undefined ? undefined : String(seed)],
    ['engine', engine],
    ['dataset', dataset?.name],
    ['digest of the data', dataset?.digest],
    ['commit', source === undefined ? 'not in a git repository' : source.commit],
    ['changes', changes > 0 ? `${changes} files differ from the commit` : undefined],
    [
      'machine',
      environment &&
        `${environment.cpu}, ${environment.cores} cores, ${formatBytes(environment.memoryBytes)}`,
    ],
    ['system', environment?.system],
    ['Node', environment?.node],
    ...Object.entries(environment?.packages ?? {}),
  ]
  return rows.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] satisfies [string, string]],
  )
}

/** A model's table of layers. */
export function modelView({ layers, parameters, flops }: Omit<Summary, 'toString'>): ModelView {
  return {
    total: parameters.total,
    trainable: parameters.trainable,
    flops,
    layers: layers.map(
      ({ path, name, depth, calls, type, outputShape, parameters: own, flops }) => ({
        ...{ path, name, depth, calls, type, parameters: own, flops },
        shape: outputShape === undefined ? '(not called)' : outputShape.slice(1).join('×'),
      }),
    ),
  }
}

/** Pictures for pages, of what a run shows of its data. */
export function samplesView(
  shown: ShownSamples | undefined,
): Pick<RunView, 'balance' | 'augmented' | 'mistakes'> {
  if (shown === undefined) return {}
  const { shape, classes, balance, augmented, mistakes } = shown
  const picture = (pixels: Uint8Array | undefined): Picture | undefined => {
    if (shape === undefined || pixels === undefined) return undefined
    const [height, width, channels] = shape
    return toPicture(pixels, { width, height, channels: channels === 3 ? 3 : 1, low: 0, high: 255 })
  }
  return {
    balance: balance.length === 0 ? undefined : { classes, splits: balance },
    augmented: augmented.map(
      ({ label, pixels }): ShownSample => ({ label, picture: picture(pixels) }),
    ),
    mistakes: mistakes?.map(({ pixels, ...rest }) => ({ ...rest, picture: picture(pixels) })),
  }
}
