import type { Engine, EngineSession, PreparedProgram, Program } from './engine.ts'

/** Told when an engine is about to compute, and when it has done so. */
export interface RunObserver {
  /**
   * @param expected seconds that the run is likely to take by those before it; undefined for the first one of all, and for what comes before it: who knows what
   * is compiled in it?
   */
  begin(expected: number | undefined): void
  end(): void
}

/** A program that has not run yet is taken for so many times the longest run: an evaluation has larger batches than training, but does less with each sample. */
const UNKNOWN = 4

/**
 * The same engine, whose runs somebody is told of. Engines may compute within one turn of the event loop, in which the process hears no signal and no timer: who wants
 * to be heard must decide before.
 */
export function observeRuns(engine: Engine, observer: RunObserver): Engine {
  /** Seconds, of runs in which nothing was compiled. */
  let longest: number | undefined
  const times = (seconds: number | undefined) =>
    seconds === undefined ? undefined : seconds * UNKNOWN
  const guess = () => times(longest)
  const observed = async <T>(expected: number | undefined, work: () => Promise<T>): Promise<T> => {
    observer.begin(expected)
    try {
      return await work()
    } finally {
      observer.end()
    }
  }
  const prepared = (program: PreparedProgram): PreparedProgram => {
    /** Seconds of the last run, by batch size; undefined for one that is compiled and did not run yet. */
    const known = new Map<number, number | undefined>()
    return {
      async run(batchSize, feeds) {
        // Of another size the program takes no longer to compile: a training that goes on with the last batch of an epoch has several programs and sizes to run before one comes again.
        const ran = [...known.values()].filter((seconds) => seconds !== undefined)
        const expected =
          known.get(batchSize) ?? guess() ?? (ran.length > 0 ? times(Math.max(...ran)) : undefined)
        const began = performance.now()
        const result = await observed(expected, () => program.run(batchSize, feeds))
        const seconds = (performance.now() - began) / 1000
        if (known.has(batchSize)) longest = Math.max(longest ?? 0, seconds)
        known.set(batchSize, seconds)
        return result
      },
      async warm(batchSizes, options) {
        const sizes = [...batchSizes]
        await observed(guess(), () => program.warm(sizes, options))
        // A first run takes longer than those after it.
        if (options?.run === false) return
        for (const size of sizes) if (!known.has(size)) known.set(size, undefined)
      },
      renew: () => program.renew(),
    }
  }
  const session = (opened: EngineSession): EngineSession => ({
    prepare: (program: Program) => prepared(opened.prepare(program)),
    adopt: (variables, options) => opened.adopt(variables, options),
    read: (name) => opened.read(name),
    download: () => opened.download(),
    publish: () => opened.publish(),
    upload: () => opened.upload(),
    dispose: () => opened.dispose(),
  })
  return {
    name: engine.name,
    open: async (variables, options) => session(await engine.open(variables, options)),
    ...(engine.explain !== undefined && {
      explain: (program, variables, batch) =>
        observed(guess(), () => engine.explain!(program, variables, batch)),
    }),
  }
}
