// The one module that the page takes from onnxruntime-web, under the path at which the server has it.
declare module '*/ort.wasm.min.mjs' {
  export { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm'
}
