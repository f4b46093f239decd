// The build puts onnx-proto into vendor/, in one file with what it needs of protobufjs, and its place here.
import proto from 'onnx-proto'

export type { onnx } from 'onnx-proto'
// biome-ignore lint/style/noDefaultExport: as the package has it that this one stands for.
export default proto
