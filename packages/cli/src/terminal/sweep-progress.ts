import { bestOf, type SweepEvent, type SweepProgress, type Trial, textOf } from '@ashlar/sweep'
import { formatDuration, formatFigure } from './format.ts'
import { visibleCell } from './visible.ts'

/** Milliseconds between two drawings. */
const INTERVAL = 200

/** Trials that are shown at once. */
const MOST = 8

/** Where a terminal does not say how wide it is. */
const USUAL_COLUMNS = 80

/** Shows how a sweep goes: a table on a terminal, a line for each result elsewhere. */
export interface SweepView {
  changed(event: SweepEvent, progress: SweepProgress): void
  /** Leaves what is drawn as it is: something else is to be printed. */
  pause(): void
}

/** @param clock milliseconds that only rise. */
export function sweepProgress(
  stream: NodeJS.WriteStream,
  { metric, clock = () => performance.now() }: { metric: string; clock?: () => number },
): SweepView {
  const began = clock()
  const state = new ViewState(metric, () => (clock() - began) / 1000)
  return stream.isTTY ? tableOn(stream, state, clock) : linesOn(stream, state)
}

/** What both views show. */
class ViewState {
  readonly metric: string
  readonly seconds: () => number
  readonly running = new Map<string, { readonly trial: Trial; text: string }>()
  failed = 0
  #limit = Number.POSITIVE_INFINITY
  /** Trials that were over before this process began. */
  #before: number | undefined

  constructor(metric: string, seconds: () => number) {
    this.metric = metric
    this.seconds = seconds
  }

  take(event: SweepEvent, { trials, limit }: SweepProgress): void {
    const { trial } = event
    this.#limit = limit
    this.#before ??= trials.size - 1
    if (event.kind === 'started') this.running.set(trial.id, { trial, text: 'begins' })
    if (event.kind === 'epoch') {
      const { epoch, metrics } = event.log
      const value = metrics[this.metric]
      const figure = value === undefined ? '' : `  ${formatFigure([this.metric, value])}`
      const running = this.running.get(trial.id)
      if (running !== undefined)
        running.text = `epoch ${epoch + 1}/${trial.working ?? trial.epochs}${figure}`
    }
    if (event.kind !== 'result') return
    this.running.delete(trial.id)
    if (event.result.status === 'failed') this.failed++
  }

  /** `12/40 trials  best val_loss 0.123 (5f0c...)  1:20 left` */
  head(trials: ReadonlyMap<string, Trial>): string {
    const begun = trials.size
    const of = Number.isFinite(this.#limit) ? `/${this.#limit}` : ''
    const over = begun - this.running.size
    const best = this.#best(trials)
    const failed = this.failed === 0 ? '' : `  ${this.failed} failed`
    return `${over}${of} trials${failed}${best}${this.#left(over)}`
  }

  /** As the table at the end will have it, of a sweep that goes on too. */
  #best(trials: ReadonlyMap<string, Trial>): string {
    const best = bestOf([...trials.values()])
    if (best === undefined) return ''
    const value = best.metrics[this.metric] ?? Number.NaN
    return `  best ${formatFigure([this.metric, value])} (${best.id.slice(0, 8)})`
  }

  #left(over: number): string {
    const made = over - (this.#before ?? 0)
    const rest = this.#limit - over
    if (made <= 0 || !Number.isFinite(rest)) return `  ${formatDuration(this.seconds())}`
    return `  ${formatDuration((this.seconds() / made) * rest)} left`
  }
}

function paramsOf({ params }: Trial): string {
  return Object.entries(params)
    .map(([key, value]) => `${visibleCell(key.split('.').at(-1)!)}=${visibleCell(textOf(value))}`)
    .join(' ')
}

function linesOn(stream: NodeJS.WriteStream, state: ViewState): SweepView {
  return {
    changed(event, progress) {
      state.take(event, progress)
      if (event.kind !== 'result') return
      const { trial, result } = event
      const value = trial.metrics[state.metric]
      const figure = value === undefined ? '' : `  ${formatFigure([state.metric, value])}`
      const status = result.status === 'failed' ? 'failed' : `${result.epochs} epochs`
      stream.write(`${trial.id}  ${status}${figure}  ${paramsOf(trial)}\n`)
      stream.write(`  ${state.head(progress.trials)}\n`)
    },
    pause: () => undefined,
  }
}

function tableOn(stream: NodeJS.WriteStream, state: ViewState, clock: () => number): SweepView {
  let drawn = 0
  let lines = 0
  const fit = (text: string) => [...text].slice(0, (stream.columns ?? USUAL_COLUMNS) - 1).join('')
  const clear = () => (lines === 0 ? '' : `\u001B[${lines}A\u001B[0J`)
  return {
    changed(event, progress) {
      state.take(event, progress)
      const now = clock()
      if (now - drawn < INTERVAL && event.kind !== 'result') return
      drawn = now
      const running = [...state.running.values()]
      const more = running.length - MOST
      const rows = [
        state.head(progress.trials),
        ...running
          .slice(0, MOST)
          .map(
            ({ trial, text }) =>
              `  ${trial.id.slice(0, 8)}  ${text.padEnd(28)}  ${paramsOf(trial)}`,
          ),
        ...(more > 0 ? [`  and ${more} more`] : []),
      ].map(fit)
      stream.write(`${clear()}${rows.join('\n')}\n`)
      lines = rows.length
    },
    pause() {
      lines = 0
    },
  }
}
