export {
  type ClassScore,
  type Client,
  type ClientInput,
  type ClientOptions,
  type ClientTensor,
  createClient,
} from './client/client.ts'
export type { InferenceCore, ServerMetadata } from './core/inference-core.ts'
export type { ModelManager } from './core/model-manager.ts'
export { defaultLimits, type Limits } from './http/limits.ts'
export type { HttpContext, HttpPlugin } from './http/plugin.ts'
export { addRoute } from './http/route.ts'
export { MODEL_NAME, modelNameOf } from './models/repository.ts'
export { type FailureKind, failures, RequestError } from './protocol/errors.ts'
export type { InferRequest, InferResponse, ModelMetadata } from './protocol/messages.ts'
export type { Tensor } from './protocol/tensor.ts'
export { type Addresses, createServer, type Server, type ServerOptions } from './server.ts'
export { type PortName, TakenPortError } from './taken-port.ts'
