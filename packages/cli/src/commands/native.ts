import type { Command } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import {
  type AddCommand,
  type CommandContext,
  type CommonOptions,
  withCommonOptions,
} from './command.ts'

interface InstallOptions extends CommonOptions {
  readonly wheel?: string
  readonly force?: true
}

/** `ashlar native`: TensorFlow's own kernels, which do not come with npm. */
export const addNative: AddCommand = (program, context) => {
  const { name } = context
  const native = withCommonOptions(program.command('native'))
    .description("install, remove or look at TensorFlow's own kernels (engine tensorflow)")
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} native install
  $ ${name} native status
  $ ${name} run mnist-mini-resnet --engine tensorflow
  $ ${name} native remove`,
    )
  addInstall(native, context)
  addRemove(native, context)
  addStatus(native, context)
}

function addInstall(native: Command, { name, setExitCode, terminal }: CommandContext): void {
  withCommonOptions(native.command('install'))
    .description("download TensorFlow's libraries and make @tensorflow/tfjs-node load with them")
    .option('--wheel <file>', 'a wheel of TensorFlow that was fetched elsewhere')
    .option('--force', 'install again, even where a binding works')
    .addHelpText(
      'after',
      `
About 260 MB to download and 850 MB on disk, in the cache folder (or $ASHLAR_HOME). Everything else works without it.

Examples:
  $ ${name} native install
  $ ${name} native install --wheel tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl`,
    )
    .action(async (_options: InstallOptions, command: Command) => {
      const options = optionsOf<InstallOptions>(command)
      const { createOutput } = await import('../terminal/output.ts')
      const { installTensorflow } = await import('../work/native.ts')
      const finished = await installTensorflow(options, createOutput(options, terminal))
      if (!finished) setExitCode(exitCodes.interrupted)
    })
}

function addRemove(native: Command, { name, terminal }: CommandContext): void {
  withCommonOptions(native.command('remove'))
    .description('take it away again')
    .addHelpText('after', `\nExamples:\n  $ ${name} native remove`)
    .action(async (_options: CommonOptions, command: Command) => {
      const options = optionsOf<CommonOptions>(command)
      const { createOutput } = await import('../terminal/output.ts')
      const { removeTensorflow } = await import('../work/native.ts')
      await removeTensorflow(createOutput(options, terminal))
    })
}

function addStatus(native: Command, { name, terminal }: CommandContext): void {
  withCommonOptions(native.command('status'))
    .description('whether it is installed, where, and whether it works')
    .addHelpText('after', `\nExamples:\n  $ ${name} native status --json`)
    .action(async (_options: CommonOptions, command: Command) => {
      const options = optionsOf<CommonOptions>(command)
      const { createOutput } = await import('../terminal/output.ts')
      const { showTensorflow } = await import('../work/native.ts')
      await showTensorflow(name, createOutput(options, terminal))
    })
}

/** Its own options with those of `native`: commander gives an option that both have to the first of them. */
function optionsOf<T extends CommonOptions>(command: Command): T {
  return command.optsWithGlobals()
}
