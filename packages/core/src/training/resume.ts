import { ConfigError, DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { StoredTensor } from '../weights/safetensors.ts'
import type { EpochLog } from './history.ts'
import type { TrainingPlan } from './plan.ts'
import type { ChangedFields } from './watch.ts'

/** What must be the same for a run to go on bit for bit. */
export interface RunIdentity {
  readonly engine: string
  readonly seed: number
  readonly batchSize: number
  /** Training samples in an epoch. */
  readonly samples: number
  readonly shuffle: boolean
  /** Batches in one update. */
  readonly accumulate: number
  /** Digest of the data, where the caller knows one. */
  readonly data?: string | undefined
}

/** How far a run has come, as plain data. */
export interface TrainingProgress {
  readonly run: RunIdentity
  /** Steps done in this run. */
  readonly step: number
  /** The epoch that goes on. */
  readonly epoch: number
  /** Batches of that epoch that are done. */
  readonly batch: number
  /** Batches and updates that the optimizer has done in all, and samples whose gradients wait. */
  readonly optimizer: {
    readonly steps: number
    readonly updates: number
    readonly gathered: number
  }
  readonly learningRateFactor: number
  /** Training time so far. */
  readonly seconds: number
  /** Epochs that the run is meant to have; left out by older versions. */
  readonly planned?: number | undefined
  /** What it was meant to be before, oldest first; left out where it always was as it is. */
  readonly earlier?: readonly TrainingPlan[] | undefined
  /** Whole epochs. */
  readonly epochs: readonly EpochLog[]
  /** What callbacks remember, by unique name; their arrays are among the tensors. */
  readonly callbacks: Readonly<Record<string, unknown>>
  /** Why a callback has ended the run: going on has nothing left to train. */
  readonly stopped?: string | undefined
  /** Plain fields of model, layers, loss, metrics, optimizer and augmentations that callbacks have changed since the run began, by path: layers that were frozen, for example. */
  readonly changed?: ChangedFields | undefined
}

/** Everything that a run needs to go on as if it had never been interrupted. */
export interface TrainingState {
  readonly progress: TrainingProgress
  /** Weights, optimizer slots, sums of metrics, arrays of callbacks, by unique name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/**
 * Gives variables the numbers of a state.
 *
 * @throws DataError that names each variable that the state lacks or has in another shape; then none is changed.
 */
export function restoreVariables(
  variables: Readonly<Record<string, tf.Variable>>,
  tensors: TrainingState['tensors'],
): void {
  const problems = Object.entries(variables).flatMap(([name, { shape }]) => {
    const found = tensors.get(name)
    if (found === undefined) return [`${name}: missing`]
    if (String(found.shape) === String(shape)) return []
    return [`${name}: expected [${shape.join(', ')}], got [${found.shape.join(', ')}]`]
  })
  if (problems.length > 0) {
    throw new DataError({
      where: 'fit',
      expected: 'the state to go on from must be that of this model and optimizer',
      hint: problems.join('\n  '),
    })
  }
  tf.tidy(() => {
    for (const [name, variable] of Object.entries(variables)) {
      const { data } = tensors.get(name)!
      // A copy: backends may keep the array that they are given.
      const numbers = data.slice() as Float32Array
      variable.assign(tf.tensor(numbers, variable.shape, variable.dtype as 'float32'))
    }
  })
}

/**
 * What a run was meant to be until now, where it goes on with other epochs.
 *
 * @throws ConfigError for fewer epochs than the run has gone into.
 */
export function earlierPlans(progress: TrainingProgress, epochs: number): readonly TrainingPlan[] {
  const { planned, earlier = [], step, epoch, batch } = progress
  const begun = epoch + (batch > 0 ? 1 : 0)
  if (epochs < begun) {
    throw new ConfigError({
      where: 'fit',
      expected: `a run that has gone into its epoch ${begun} must go on with at least as many \`epochs\``,
      given: epochs,
    })
  }
  if (planned === undefined || planned === epochs) return earlier
  // A plan that nothing was trained by is none.
  return step === (earlier.at(-1)?.steps ?? 0)
    ? earlier
    : [...earlier, { epochs: planned, steps: step }]
}

/** @throws ConfigError that names each setting that has changed since. */
export function checkIdentity(stored: RunIdentity, current: RunIdentity): void {
  const changed = Object.entries(current).filter(
    ([key, value]) =>
      value !== undefined && stored[key as keyof RunIdentity] !== (value as unknown),
  )
  if (changed.length === 0) return
  throw new ConfigError({
    where: 'fit',
    expected: 'a run must go on with what it began with',
    given: Object.fromEntries(changed),
    hint: changed
      .map(([key]) => `${key} was ${JSON.stringify(stored[key as keyof RunIdentity])}.`)
      .join(' '),
  })
}
