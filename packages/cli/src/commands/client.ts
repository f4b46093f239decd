import { exitCodes } from '../exit-codes.ts'
import {
  type AddCommand,
  type CommonOptions,
  positiveInteger,
  withCommonOptions,
} from './command.ts'

interface Options extends CommonOptions {
  readonly url: string
  readonly model?: string
  readonly top: number
  readonly invert?: true
  readonly token?: string
}

/** `ashlar client`: send pictures to a server. */
export const addClient: AddCommand = (program, { name, setExitCode, terminal }) => {
  withCommonOptions(program.command('client'))
    .description('send pictures, tables or lines to a server, and show what its model says')
    .argument(
      '<file...>',
      'what the model takes: pictures, tables, or JSON lines with a field for each of its inputs; folders of them, or patterns',
    )
    .option('--url <url>', 'where the server is', 'http://127.0.0.1:8000')
    .option('--model <name>', 'which of its models (default: the only one)')
    .option('--top <count>', 'how many classes to show', positiveInteger, 3)
    .option('--invert', 'the pictures are dark on light, and the model wants light on dark')
    .option('--token <token>', 'what the server wants as a bearer token; or $ASHLAR_TOKEN')
    .addHelpText(
      'after',
      `
Reading pictures needs the package sharp: npm install sharp
Of several files, those that cannot be read are listed and the others answered; the exit code is 1 then.

Examples:
  $ ${name} client digit.png
  $ ${name} client photos
  $ ${name} client rooms.csv                 a model of a picture and a table: paths and cells
  $ ${name} client scan1.jpg scan2.jpg --invert --url http://127.0.0.1:9000`,
    )
    .action(async (pictures: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { classifyPictures } = await import('../work/client.ts')
      const failed = await classifyPictures(pictures, options, createOutput(options, terminal))
      if (failed > 0) setExitCode(exitCodes.failed)
    })
}
