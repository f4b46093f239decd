import { exitCodes } from '../exit-codes.ts'
import {
  type AddCommand,
  asFileLimits,
  type CommonOptions,
  type FileLimitOptions,
  positiveInteger,
  withCommonOptions,
  withFileLimits,
} from './command.ts'

interface Options extends CommonOptions, FileLimitOptions {
  readonly csv?: true
  readonly top: number
  readonly invert?: true
}

/** `ashlar predict`: what a model says of files, without a server. */
export const addPredict: AddCommand = (program, { name, setExitCode, terminal }) => {
  withFileLimits(withCommonOptions(program.command('predict')))
    .description('show what a trained model says of pictures, the rows of tables, or named fields')
    .argument('<model>', 'the folder of a run that was exported, or an ONNX file')
    .argument(
      '<files...>',
      'pictures, CSV files or JSON lines, folders of them, or patterns: "photos/**/*.jpg"',
    )
    .option('--csv', 'print a table in CSV')
    .option('--top <count>', 'how many classes to show', positiveInteger, 3)
    .option('--invert', 'the pictures are dark on light, and the model wants light on dark')
    .addHelpText(
      'after',
      `
Files are read in the way that the model was trained with: the size and fit of pictures, the columns of tables and what they were scaled by lie in the file.
A model of several inputs takes JSON lines (.jsonl), an object on each with a field for each input: {"image": [[0, 1], [1, 0]], "kind": 3}
Of several files, those that cannot be read are listed and the others answered; the exit code is 1 then.
With --json: { model, predictions: [{ file, row, class, probability, probabilities }], failed: [{ file, error }] }, value instead of a class where
numbers are predicted, and outputs: { name: { shape, data } } for JSON lines.

Examples:
  $ ${name} predict runs/latest cat.jpg
  $ ${name} predict runs/latest photos --json
  $ ${name} predict model.onnx customers.csv --csv > answers.csv`,
    )
    .action(async (model: string, files: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { predictFiles } = await import('../work/predict.ts')
      const limits = asFileLimits(options)
      const request = { ...options, model, files, limits }
      const failed = await predictFiles(request, createOutput(options, terminal))
      if (failed > 0) setExitCode(exitCodes.failed)
    })
}
