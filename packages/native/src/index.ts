export type { Binding, LocateOptions } from './binding/locate.ts'
export type { Manifest } from './cache/manifest.ts'
export type { BindingTarget } from './cache/target.ts'
export type { Effects } from './effects/effects.ts'
export type { OnProgress, Progress } from './effects/progress.ts'
export {
  type CommandOptions,
  type RunCommand,
  type RunResult,
  runCommand,
} from './effects/run-command.ts'
export { nativePlugins, tensorflowEngine } from './engine/tensorflow.ts'
export { type FindOptions, type FoundNative, findNative } from './install/find.ts'
export { type Installed, type InstallOptions, installNative } from './install/install.ts'
export { type Removed, type RemoveOptions, removeNative } from './install/remove.ts'
export { loadTensorflow, offerTensorflow, type Tensorflow } from './load/load-tensorflow.ts'
export type {
  LoadedSavedModel,
  MetaGraph,
  RawBinding,
  SignatureTensor,
  SummaryWriter,
  TfjsNode,
} from './load/tfjs-node.ts'
export {
  isSavedModel,
  loadSavedModel,
  type SavedModelOptions,
} from './saved-model/load-saved-model.ts'
export { type EventWriter, openEventWriter } from './tensorboard/event-writer.ts'
