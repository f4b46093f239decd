import type { InputTensor, Tensor } from './tensor.ts'

/** What goes with a request, a tensor or an answer beside the numbers. */
export type Parameters = Readonly<Record<string, string | number | bigint | boolean>>

/** An output that a client asks for. */
export interface RequestedOutput {
  readonly name: string
  /** How many of the largest values are wanted, as text `value:index:label`, instead of the tensor. */
  readonly classification?: number | undefined
}

/** A request for inference, whatever it came by. */
export interface InferRequest {
  readonly model: string
  /** Left out for the newest that is ready. */
  readonly version?: string | undefined
  readonly id?: string | undefined
  readonly parameters: Parameters
  readonly inputs: readonly InputTensor[]
  /** Left out for all. */
  readonly outputs?: readonly RequestedOutput[] | undefined
  /** Whether the client has gone: then there is nobody to answer. */
  readonly isGone?: (() => boolean) | undefined
}

/** The answer to an {@link InferRequest}. */
export interface InferResponse {
  readonly model: string
  readonly version: string
  readonly id?: string | undefined
  /** In the order that they were asked for. */
  readonly outputs: readonly Tensor[]
}

/** An input or output as clients see it; -1 stands for a size that varies. */
export interface TensorMetadata {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

/** What a model takes and gives. */
export interface ModelMetadata {
  readonly name: string
  readonly versions: readonly string[]
  readonly platform: string
  /** What the file says of its inputs and outputs: how raw data becomes samples, and what outputs mean. Left out where it says nothing. */
  readonly properties?: Readonly<Record<string, string>> | undefined
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
}
