import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isClaimed, openRun, type RunFolder, runFiles, runNames } from '@ashlar/experiment/runs'
import { LoadMeter, type SystemLoad } from './load.ts'

/** What changed in a folder of runs since the last look. */
export interface Changes {
  /** Runs that are new or gone, began or ended, or whose notes were changed. */
  readonly listed: readonly string[]
  /** Runs under way whose log grew. */
  readonly grown: readonly string[]
  readonly load: SystemLoad
}

/** Looks at a folder of runs for as long as somebody listens. */
export class Watch {
  readonly #folder: string
  readonly #everyMs: number
  readonly #listeners = new Set<(changes: Changes) => void>()
  readonly #meter = new LoadMeter()
  #known: Map<string, State> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(folder: string, everyMs: number) {
    this.#folder = folder
    this.#everyMs = everyMs
  }

  /** @returns ends it. */
  listen(told: (changes: Changes) => void): () => void {
    this.#listeners.add(told)
    this.#timer ??= setTimeout(() => void this.#look(), 0)
    return () => {
      this.#listeners.delete(told)
      if (this.#listeners.size > 0) return
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  /** For all. */
  close(): void {
    this.#listeners.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #look(): Promise<void> {
    try {
      const now = await this.#states()
      const before = this.#known ?? now
      this.#known = now
      const names = new Set([...before.keys(), ...now.keys()])
      const listed = [...names].filter((name) => before.get(name)?.what !== now.get(name)?.what)
      const grown = [...now].flatMap(([name, { size }]) =>
        size === before.get(name)?.size ? [] : [name],
      )
      const running = [...now].flatMap(([name, { run }]): [string, RunFolder][] =>
        run === undefined ? [] : [[name, run]],
      )
      const load = await this.#meter.measure(running)
      for (const told of this.#listeners) told({ listed, grown, load })
    } catch {
      // The folder may be gone for a moment; requests say what is wrong with it.
    }
    if (this.#listeners.size > 0) {
      this.#timer = setTimeout(() => void this.#look(), this.#everyMs)
    }
  }

  async #states(): Promise<Map<string, State>> {
    const names = await runNames(this.#folder)
    const states = names.map(async (name): Promise<[string, State]> => {
      const path = join(this.#folder, name)
      const notes = await timeOf(join(path, runFiles.notes))
      if (!isClaimed(path)) return [name, { what: `ended ${notes}` }]
      const run = await openRun(path).catch(() => undefined)
      const log = await stat(join(path, runFiles.metrics)).catch(() => undefined)
      return [name, { what: `claimed ${notes}`, size: log?.size ?? 0, run }]
    })
    return new Map(await Promise.all(states))
  }
}

interface State {
  /** Another text is news for lists. */
  readonly what: string
  /** Bytes of its log. */
  readonly size?: number | undefined
  readonly run?: RunFolder | undefined
}

async function timeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0
}
