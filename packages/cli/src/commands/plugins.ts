import {
  type AddCommand,
  asTargetOptions,
  type ExperimentOptions,
  withExperimentOptions,
} from './command.ts'

interface Options extends ExperimentOptions {
  readonly kind?: string
  readonly available?: true
}

/** `ashlar plugins`: what experiments can be composed of. */
export const addPlugins: AddCommand = (program, { name, terminal }) => {
  withExperimentOptions(program.command('plugins'))
    .description('list all plugins with their options and where each comes from')
    .argument(
      '[plugin or experiment]',
      'a plugin to show alone, or an experiment whose own plugins are listed as well',
    )
    .option('--kind <kind>', 'only blocks, models, datasets, ... (block, model, dataset, ...)')
    .option('--available', 'installed packages that bring plugins, without loading them')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} plugins
  $ ${name} plugins image-folder
  $ ${name} plugins --kind dataset
  $ ${name} plugins --available
  $ ${name} plugins my-experiment.yaml --json`,
    )
    .action(async (target: string | undefined, options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { listPlugins } = await import('../work/plugins.ts')
      const output = createOutput(options, terminal)
      if (options.available) {
        const { listAvailable } = await import('../work/available.ts')
        await listAvailable(output)
        return
      }
      const request = { target, kind: options.kind, ...asTargetOptions(options, []) }
      await listPlugins(request, output)
    })
}
