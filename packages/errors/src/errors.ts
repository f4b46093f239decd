import { closest } from './closest.ts'
import { describe } from './describe.ts'

/** What went wrong, in the parts that every message has. */
export interface Problem {
  /** Where it happened: a function, a layer path, a file, an experiment key. */
  readonly where: string
  /** What was expected, as a sentence part: "`filters` must be a positive integer". */
  readonly expected: string
  /** What was given instead; left out when there is nothing to show. */
  readonly given?: unknown
  /** What to do about it. */
  readonly hint?: string | undefined
  /** The error underneath. */
  readonly cause?: unknown
}

/** The base of every error that Ashlar raises on purpose. Its message is complete: no stack trace is needed to act on it. */
export class AshlarError extends Error {
  /** A stable name for callers and for `--json` output. */
  readonly code: string
  readonly where: string
  readonly hint: string | undefined

  constructor(code: string, problem: Problem) {
    super(phrase(problem), problem.cause === undefined ? undefined : { cause: problem.cause })
    this.name = new.target.name
    this.code = code
    this.where = problem.where
    this.hint = problem.hint
  }
}

/** An experiment, option or argument that cannot be used. The command line answers it with exit code 2. */
export class ConfigError extends AshlarError {
  constructor(problem: Problem) {
    super('CONFIG', problem)
  }
}

/** Tensors whose shapes do not fit. */
export class ShapeError extends AshlarError {
  constructor(problem: Problem) {
    super('SHAPE', problem)
  }
}

/** Data, weights or a model file that is missing, damaged or not what it claims to be. */
export class DataError extends AshlarError {
  constructor(problem: Problem) {
    super('DATA', problem)
  }
}

/** An engine that is missing, or work that it cannot do. */
export class EngineError extends AshlarError {
  constructor(problem: Problem) {
    super('ENGINE', problem)
  }
}

/** A model that cannot be exported, or an export that does not equal its source. */
export class ExportError extends AshlarError {
  constructor(problem: Problem) {
    super('EXPORT', problem)
  }
}

/** Training that cannot go on, for example because the loss is not a number any more. */
export class TrainingError extends AshlarError {
  constructor(problem: Problem) {
    super('TRAINING', problem)
  }
}

/**
 * A problem about a name that nobody knows: shows the known ones and the closest.
 *
 * @example throw new ConfigError(unknownName('experiment', 'dataset', 'minst', ['mnist']))
 */
export function unknownName(
  where: string,
  kind: string,
  name: string,
  known: readonly string[],
): Problem {
  const near = closest(name, known)
  return {
    where,
    expected: `${kind} must be one of ${known.length > 0 ? known.join(', ') : '(none is known)'}`,
    given: name,
    hint: near === undefined ? undefined : `Did you mean ${JSON.stringify(near)}?`,
  }
}

function phrase({ where, expected, given, hint }: Problem): string {
  const got = given === undefined ? '' : `, got ${describe(given)}`
  return `${where}: ${expected}${got}${hint === undefined ? '' : `\n  ${hint}`}`
}
