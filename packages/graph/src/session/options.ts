import { ConfigError, unknownName } from '@ashlar/errors'

/** Settings of the onnxruntime engine. */
export interface EngineOptions {
  /** Threads of one operator, at most; default: onnxruntime's choice, the number of physical cores. A program whose loops have threads meet for longer than they save is run by one. */
  readonly threads?: number | undefined
  /** Execution providers in order of preference, as onnxruntime-node names them; default `['cpu']`. */
  readonly providers?: readonly string[] | undefined
  /**
   * How kernels are computed. `usual`: in the forms that rules choose by sizes, so that the same program has the same numbers in every process. `measured`:
   * where several forms compete, each is timed once on this machine, and the times are kept in the user's cache folder; a first start takes seconds longer,
   * and sums may differ in their last digits from those of a process that had other times. `portable`: standard ONNX alone, which is what other providers
   * than the CPU get. Default: what `$ASHLAR_FORMS` says, else `usual`.
   */
  readonly forms?: Forms | undefined
  /**
   * Whether finished programs are kept in the user's cache folder, so that a later process that captures the same ones starts sooner. Default: true, but from
   * the sources of this package.
   */
  readonly cache?: boolean | undefined
}

/** See {@link EngineOptions.forms}. */
export type Forms = (typeof FORMS)[number]

/** All that `forms` may be. */
export const FORMS = ['usual', 'measured', 'portable'] as const

/** What is to be used where nothing is said: `$ASHLAR_FORMS`, else `usual`. */
export function defaultForms(given: string | undefined = process.env.ASHLAR_FORMS): Forms {
  if (given === undefined || given === '') return 'usual'
  const known = FORMS.find((each) => each === given)
  if (known !== undefined) return known
  throw new ConfigError(unknownName('$ASHLAR_FORMS', 'forms', given, FORMS))
}
