import { InvalidArgumentError } from 'commander'
import {
  type AddCommand,
  asTargetOptions,
  type ExperimentOptions,
  OVERRIDES,
  positiveInteger,
  withExperimentOptions,
} from './command.ts'

interface Options extends ExperimentOptions {
  readonly min: number
  readonly max: number
  readonly steps: number
}

/** `ashlar lr-find`: a learning rate to begin with. */
export const addLrFind: AddCommand = (program, { name, terminal }) => {
  withExperimentOptions(program.command('lr-find'))
    .description('try learning rates that rise from step to step, and suggest one')
    .argument('<experiment>', 'a name, a file (YAML, JSON, TypeScript) or the folder of a run')
    .argument(OVERRIDES.name, OVERRIDES.description)
    .option('--min <rate>', 'the first rate', rate, 1e-7)
    .option('--max <rate>', 'the last rate', rate, 1)
    .option('--steps <count>', 'rates to try', positiveInteger, 100)
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} lr-find my-experiment.yaml
  $ ${name} lr-find mnist-mini-resnet optimizer.name=sgd --max 10`,
    )
    .action(async (target: string, overrides: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { findLearningRate } = await import('../work/lr-find.ts')
      const output = createOutput(options, terminal)
      const request = { ...options, program: name }
      await findLearningRate(target, asTargetOptions(options, overrides), request, output)
    })
}

function rate(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('must be a number above 0.')
}
