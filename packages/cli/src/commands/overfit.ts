import { exitCodes } from '../exit-codes.ts'
import {
  type AddCommand,
  asTargetOptions,
  type ExperimentOptions,
  OVERRIDES,
  positiveInteger,
  withExperimentOptions,
} from './command.ts'

interface Options extends ExperimentOptions {
  readonly batches: number
  readonly steps: number
}

/** `ashlar overfit`: whether a model can learn at all. */
export const addOverfit: AddCommand = (program, { name, setExitCode, terminal }) => {
  withExperimentOptions(program.command('overfit'))
    .description('train on one batch until it is known by heart: what cannot is wrong')
    .argument('<experiment>', 'a name, a file (YAML, JSON, TypeScript) or the folder of a run')
    .argument(OVERRIDES.name, OVERRIDES.description)
    .option('--batches <count>', 'batches to learn', positiveInteger, 1)
    .option('--steps <count>', 'updates at most', positiveInteger, 300)
    .addHelpText(
      'after',
      `
Exit code 1 says that it was not learned.

Examples:
  $ ${name} overfit my-experiment.yaml
  $ ${name} overfit my-experiment.yaml model.dropout=0 --batches 4 --steps 1000`,
    )
    .action(async (target: string, overrides: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { overfit } = await import('../work/overfit.ts')
      const output = createOutput(options, terminal)
      const learned = await overfit(target, asTargetOptions(options, overrides), options, output)
      if (!learned) setExitCode(exitCodes.failed)
    })
}
