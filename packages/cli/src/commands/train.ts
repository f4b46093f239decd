import { exitCodes } from '../exit-codes.ts'
import {
  type AddCommand,
  asOverride,
  asTargetOptions,
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
  $ ${name} train --resume runs/latest
  $ ${name} train --resume runs/<run> epochs=20
  $ ${name} train runs/<run> weights=runs/<run>/weights.safetensors`,
    )
    .action(async (experiment: string | undefined, given: string[], options: TrainingOptions) => {
      const { createOutput } = await import('../terminal/output.ts')
      const work = await import('../work/train.ts')
      const output = createOutput(options, terminal)
      const { target, overrides, resume } = trainingTarget(experiment, given, options.resume)
      const trained = await work.trainTarget(
        target,
        asTargetOptions(options, [
          ...overrides,
          ...asOverride('out', options.out),
          ...asOverride('engine', options.engine),
        ]),
        output,
        { resume },
      )
      work.describeTraining(trained, output)
      if (trained.interrupted) {
        work.describeInterruption(trained, name, output)
        setExitCode(exitCodes.interrupted)
      } else {
        work.describeTrained(trained, name, output)
      }
      output.result({ run: trained.run.path, ...trained.summary })
    })
}
