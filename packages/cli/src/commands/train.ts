import { exitCodes } from '../exit-codes.ts'
import {
  type AddCommand,
  asOverride,
  asTargetOptions,
  type ExperimentOptions,
  OVERRIDES,
  RESUME,
  trainingTarget,
  withExperimentOptions,
} from './command.ts'

interface Options extends ExperimentOptions {
  readonly resume?: string
  readonly out?: string
  readonly engine?: string
}

/** `ashlar train`: train and test. */
export const addTrain: AddCommand = (program, { name, setExitCode, terminal }) => {
  withExperimentOptions(program.command('train'))
    .description('train an experiment and test it')
    .argument('[experiment]', 'a name, a file (YAML, JSON, TypeScript) or the folder of a run')
    .argument(OVERRIDES.name, OVERRIDES.description)
    .option(RESUME.flags, RESUME.description)
    .option('--out <dir>', 'put the run folder under this one (default: runs)')
    .option(
      '--engine <name>',
      'what computes: onnxruntime, tfjs or tensorflow (default: onnxruntime)',
    )
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
    .action(async (experiment: string | undefined, given: string[], options: Options) => {
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
