import { exitCodes } from '../exit-codes.ts'
import {
  type AddCommand,
  asTrainingOptions,
  type TrainingOptions,
  trainingTarget,
  withTrainingOptions,
} from './command.ts'

/** `ashlar train`: train and test. */
export const addTrain: AddCommand = (program, { name, setExitCode, terminal }) => {
  withTrainingOptions(program.command('train'))
    .description('train an experiment and test it')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} train mnist-mini-resnet
  $ ${name} train mnist-mini-resnet seed=7 epochs=2
  $ ${name} train mnist-mini-resnet fold.count=5
  $ ${name} train --resume runs/latest
  $ ${name} train --resume runs/<run> epochs=20
  $ ${name} train runs/<run> weights=runs/<run>/weights.safetensors`,
    )
    .action(async (experiment: string | undefined, given: string[], options: TrainingOptions) => {
      const { createOutput } = await import('../terminal/output.ts')
      const work = await import('../work/train.ts')
      const folds = await import('../work/train-folds.ts')
      const { provenanceAsJson } = await import('../work/provenance.ts')
      const output = createOutput(options, terminal)
      const target = trainingTarget(experiment, given, options.resume)
      const opened = await work.openTraining(target, asTrainingOptions(target, options))
      const training = { ...opened, explain: options.explain }
      if (folds.hasFolds(training)) {
        const asked = { ...folds.ONLY_TRAIN, name, command: 'train' }
        const interrupted = await folds.runFolds(training, output, asked)
        if (interrupted) setExitCode(exitCodes.interrupted)
        return
      }
      const trained = await work.trainResolved(training, output, training)
      work.describeTraining(trained, output)
      if (trained.interrupted) {
        work.describeInterruption(trained, name, output)
        setExitCode(exitCodes.interrupted)
      } else {
        work.describeTrained(trained, name, output)
      }
      output.result({
        run: trained.run.path,
        ...trained.summary,
        ...provenanceAsJson(trained.parts.model),
      })
    })
}
