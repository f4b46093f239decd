import type { CaptureInput, ExplainPlan, TypedArray } from '@ashlar/graph'
import { defineKind, type Kind } from '@ashlar/plugins'
import type * as tf from '@tensorflow/tfjs'

/** Arrays by input or output name. */
export type Arrays = Readonly<Record<string, TypedArray>>

/**
 * A computation on batches, as an ordinary tfjs function: an engine calls it, or captures and compiles it.
 *
 * It may read and assign variables: those of the session it runs in, and any other, which the session then takes into its care. Numbers that differ between
 * runs come in as inputs.
 */
export interface Program {
  /** For messages and file names: `train`, `evaluate`, `predict`. */
  readonly name: string
  /** Shape and dtype of every input, for a batch of the given size. */
  inputs(batchSize: number): Readonly<Record<string, CaptureInput>>
  run(inputs: Record<string, tf.Tensor>): Record<string, tf.Tensor>
  /**
   * Inputs that are rows of arrays which stay as they are, by name: the data of a training. Such inputs are not fed; a run is told by `rows`
   * which they are, int32 `[batchSize]`.
   */
  readonly tables?: Arrays | undefined
  /** Whether it is a step of training, or a part of one: an engine may take quicker forms there that come within 1e-7 of what they stand for. Default false. */
  readonly trains?: boolean | undefined
  /**
   * Whether somebody else has changed what it reads in JavaScript, and nobody has said so by `renew` yet. A program that comes out otherwise than before is
   * captured again then, not refused.
   */
  isChanged?(): boolean
}

/** How to get ready. */
export interface WarmOptions {
  /**
   * Whether an engine that compiles also runs on zeros, once for each batch size, so that memory is taken; default true. Not for what runs next, which takes its memory
   * itself; nor once training has begun, as variables that are written in place would have to be copied for it.
   */
  readonly run?: boolean
}

/** A program that is ready to run. */
export interface PreparedProgram {
  /**
   * Runs once. Batch sizes may differ from call to call; an engine that compiles does so once for each.
   *
   * @param feeds one array per input, and `rows` where there are tables; they may be reused as soon as the promise is settled.
   */
  run(batchSize: number, feeds: Arrays): Promise<Arrays>
  /**
   * Gets ready for batch sizes that will come, so that neither time nor memory is taken for them later. Variables keep their
   * numbers. An engine that captures programs looks at one that has run once whether it does the same each time. An engine that does not compile has nothing to do.
   */
  warm(batchSizes: Iterable<number>, options?: WarmOptions): Promise<void>
  /**
   * Says that what the program reads in JavaScript has changed: fields, closures, which weights are trained. An engine that compiles does so anew before the next
   * run, unless the program comes out as it was.
   */
  renew(): void
}

/** Variables in the care of an engine, and the programs that work on them. What is assigned to one of them between runs is taken by the next run. */
export interface EngineSession {
  prepare(program: Program): PreparedProgram
  /** Takes more variables into its care, or others in the place of those of these names. */
  adopt(variables: Readonly<Record<string, tf.Variable>>, options?: OpenOptions): void
  /** A copy of a variable's current numbers. */
  read(name: string): Float32Array | Int32Array
  /** Writes what the engine holds into the tfjs variables. */
  download(): void
  /** The same for the variables that are live, and those that programs found by themselves: cheap, for who may look at them after each step. */
  publish(): void
  /** Takes the numbers of the tfjs variables over. */
  upload(): void
  /** Frees everything but the tfjs variables. Does not download. */
  dispose(): Promise<void>
}

/** What an engine may make use of. */
export interface OpenOptions {
  /**
   * Names of variables that nobody reads but through the session, and whose numbers nobody needs after it: they need not be held twice, and are
   * left out of what is downloaded and uploaded.
   */
  readonly own?: ReadonlySet<string> | undefined
  /** Names of variables that others look at between runs: few and small. */
  readonly live?: ReadonlySet<string> | undefined
}

/** Runs programs. */
export interface Engine {
  readonly name: string
  /** @param variables everything that programs of the session may read or assign, by unique name. */
  open(
    variables: Readonly<Record<string, tf.Variable>>,
    options?: OpenOptions,
  ): Promise<EngineSession>
  /** Where the time of a program goes, for engines that compile. The variables keep their numbers. */
  explain?(
    program: Program,
    variables: Readonly<Record<string, tf.Variable>>,
    batch: ExampleBatch,
  ): Promise<ExplainPlan>
}

/** A batch to try a program on. */
export interface ExampleBatch {
  readonly size: number
  /** As for a run. */
  readonly feeds: Arrays
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    engine: Engine
  }
}

/** What runs programs of tensors. */
export const engineKind: Kind<'engine'> = defineKind('engine')
