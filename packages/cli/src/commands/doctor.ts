import { exitCodes } from '../exit-codes.ts'
import { type AddCommand, type CommonOptions, withCommonOptions } from './command.ts'

/** `ashlar doctor`: what this machine has, and what to do about what it lacks. */
export const addDoctor: AddCommand = (program, { name, setExitCode, terminal }) => {
  withCommonOptions(program.command('doctor'))
    .description('look at Node, processor, onnxruntime, TensorFlow, Python and disk')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} doctor
  $ ${name} doctor --json`,
    )
    .action(async (options: CommonOptions) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { examineMachine } = await import('../work/doctor.ts')
      const healthy = await examineMachine(name, createOutput(options, terminal))
      if (!healthy) setExitCode(exitCodes.failed)
    })
}
