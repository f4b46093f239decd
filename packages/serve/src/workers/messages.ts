/** A tensor between the threads: its elements lie in the message's one buffer. */
export interface PackedTensor {
  readonly name: string
  /** The protocol's name of the type. */
  readonly datatype: string
  readonly shape: readonly number[]
  readonly offset: number
  readonly length: number
}

/** What a worker is started with. */
export interface WorkerSettings {
  /** The model's bytes, shared between its workers, or the path of a file that has its weights beside it. */
  readonly model: Uint8Array | string
  /** Threads of one run. */
  readonly threads: number
}

/** An input or output as the session tells it. */
export interface SessionTensor {
  readonly name: string
  /** onnxruntime's name of the type; left out for what is no tensor. */
  readonly type: string | undefined
  /** -1 for a size that varies. */
  readonly shape: readonly number[]
  /** The names of the sizes that vary, by axis; equal names are equal sizes. */
  readonly symbols: readonly (string | undefined)[]
}

/** What a session takes and gives. */
export interface SessionInfo {
  readonly inputs: readonly SessionTensor[]
  readonly outputs: readonly SessionTensor[]
}

/** To the worker: run the model. Answered in the order that they were sent in. */
export interface RunMessage {
  readonly inputs: readonly PackedTensor[]
  /** Shared by both threads: the sender writes into it again once the run is done. */
  readonly buffer: SharedArrayBuffer
  /** How much of it the inputs take. */
  readonly size: number
}

/** From the worker, once: whether it could open the model. */
export type StartAnswer = { readonly ready: SessionInfo } | { readonly refused: string }

/** From the worker, for each run. */
export type RunAnswer =
  | {
      readonly outputs: readonly PackedTensor[]
      readonly buffer: ArrayBuffer
      readonly inferNs: number
    }
  | { readonly error: string }

/** From the worker. */
export type WorkerMessage = StartAnswer | RunAnswer
