// The build puts onnx-proto beside this file, in one file with what it needs of protobufjs, in the folder of its name.
import proto from 'onnx-proto'

export type { onnx } from 'onnx-proto'
// biome-ignore lint/style/noDefaultExport: as the package has it that this one stands for.
export default proto
