export type { OnnxFile } from './file/graph.ts'
export { readOnnx } from './file/read.ts'
export { Head, type HeadOptions, type Pooling } from './model/head.ts'
export type { ImageLayout, InputOptions } from './model/inputs.ts'
export {
  cut,
  freezeAllButHead,
  type LoadOnnxOptions,
  loadOnnx,
  loadTfjs,
  replaceHead,
} from './model/load.ts'
export { addLora, type LoraOptions } from './model/lora.ts'
export { type CutPlace, OnnxModel, type OnnxModelOptions } from './model/onnx-model.ts'
export type { Operator } from './ops/operator.ts'
export { operators } from './ops/table.ts'
export { importPlugins } from './plugin.ts'
export type { FixedInputs } from './program/fix-inputs.ts'
export type { Weight } from './program/weights.ts'
