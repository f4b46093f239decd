import { exitCodes } from '../exit-codes.ts'
import {
  type AddCommand,
  type CommonOptions,
  type TrustOptions,
  withCommonOptions,
  withTrust,
} from './command.ts'

interface Options extends CommonOptions, TrustOptions {
  readonly out: string
  readonly folder: string
}

/** `ashlar replay`: train the experiment that a file carries again, and compare. */
export const addReplay: AddCommand = (program, { name, setExitCode, terminal }) => {
  withTrust(withCommonOptions(program.command('replay')))
    .description(
      'train the experiment that an exported file carries again, and say whether the same file comes out',
    )
    .argument('<file>', 'an exported file, such as model.onnx')
    .option('--out <dir>', 'put the run folder under this one', 'runs')
    .option('--folder <dir>', 'where relative paths in the experiment start', '.')
    .addHelpText(
      'after',
      `
Exit code 0 when the files are equal byte for byte, 1 when they are not.

Examples:
  $ ${name} replay runs/<run>/model.onnx
  $ ${name} replay digits.onnx --folder my-experiments --trust`,
    )
    .action(async (file: string, options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { replay } = await import('../work/replay.ts')
      const outcome = await replay({ file, ...options }, createOutput(options, terminal), name)
      setExitCode(
        outcome === 'interrupted'
          ? exitCodes.interrupted
          : outcome === 'equal'
            ? exitCodes.done
            : exitCodes.failed,
      )
    })
}
