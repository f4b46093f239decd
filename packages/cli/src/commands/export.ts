import {
  type AddCommand,
  asOverride,
  asReduction,
  type CommonOptions,
  positiveInteger,
  type ReductionOptions,
  type TrustOptions,
  withCommonOptions,
  withReduction,
  withTrust,
} from './command.ts'

interface Options extends CommonOptions, TrustOptions, ReductionOptions {
  readonly out?: string
  readonly opset?: number
  readonly triton?: string
  readonly kserve?: string
  readonly storageUri?: string
  readonly name?: string
  readonly trainingStep?: string
  readonly split?: true
  readonly parts?: number
}

/** `ashlar export`: write a trained run as an ONNX file, verified. */
export const addExport: AddCommand = (program, { name, terminal }) => {
  withReduction(withTrust(withCommonOptions(program.command('export'))))
    .description('write the model of a run as an ONNX file, and verify it')
    .argument('<run>', 'the folder of a run, or runs/latest')
    .argument('[key=value...]', 'overrides of its experiment: export.opset=18')
    .option(
      '--out <file>',
      'the file to write (default: model.onnx in the run; model.int8.onnx and the like with --quantize or --precision)',
    )
    .option('--opset <number>', 'ONNX operator set (default: that of the run)', positiveInteger)
    .option('--triton <dir>', 'also add it to a model repository in the layout of Triton')
    .option('--kserve <file>', 'also write an InferenceService of KServe; needs --storage-uri')
    .option('--storage-uri <uri>', 'where the cluster finds the repository: s3://bucket/models')
    .option('--name <name>', 'what servers call the model (default: name of the experiment)')
    .option(
      '--training-step <dir>',
      'also write the training step as files, with programs that go on with it in Python, Node and a browser',
    )
    .option('--split', 'the step in two files as well, to be trained in several processes')
    .option(
      '--parts <number>',
      'parts of a batch that are computed by themselves with --split (default: 2)',
      positiveInteger,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} export runs/latest
  $ ${name} export runs/latest --quantize int8           also model.int8.onnx, held against the test split
  $ ${name} export runs/latest --precision fp16 --max-drop 0.1
  $ ${name} export runs/latest --training-step step --split
  $ ${name} export runs/latest --triton models --name digits
  $ ${name} export runs/latest --triton models --kserve digits.yaml --storage-uri s3://bucket/models
  $ ${name} export runs/<run> --opset 18 --out digits.onnx`,
    )
    .action(async (path: string, overrides: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { exportRun } = await import('../work/export.ts')
      const changes = [...overrides, ...asOverride('export.opset', options.opset)]
      await exportRun(
        {
          path,
          overrides: changes,
          file: options.out,
          trust: options.trust,
          reduction: asReduction(options),
          step: { folder: options.trainingStep, split: options.split, parts: options.parts },
          ways: {
            name: options.name,
            triton: options.triton,
            kserve: options.kserve,
            storageUri: options.storageUri,
          },
        },
        createOutput(options, terminal),
      )
    })
}
