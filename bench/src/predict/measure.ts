import { EngineError } from '@ashlar/errors'
import { interleave } from '../harness/rounds.ts'
import type { Series } from '../harness/row.ts'
import type { PredictEngine } from './engines.ts'
import type { Prepared } from './prepare.ts'
import { runOnce } from './run-once.ts'

/** What was measured. */
export interface MeasuredPredicting {
  readonly series: readonly Series[]
  /** Versions by engine. */
  readonly versions: Readonly<Record<string, string>>
}

/**
 * Times programs that are each started for one picture and end with it, in turn. A first turn, which does not count, is held against that of the first engine.
 *
 * @throws EngineError for one that fails, or says something else.
 */
export async function measurePredicting(
  prepared: Prepared,
  engines: readonly PredictEngine[],
  { python, rounds }: { readonly python: string; readonly rounds: number },
): Promise<MeasuredPredicting> {
  const start = (engine: PredictEngine) => runOnce(engine.command(prepared, python))
  const versions: Record<string, string> = {}
  let expected: string | undefined
  for (const engine of engines) {
    const said = engine.read((await start(engine)).out)
    versions[engine.name] = said.version
    expected ??= said.class
    if (said.class === expected) continue
    throw new EngineError({
      where: `pnpm bench predict, ${engine.name}`,
      expected: `must say ${JSON.stringify(expected)} of the picture, as ${engines[0]!.name} does`,
      given: said.class,
    })
  }
  const processor = engines.map((): number[] => [])
  const seconds = await interleave(engines, rounds, async (engine, round) => {
    const once = await start(engine)
    processor[engines.indexOf(engine)]![round] = once.processor
    return once.seconds
  })
  const series = engines.flatMap(({ name }, at) =>
    [['time', seconds[at]!] as const, ['processor time', processor[at]!] as const].map(
      ([metric, values]): Series => ({
        ...{ work: 'one picture', engine: name, batch: null, metric, unit: 's', values },
      }),
    ),
  )
  return { series, versions }
}
