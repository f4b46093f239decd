import { type AddCommand, asOverride, type CommonOptions, withCommonOptions } from './command.ts'

interface Options extends CommonOptions {
  readonly engine?: string
}

/** `ashlar evaluate`: test a trained run. */
export const addEvaluate: AddCommand = (program, { name, terminal }) => {
  withCommonOptions(program.command('evaluate'))
    .description('test the model of a run')
    .argument('<run>', 'the folder of a run, or runs/latest')
    .argument('[key=value...]', 'overrides of its experiment: dataset.testLimit=1000')
    .option(
      '--engine <name>',
      'what computes: onnxruntime, tfjs or tensorflow (default: that of the run)',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} evaluate runs/latest
  $ ${name} evaluate runs/<run> --engine tfjs --json`,
    )
    .action(async (path: string, overrides: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { evaluateRun } = await import('../work/evaluate.ts')
      await evaluateRun(
        path,
        [...overrides, ...asOverride('engine', options.engine)],
        createOutput(options, terminal),
      )
    })
}
