import {
  type AddCommand,
  asOverride,
  asTargetOptions,
  type ExperimentOptions,
  OVERRIDES,
  positiveInteger,
  withExperimentOptions,
} from './command.ts'

interface Options extends ExperimentOptions {
  readonly batch?: number
}

/** `ashlar explain`: where the time of a training step goes. */
export const addExplain: AddCommand = (program, { name, terminal }) => {
  withExperimentOptions(program.command('explain'))
    .description('show where the time of a training step goes: kernels, their forms, GFLOP/s')
    .argument('<experiment>', 'a name, a file (YAML, JSON, TypeScript) or the folder of a run')
    .argument(OVERRIDES.name, OVERRIDES.description)
    .option('--batch <size>', 'samples in the step (default: of the experiment)', positiveInteger)
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} explain mnist-mini-resnet
  $ ${name} explain mnist-resnet18 --batch 256
  $ ${name} explain mnist-mini-resnet engine.forms=portable --json`,
    )
    .action(async (target: string, overrides: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { explainTarget } = await import('../work/explain.ts')
      const own = [...overrides, ...asOverride('batchSize', options.batch)]
      await explainTarget(target, asTargetOptions(options, own), createOutput(options, terminal))
    })
}
