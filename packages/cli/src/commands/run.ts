import { exitCodes } from '../exit-codes.ts'
import {
  type AddCommand,
  asOverride,
  asTrainingOptions,
  positiveInteger,
  type TrainingOptions,
  trainingTarget,
  withTrainingOptions,
} from './command.ts'

interface Options extends TrainingOptions {
  readonly opset?: number
}

/** `ashlar run`: train, test, export, verify. */
export const addRun: AddCommand = (program, { name, setExitCode, terminal }) => {
  withTrainingOptions(program.command('run'))
    .description('train an experiment, test it, export it to ONNX and verify the file')
    .option('--opset <number>', 'ONNX operator set of the file (default: 17)', positiveInteger)
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} run mnist-mini-resnet
  $ ${name} run mnist-mini-resnet dataset.limit=20000 batchSize=32 --out /tmp/trial
  $ ${name} run mnist-mini-resnet optimizer.name=adamw optimizer.learningRate=0.001 epochs=3
  $ ${name} run my-experiment.yaml --engine tfjs`,
    )
    .action(async (experiment: string | undefined, given: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const work = await import('../work/train.ts')
      const folds = await import('../work/train-folds.ts')
      const { describeExport, EXPORTED, exportTrained } = await import('../work/export.ts')
      const { provenanceAsJson } = await import('../work/provenance.ts')
      const output = createOutput(options, terminal)
      const target = trainingTarget(experiment, given, options.resume)
      const opened = await work.openTraining(
        target,
        asTrainingOptions(target, options, asOverride('export.opset', options.opset)),
      )
      const training = { ...opened, explain: options.explain }
      if (folds.hasFolds(training)) {
        const interrupted = await folds.runFolds(training, output, {
          ...{ name, command: 'run', files: [EXPORTED] },
          finish: async (one) => describeExport(await exportTrained(one), output),
        })
        if (interrupted) setExitCode(exitCodes.interrupted)
        return
      }
      const trained = await work.trainResolved(training, output, training)
      const { run, summary, interrupted } = trained
      work.describeTraining(trained, output)
      if (interrupted) {
        work.describeInterruption(trained, name, output)
        output.result({ run: run.path, ...summary })
        setExitCode(exitCodes.interrupted)
        return
      }
      const exported = await exportTrained(trained)
      describeExport(exported, output)
      work.describeNext(trained, exported.path, name, output)
      const told = provenanceAsJson(trained.parts.model)
      output.result({ run: run.path, ...summary, ...told, export: exported })
    })
}
