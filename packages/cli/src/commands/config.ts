import {
  type AddCommand,
  asTargetOptions,
  type ExperimentOptions,
  OVERRIDES,
  withExperimentOptions,
} from './command.ts'

/** `ashlar config`: an experiment with every default filled in. */
export const addConfig: AddCommand = (program, { name, terminal }) => {
  withExperimentOptions(program.command('config'))
    .description('show an experiment with every default filled in')
    .argument('<experiment>', 'a name, a file (YAML, JSON, TypeScript) or the folder of a run')
    .argument(OVERRIDES.name, OVERRIDES.description)
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} config mnist-mini-resnet
  $ ${name} config my-experiment.yaml optimizer.name=adamw --json
  $ ${name} config my-experiment.yaml > complete.yaml`,
    )
    .action(async (target: string, overrides: string[], options: ExperimentOptions) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { showConfig } = await import('../work/config.ts')
      await showConfig(target, asTargetOptions(options, overrides), createOutput(options, terminal))
    })
}
