import { Option } from 'commander'
import {
  type AddCommand,
  asReduction,
  type CommonOptions,
  positiveInteger,
  type ReductionOptions,
  withCommonOptions,
  withReduction,
} from './command.ts'

interface Options extends CommonOptions, ReductionOptions {
  readonly calibration?: string
  readonly out?: string
  readonly layout?: 'nhwc' | 'nchw'
  readonly opset?: number
  readonly input?: readonly string[]
  readonly plugin?: readonly string[]
  readonly signature?: string
}

/** `ashlar convert`: a saved TensorFlow.js model to ONNX. */
export const addConvert: AddCommand = (program, { name, terminal }) => {
  withReduction(withCommonOptions(program.command('convert')))
    .description(
      'convert a model of TensorFlow.js or a SavedModel to ONNX, and verify it; or make an ONNX file smaller',
    )
    .argument(
      '<model>',
      'a model.json (layers-model or graph-model), its folder, or that of a SavedModel; or an ONNX file, to make it smaller',
    )
    .option(
      '-o, --out <file>',
      'the file to write (default: named by the folder of the model, or by the file that is made smaller)',
    )
    .addOption(
      new Option(
        '--layout <layout>',
        'how images lie in inputs and outputs (default: nhwc)',
      ).choices(['nhwc', 'nchw']),
    )
    .option('--opset <number>', 'ONNX operator set (default: 17)', positiveInteger)
    .option(
      '--input <name=shape...>',
      'shapes of the inputs; ? for a size that varies, or a name that inputs share, with what is known of it: ?32 a multiple, ?16..512 bounds (default: as the model says)',
    )
    .option('--plugin <module...>', 'packages or files whose custom layers the model needs')
    .option(
      '--calibration <file>',
      'a safetensors file of inputs by name, samples first: what --quantize int8 finds ranges on, and smaller files are judged on',
    )
    .option('--signature <name>', 'the signature of a SavedModel (default: serving_default)')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} convert web_model/model.json -o model.onnx
  $ ${name} convert web_model --layout nchw --json
  $ ${name} convert web_model --input image=1,?,?,3 --input size=2:int32
  $ ${name} convert web_model --input image=1,?32,?32,3     multiples of 32 alone
  $ ${name} convert web_model --input q=1,time,3 --input k=1,time,3     of one length
  $ ${name} convert web_model --plugin ./my-layers.ts
  $ ${name} convert web_model --precision fp16         also model.fp16.onnx
  $ ${name} convert web_model --quantize int8 --calibration inputs.safetensors
  $ ${name} convert model.onnx --precision fp16        model.fp16.onnx of a file of any exporter
  $ ${name} convert saved_model -o model.onnx          needs ${name} native install`,
    )
    .action(async (model: string, options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { convertModel } = await import('../work/convert.ts')
      await convertModel(
        {
          model,
          file: options.out,
          layout: options.layout,
          opset: options.opset,
          inputs: options.input ?? [],
          plugins: options.plugin ?? [],
          signature: options.signature,
          reduction: asReduction(options),
          calibration: options.calibration,
        },
        createOutput(options, terminal),
      )
    })
}
