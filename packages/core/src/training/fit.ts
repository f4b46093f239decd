import { ConfigError } from '@ashlar/errors'
import { checkNames } from '@ashlar/plugins'
import type { Augmentation } from '../augmentation/augmentation.ts'
import { byLength, type Lengths, lengthsOf } from '../data/lengths.ts'
import { epochLength } from '../data/order.ts'
import type { Samples } from '../data/samples.ts'
import type { Engine, EngineSession } from '../engines/engine.ts'
import { resolveEngine } from '../engines/resolve.ts'
import { prepareStates } from '../network/recurrent-state.ts'
import type { Callback } from './callback.ts'
import { type BatchCheck, batchCheck } from './check-batches.ts'
import { checkArrays, labelColumns } from './check-data.ts'
import { checkAllLabels, checkHeads, labelUseOf } from './check-heads.ts'
import { checkIndices } from './check-indices.ts'
import {
  type ClassWeightsByOutput,
  checkClassWeights,
  classWeightsGiven,
  classWeightsOf,
} from './class-weights-of.ts'
import type { Compiled, OutputHead } from './compile.ts'
import { hasOwnStep, ownStepProgram, tryOwnStep } from './custom-step.ts'
import { runEvaluation } from './evaluate.ts'
import { forwardOf } from './forward.ts'
import type { History } from './history.ts'
import { trainEpochs } from './loop.ts'
import { watchWeights } from './non-finite.ts'
import { checkCount, ensureBuilt, splitValidation } from './prepare.ts'
import { evaluateProgram, trainProgram } from './programs.ts'
import { checkMetrics, checkOutputs, settle } from './reading.ts'
import {
  checkIdentity,
  earlierPlans,
  type RunIdentity,
  restoreVariables,
  type TrainingState,
} from './resume.ts'
import { FitRun } from './run.ts'
import { prepareSteps } from './steps.ts'
import type { Trainable } from './trainable.ts'
import { Watch } from './watch.ts'
import { withAverages } from './weight-averages.ts'

/** Options of `fit`. */
export interface FitOptions {
  /** Passes over the data, 1 by default. */
  readonly epochs?: number | undefined
  /** 32 by default. The last batch of an epoch may be smaller; no sample is dropped. */
  readonly batchSize?: number | undefined
  /** Evaluated after each epoch; the metrics get the prefix `val_`. */
  readonly validationData?: Samples | undefined
  /** Part of the samples to hold out from their end for the same purpose, instead of `validationData`; 0 by default. */
  readonly validationSplit?: number | undefined
  /** A new order in each epoch; true by default. */
  readonly shuffle?: boolean | undefined
  /** Governs the order, dropout, augmentation, and the initial weights of a model that is not built yet; 0 by default. */
  readonly seed?: number | undefined
  /** Random changes of the training samples, in this order. */
  readonly augmentations?: readonly Augmentation[] | undefined
  /**
   * What a sample's loss counts in training, by its class; `balanced` gives each class the same say, however many samples it has.
   * Labels must be class indices, also one for each place, or one-hot. By the names of the outputs where a model has several: `{ kind: 'balanced' }`.
   */
  readonly classWeights?: ClassWeightsByOutput | undefined
  /**
   * Batches in one update, 1 by default: their gradients are averaged over all their samples. An epoch's last update takes
   * what there is. Schedules count batches.
   */
  readonly accumulate?: number | undefined
  readonly callbacks?: readonly Callback[] | undefined
  /** `onnxruntime` (default), `tfjs`, or an engine. */
  readonly engine?: Engine | string | undefined
  /** The epoch to begin with, for a run that goes on; 0 by default. */
  readonly initialEpoch?: number | undefined
  /** The state of a run to go on with, bit for bit; see {@link TrainingState}. Data and options must be the same. */
  readonly resume?: TrainingState | undefined
  /** Digest of the data: a run that goes on refuses other data than it began with. */
  readonly digest?: string | undefined
  /** Stops after the current step when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

const names: Readonly<Record<keyof FitOptions, true>> = {
  epochs: true,
  batchSize: true,
  validationData: true,
  validationSplit: true,
  shuffle: true,
  seed: true,
  augmentations: true,
  classWeights: true,
  accumulate: true,
  callbacks: true,
  engine: true,
  initialEpoch: true,
  resume: true,
  digest: true,
  signal: true,
}

/** @throws ConfigError for callbacks as one object of hooks, as tfjs takes them. */
function checkList(argument: string, given: unknown): void {
  if (given === undefined || Array.isArray(given)) return
  throw new ConfigError({
    where: 'fit',
    expected: `\`${argument}\` must be a list of objects made by their factories`,
    given,
  })
}

/** Names the samples of the option in errors. */
const VALIDATION = 'fit, validationData'

function isWeighed(given: FitOptions['classWeights'], head: OutputHead): boolean {
  return classWeightsGiven(given, head) !== undefined
}

/** Looks at all labels and indices once, before anything is trained. */
async function checkData(
  model: Trainable,
  compiled: Compiled,
  data: Samples,
  { validationData, classWeights }: FitOptions,
): Promise<void> {
  const forward = forwardOf(model, data.info)
  checkAllLabels('fit', compiled, data, forward, (head) => isWeighed(classWeights, head))
  await checkIndices('fit', data, forward.picks)
  if (validationData === undefined) return
  const other = forwardOf(model, validationData.info)
  checkAllLabels(VALIDATION, compiled, validationData, other)
  await checkIndices(VALIDATION, validationData, other.picks)
}

/** @throws ConfigError for options that a step of its own knows nothing of. */
function checkOwnStep(model: Trainable, { accumulate = 1, classWeights }: FitOptions): void {
  if (accumulate === 1 && classWeights === undefined) return
  throw new ConfigError({
    where: 'fit',
    expected: `\`accumulate\` and \`classWeights\` must be left to the trainStep of ${model.getClassName()}`,
    given: { accumulate, classWeights },
  })
}

/** Samples of different lengths come in batches of like ones. */
function inOrder(train: Samples, lengths: Lengths | undefined, batchSize: number): Samples {
  if (lengths === undefined || train.sampler !== undefined) return train
  return { ...train, sampler: byLength(lengths, batchSize) }
}

/** See `Model.fit`. */
export async function fit(
  model: Trainable,
  compiled: Compiled,
  data: Samples,
  options: FitOptions = {},
): Promise<History> {
  checkNames('fit', options, names)
  const { epochs = 1, batchSize = 32, initialEpoch = 0, accumulate = 1, resume } = options
  checkList('callbacks', options.callbacks)
  checkList('augmentations', options.augmentations)
  checkCount('fit', 'epochs', epochs)
  checkCount('fit', 'batchSize', batchSize)
  checkCount('fit', 'accumulate', accumulate)
  if (hasOwnStep(model)) checkOwnStep(model, options)
  checkArrays('fit', data)
  if (options.validationData !== undefined) checkArrays(VALIDATION, options.validationData)
  const parted = splitValidation(data, options)
  const { validation } = parted
  const lengths = lengthsOf(parted.train)
  const train = inOrder(parted.train, lengths, batchSize)
  ensureBuilt(model, train, options.seed)
  settle(compiled, model, train)
  checkOutputs('fit', model, compiled.heads, train.info)
  checkClassWeights('fit', compiled, options.classWeights)
  await checkData(model, compiled, data, options)
  const labels = labelColumns(train)
  for (const head of compiled.heads) {
    const column = labels.find(({ name }) => name === head.name)
    if (column !== undefined) checkMetrics('fit', head, column.data)
  }
  for (const each of [validation, train]) {
    if (each) prepareStates('fit', model, { batchSize, samples: epochLength(each) })
  }
  const engine = resolveEngine(options.engine)
  const identity: RunIdentity = {
    engine: engine.name,
    seed: options.seed ?? 0,
    batchSize,
    samples: options.shuffle === false ? train.length : epochLength(train),
    shuffle: options.shuffle ?? true,
    accumulate,
    data: options.digest,
  }
  const earlier = resume === undefined ? [] : earlierPlans(resume.progress, epochs)
  if (resume !== undefined) {
    checkIdentity(resume.progress.run, identity)
    Object.assign(compiled, resume.progress.optimizer)
  }

  const { augmentations } = options
  const { heads, optimizer } = compiled
  const [only] = heads
  // One output without a name has the paths that checkpoints have always had.
  const { optimizers } = compiled
  const judged = only?.name === undefined ? { loss: only?.loss, metrics: only?.metrics } : { heads }
  const watch = new Watch(
    { model, ...judged, optimizer, augmentations, ...(optimizers && { optimizers }) },
    Object.values(optimizers ?? { optimizer }).map(({ learningRate }) => learningRate),
  )
  if (resume?.progress.changed !== undefined) watch.restore(resume.progress.changed)

  if (validation) checkHeads('fit, validationData', compiled)
  const tried = hasOwnStep(model) ? await tryOwnStep(model, train) : []
  // Layers that only the step calls have been built by now.
  prepareStates('fit', model, { batchSize, samples: epochLength(train) })
  const trainer = hasOwnStep(model)
    ? ownStepProgram(model, compiled, train, { augmentations, names: tried })
    : trainProgram(model, compiled, train, {
        augmentations,
        classWeights: classWeightsOf('fit', model, compiled, train, options.classWeights),
        accumulates: accumulate > 1,
      })
  const evaluator = validation && evaluateProgram(model, compiled, validation)
  let session: EngineSession | undefined
  const checks: (BatchCheck | undefined)[] = []
  try {
    if (resume !== undefined) restoreVariables(trainer.variables, resume.tensors)
    const variables = { ...trainer.variables, ...evaluator?.variables }
    const opened = watched(await engine.open(variables, trainer.open), watch)
    session = opened
    const callbacks = options.callbacks ?? []
    const stepsPerEpoch = Math.ceil(identity.samples / batchSize)
    const validates = evaluator !== undefined
    const parts = {
      model,
      compiled,
      identity,
      epochs,
      stepsPerEpoch,
      validates,
      callbacks,
      earlier,
    }
    const run = new FitRun({ ...parts, session, trainer, watch })
    const evaluation = evaluator && session.prepare(evaluator)
    const weights = watchWeights(model)
    const checkRead = async (
      where: string,
      samples: Samples,
      classWeights?: FitOptions['classWeights'],
    ) => {
      const forward = forwardOf(model, samples.info)
      const uses = compiled.heads.map((head) => ({
        ...{ ...labelUseOf(head, forward), name: head.name },
        areWeighed: isWeighed(classWeights, head),
      }))
      const check = await batchCheck(where, samples, { picks: forward.picks, uses })
      checks.push(check)
      return check
    }
    const check = await checkRead('fit', train, options.classWeights)
    const validationCheck = validation && (await checkRead(VALIDATION, validation))
    const steps = await prepareSteps(session, trainer, run, {
      accumulate,
      lengths,
      begin: (resume?.progress.batch ?? 0) % run.stepsPerEpoch,
    })
    return await trainEpochs({
      run,
      compiled,
      train,
      check,
      trainer,
      session,
      steps,
      lengths,
      callbacks,
      shuffle: identity.shuffle,
      signal: options.signal,
      resume,
      initialEpoch,
      weights,
      notice() {
        if (!watch.changed()) return
        opened.download()
        trainer.refresh()
        opened.adopt(trainer.variables, trainer.open)
        steps.renew()
        evaluation?.renew()
      },
      validate: async () =>
        evaluator &&
        withAverages(opened, trainer.averages, () =>
          runEvaluation({
            where: `validation after epoch ${run.epoch + 1}`,
            model,
            program: evaluator,
            prepared: evaluation!,
            session: opened,
            samples: validation!,
            check: validationCheck,
            batchSize,
            seed: identity.seed,
            comesAgain: run.epoch + 1 < run.epochs,
          }),
        ),
    })
  } finally {
    for (const check of checks) await check?.dispose()
    await session?.dispose()
    trainer.dispose()
    evaluator?.dispose()
  }
}

/** A session whose programs tell a watch when they run, or are captured: what they leave in fields themselves is no change that anybody else made. */
function watched(session: EngineSession, watch: Watch): EngineSession {
  return {
    prepare: (program) =>
      session.prepare({
        name: program.name,
        tables: program.tables,
        trains: program.trains,
        isChanged: () => watch.isChanged,
        inputs: (batchSize) => program.inputs(batchSize),
        run: (feeds) => watch.during(() => program.run(feeds)),
      }),
    adopt: (variables, options) => session.adopt(variables, options),
    read: (name) => session.read(name),
    download: () => session.download(),
    publish: () => session.publish(),
    upload: () => session.upload(),
    dispose: () => session.dispose(),
  }
}
