import {
  type AddCommand,
  asFileLimits,
  type CommonOptions,
  type FileLimitOptions,
  type TrustOptions,
  withCommonOptions,
  withFileLimits,
  withTrust,
} from './command.ts'

interface Options extends CommonOptions, FileLimitOptions, TrustOptions {
  readonly run?: string
}

/** `ashlar verify`: hold an exported file against its model again. */
export const addVerify: AddCommand = (program, { name, terminal }) => {
  withTrust(withFileLimits(withCommonOptions(program.command('verify'))))
    .description('hold an exported file against the model that it was made from')
    .argument('<file>', 'an exported file, or the folder of its run')
    .option('--run <dir>', 'the run that it comes from (default: the folder it lies in)')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} verify runs/<run>/model.onnx
  $ ${name} verify digits.onnx --run runs/<run>`,
    )
    .action(async (file: string, options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { verifyFile } = await import('../work/verify.ts')
      await verifyFile(
        { file, run: options.run, limits: asFileLimits(options), trust: options.trust },
        createOutput(options, terminal),
      )
    })
}
