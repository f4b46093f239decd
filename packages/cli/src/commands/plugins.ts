import {
  type AddCommand,
  asTargetOptions,
  type ExperimentOptions,
  withExperimentOptions,
} from './command.ts'

interface Options extends ExperimentOptions {
  readonly kind?: string
}

/** `ashlar plugins`: what experiments can be composed of. */
export const addPlugins: AddCommand = (program, { name, terminal }) => {
  withExperimentOptions(program.command('plugins'))
    .description('list all plugins with their options and where each comes from')
    .argument('[experiment]', 'an experiment whose own plugins are listed as well')
    .option('--kind <kind>', 'only blocks, models, datasets, ... (block, model, dataset, ...)')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} plugins
  $ ${name} plugins --kind dataset
  $ ${name} plugins my-experiment.yaml --json`,
    )
    .action(async (target: string | undefined, options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { listPlugins } = await import('../work/plugins.ts')
      const request = { target, kind: options.kind, ...asTargetOptions(options, []) }
      await listPlugins(request, createOutput(options, terminal))
    })
}
