import proto, { type onnx as Onnx } from 'onnx-proto'

/** The generated protobuf classes of ONNX. onnx-proto is a CommonJS module without named exports that Node can see. */
export const onnx: typeof Onnx = proto.onnx
