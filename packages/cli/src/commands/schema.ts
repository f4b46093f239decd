import {
  type AddCommand,
  asTargetOptions,
  type ExperimentOptions,
  withExperimentOptions,
} from './command.ts'

interface Options extends ExperimentOptions {
  readonly out?: string
  readonly types?: true
}

/** `ashlar schema`: what editors know experiments by. */
export const addSchema: AddCommand = (program, { name, terminal }) => {
  withExperimentOptions(program.command('schema'))
    .description('write the JSON Schema of experiments, for editors')
    .argument('[experiment]', 'an experiment whose own plugins are to be in it')
    .option('--types', 'write the options of plugins as TypeScript, for defineExperiment')
    .option('--out <file>', 'the file to write (default: stdout)')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} schema --out experiment.schema.json
  $ ${name} schema my-experiment.yaml --types --out ashlar-plugins.ts

An editor with YAML support takes the schema from the first line of an experiment:
  # yaml-language-server: $schema=./experiment.schema.json`,
    )
    .action(async (target: string | undefined, options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { writeSchema } = await import('../work/config.ts')
      const request = { target, types: options.types ?? false, file: options.out }
      await writeSchema(request, asTargetOptions(options, []), createOutput(options, terminal))
    })
}
