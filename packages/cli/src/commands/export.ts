import {
  type AddCommand,
  asOverride,
  type CommonOptions,
  positiveInteger,
  withCommonOptions,
} from './command.ts'

interface Options extends CommonOptions {
  readonly out?: string
  readonly opset?: number
}

/** `ashlar export`: write a trained run as an ONNX file, verified. */
export const addExport: AddCommand = (program, { name, terminal }) => {
  withCommonOptions(program.command('export'))
    .description('write the model of a run as an ONNX file, and verify it')
    .argument('<run>', 'the folder of a run, or runs/latest')
    .argument('[key=value...]', 'overrides of its experiment: export.opset=18')
    .option('--out <file>', 'the file to write (default: model.onnx in the run)')
    .option('--opset <number>', 'ONNX operator set (default: that of the run)', positiveInteger)
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} export runs/latest
  $ ${name} export runs/<run> --opset 18 --out digits.onnx`,
    )
    .action(async (path: string, overrides: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { exportRun } = await import('../work/export.ts')
      const changes = [...overrides, ...asOverride('export.opset', options.opset)]
      await exportRun(
        { path, overrides: changes, file: options.out },
        createOutput(options, terminal),
      )
    })
}
