import type { Callback, EpochLog, StepLog, TrainingRun } from '@ashlar/core'
import cliProgress from 'cli-progress'
import { formatCount, formatDuration, formatFigure } from './format.ts'

/** Milliseconds between two drawings: reading metrics costs, and nobody reads faster. */
const INTERVAL = 200

/** Lines within an epoch where there is no terminal to redraw, and milliseconds that lie between two of them at least: a log is to be read. */
const LINES = 10
const LINE_INTERVAL = 1000

/**
 * Shows how training goes: a bar on a terminal, lines elsewhere.
 *
 * @param clock milliseconds that only rise.
 */
export function trainingProgress(
  stream: NodeJS.WriteStream,
  clock: () => number = () => performance.now(),
): Callback {
  const speed = speedometer(clock)
  return stream.isTTY ? barOn(stream, speed, clock) : linesOn(stream, speed, clock)
}

function barOn(stream: NodeJS.WriteStream, speed: Speedometer, clock: () => number): Callback {
  const barsize = columnsOf(stream) < WIDE ? NARROW_BAR : WIDE_BAR
  const bar = new cliProgress.SingleBar(
    {
      format: 'epoch {epoch} {bar} {value}/{total}  {figures}',
      stream,
      hideCursor: true,
      barsize,
      linewrap: false,
      // Ctrl-C is handled elsewhere; the cursor comes back when the bar stops.
      gracefulExit: false,
    },
    cliProgress.Presets.shades_classic,
  )
  let drawn = 0
  let label = ''
  /** What is left of the line: a terminal cuts what is longer, and what matters first stands first. */
  const fitted = (all: readonly string[], { stepsPerEpoch }: TrainingRun): string => {
    const before = `epoch ${label} ${' '.repeat(barsize)} ${stepsPerEpoch}/${stepsPerEpoch}  `
    return fitting(all, columnsOf(stream) - before.length - 1)
  }
  return {
    name: 'progress',
    onEpochBegin(epoch, run) {
      drawn = 0
      label = `${epoch + 1}/${run.epochs}`
      bar.start(run.stepsPerEpoch, 0, { epoch: label, figures: 'preparing' })
    },
    onBatchEnd(log, run) {
      speed.add(log)
      const now = clock()
      if (now - drawn < INTERVAL && log.batch + 1 < run.stepsPerEpoch) return
      drawn = now
      bar.update(log.batch + 1, { figures: fitted(byWeight(run, speed), run) })
    },
    onEpochEnd(log, run) {
      bar.update({ figures: fitted(epochByWeight(log), run) })
      bar.stop()
    },
    onTrainEnd: () => bar.stop(),
  }
}

function linesOn(stream: NodeJS.WriteStream, speed: Speedometer, clock: () => number): Callback {
  let written = Number.NEGATIVE_INFINITY
  return {
    name: 'progress',
    onBatchEnd(log, run) {
      speed.add(log)
      const { stepsPerEpoch, epochs } = run
      const every = Math.max(1, Math.ceil(stepsPerEpoch / LINES))
      const now = clock()
      if ((log.batch + 1) % every !== 0 || now - written < LINE_INTERVAL) return
      written = now
      const place = `epoch ${log.epoch + 1}/${epochs}  step ${log.batch + 1}/${stepsPerEpoch}`
      stream.write(`${place}  ${figures(run, speed)}\n`)
    },
    onEpochEnd(log, { epochs }) {
      stream.write(`epoch ${log.epoch + 1}/${epochs}  ${epochFigures(log)}\n`)
    },
  }
}

/** Where a terminal does not say how wide it is. */
const USUAL_COLUMNS = 80
/** From here on there is room for a long bar. */
const WIDE = 110
const WIDE_BAR = 24
const NARROW_BAR = 8

function columnsOf({ columns }: NodeJS.WriteStream): number {
  return columns ?? USUAL_COLUMNS
}

/** The first parts that fit into so many columns, at least one. */
export function fitting(parts: readonly string[], room: number): string {
  let line = parts[0] ?? ''
  for (const part of parts.slice(1)) {
    const longer = `${line}  ${part}`
    if (longer.length > room) break
    line = longer
  }
  return line
}

/** While an epoch goes on: how well, how long still, how fast. */
function byWeight(run: TrainingRun, speed: Speedometer): string[] {
  const [first, ...others] = Object.entries(run.metrics()).map(formatFigure)
  return [
    ...(first === undefined ? [] : [first]),
    ...timeLeft(run, speed),
    ...waitedFor(speed),
    ...others,
    ...rate(speed),
  ]
}

/** How fast it goes, once that is known: the first step only marks the start. */
function rate({ samplesPerSecond }: Speedometer): string[] {
  return samplesPerSecond > 0 ? [`${formatCount(Math.round(samplesPerSecond))} samples/s`] : []
}

function timeLeft(run: TrainingRun, { secondsPerStep }: Speedometer): string[] {
  const left = (run.totalSteps - run.step) * secondsPerStep
  return secondsPerStep > 0 ? [`${formatDuration(left)} left`] : []
}

/** What part of the time steps waited for their samples, where that is anything: more threads or smaller pictures would help, not a quicker step. */
function waitedFor({ inputShare }: Speedometer): string[] {
  const percent = Math.round(100 * inputShare)
  return percent < 1 ? [] : [`input ${percent} %`]
}

/** At its end: what counts is how it does on samples that it was not trained on. */
function epochByWeight({ metrics, seconds }: EpochLog): string[] {
  const all = Object.entries(metrics)
  const isValidation = ([name]: [string, number]) => name.startsWith('val_')
  return [
    ...all.filter(isValidation).map(formatFigure),
    ...all.filter((each) => !isValidation(each)).map(formatFigure),
    formatDuration(seconds),
  ]
}

function figures(run: TrainingRun, speed: Speedometer): string {
  return [
    ...rate(speed),
    ...waitedFor(speed),
    ...Object.entries(run.metrics()).map(formatFigure),
    ...timeLeft(run, speed),
  ].join('  ')
}

function epochFigures({ metrics, seconds }: EpochLog): string {
  const values = Object.entries(metrics).map(formatFigure)
  return [`${formatDuration(seconds)}`, ...values].join('  ')
}

interface Speedometer {
  add(log: StepLog): void
  readonly samplesPerSecond: number
  readonly secondsPerStep: number
  /** Part of the time in which steps waited for their samples, 0 to 1. */
  readonly inputShare: number
}

/** Over the last seconds: the first steps, in which programs are compiled, do not count for long. */
function speedometer(clock: () => number): Speedometer {
  const WINDOW = 5000
  // A machine that was asleep, or steps that take seconds each, leave few or none in the window.
  const FEWEST = 10
  let steps: { time: number; size: number; waited: number }[] = []
  const over = () => {
    const seconds = ((steps.at(-1)?.time ?? 0) - (steps[0]?.time ?? 0)) / 1000
    // The first step only marks the start.
    const samples = steps.slice(1).reduce((sum, { size }) => sum + size, 0)
    const waited = steps.slice(1).reduce((sum, step) => sum + step.waited, 0)
    return { seconds, samples, waited, count: steps.length - 1 }
  }
  return {
    add({ size, waited = 0 }) {
      const time = clock()
      steps.push({ time, size, waited })
      if (steps[0]!.time < time - 2 * WINDOW) {
        const recent = steps.findIndex((step) => step.time >= time - WINDOW)
        steps = steps.slice(Math.max(0, Math.min(recent, steps.length - FEWEST)))
      }
    },
    get samplesPerSecond() {
      const { seconds, samples } = over()
      return seconds > 0 ? samples / seconds : 0
    },
    get secondsPerStep() {
      const { seconds, count } = over()
      return count > 0 ? seconds / count : 0
    },
    get inputShare() {
      const { seconds, waited } = over()
      return seconds > 0 ? Math.min(1, waited / seconds) : 0
    },
  }
}
