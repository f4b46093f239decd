import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Better } from '../data/best.ts'
import type { Points } from '../data/downsample.ts'

/** A curve that grows. */
interface Column {
  readonly steps: number[]
  readonly values: number[]
}

/** Bytes of a line of a log, at most. */
const MOST_LINE = 2 ** 24

/** More than any log has. */
const LARGEST = 256 * 2 ** 20
/** Bytes that are read at once. */
const PIECE = 2 ** 20
/** Bytes before the place that was read to, by which a log that was written anew is known. */
const MARK = 64

/**
 * The log of a run, read from where it was read to before: each look at a run under way costs what was added since. A log that begins anew, or is
 * cut back to a checkpoint, is read from its start.
 */
export class RunLog {
  readonly #path: string
  #offset = 0
  #mark = Buffer.alloc(0)
  #rest = Buffer.alloc(0)
  #epochs = new Map<string, Column>()
  #steps = new Map<string, Column>()
  #better = new Map<string, 'higher' | 'lower'>()

  /** @param path of `metrics.jsonl`, there or not. */
  constructor(path: string) {
    this.#path = path
  }

  /** One point per epoch, by metric. */
  get epochs(): Record<string, Points> {
    return Object.fromEntries(this.#epochs)
  }

  /** One point per logged step, by metric. */
  get steps(): Record<string, Points> {
    return Object.fromEntries(this.#steps)
  }

  /** Which way metrics get better, of those that the log says it of. */
  get better(): Better {
    return Object.fromEntries(this.#better)
  }

  /** Reads what was added. What is no plain file counts as empty. */
  async read(): Promise<void> {
    const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
    const file = await open(this.#path, flags).catch(() => undefined)
    if (file === undefined) return this.#reset()
    try {
      const found = await file.stat()
      if (!found.isFile() || found.size > LARGEST) return this.#reset()
      if (found.size < this.#offset || !(await this.#isSame(file))) this.#reset()
      while (this.#offset < found.size) {
        const length = Math.min(PIECE, found.size - this.#offset)
        const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, this.#offset)
        if (bytesRead === 0) break
        this.#add(buffer.subarray(0, bytesRead))
      }
    } finally {
      await file.close()
    }
  }

  async #isSame(file: FileHandle): Promise<boolean> {
    const { length } = this.#mark
    if (length === 0) return true
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, this.#offset - length)
    return buffer.equals(this.#mark)
  }

  #reset(): void {
    this.#offset = 0
    this.#mark = Buffer.alloc(0)
    this.#rest = Buffer.alloc(0)
    this.#epochs.clear()
    this.#steps.clear()
    this.#better.clear()
  }

  #add(bytes: Buffer): void {
    this.#offset += bytes.length
    this.#mark = Buffer.concat([this.#mark, bytes.subarray(-MARK)]).subarray(-MARK)
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const end = all.lastIndexOf(10) + 1
    // A line that is being written has no end yet.
    const rest = all.subarray(end)
    // No line of a log is so long: what has none is read past, not kept.
    this.#rest = rest.length > MOST_LINE ? Buffer.alloc(0) : Buffer.from(rest)
    for (const line of all.toString('utf8', 0, end).split('\n')) this.#addLine(line)
  }

  #addLine(line: string): void {
    const entry = parse(line)
    if (entry?.kind === 'metrics') this.#addBetter(entry.better)
    if (typeof entry?.step !== 'number' || !Number.isFinite(entry.step)) return
    const { kind, step, epoch: _, ...values } = entry
    const columns = kind === 'epoch' ? this.#epochs : kind === 'step' ? this.#steps : undefined
    if (columns === undefined) return
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== 'number' || !Number.isFinite(value)) continue
      let column = columns.get(name)
      if (column === undefined) {
        if (columns.size >= MOST_METRICS) continue
        column = { steps: [], values: [] }
        columns.set(name, column)
      }
      // Steps of a log grow; one that does not was written by something else.
      if (step < (column.steps.at(-1) ?? Number.NEGATIVE_INFINITY)) continue
      column.steps.push(step)
      column.values.push(value)
    }
  }

  #addBetter(given: unknown): void {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return
    for (const [name, better] of Object.entries(given).slice(0, MOST_METRICS)) {
      if (better === 'higher' || better === 'lower') this.#better.set(name, better)
    }
  }
}

/** More than anybody looks at; a log may come from anybody. */
const MOST_METRICS = 1000

function parse(line: string): Record<string, unknown> | undefined {
  if (line === '') return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** Logs that are kept; the one looked at longest ago goes first. */
const MOST_LOGS = 128

/** The logs of runs, each read on from where it was. */
export class RunLogs {
  readonly #logs = new Map<string, { log: RunLog; reading: Promise<void> }>()

  /** The log at a path, as it is now. */
  async read(path: string): Promise<RunLog> {
    const found = this.#logs.get(path) ?? { log: new RunLog(path), reading: Promise.resolve() }
    this.#logs.delete(path)
    this.#logs.set(path, found)
    for (const key of this.#logs.keys()) {
      if (this.#logs.size <= MOST_LOGS) break
      this.#logs.delete(key)
    }
    // Two requests at once must not add the same lines.
    found.reading = found.reading.then(() => found.log.read())
    await found.reading
    return found.log
  }
}
