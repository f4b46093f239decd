import { registerBackend } from './register.ts'

export type { Computed } from './evaluator.ts'
export { type BackendMemory, OnnxruntimeBackend } from './onnxruntime-backend.ts'
export type { BackendOptions } from './options.ts'
export { BACKEND, registerBackend } from './register.ts'

registerBackend()
