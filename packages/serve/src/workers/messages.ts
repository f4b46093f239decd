/** A tensor between the processes: its elements lie in the frame's payload. */
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
  /** The model's bytes, or the path of a file that has its weights beside it. */
  readonly model: Uint8Array | string
  /** Threads of one run. */
  readonly threads: number
}

/** An input or output as the session tells it. */
export interface SessionTensor {
  readonly name: string
  /** onnxruntime's name of the type; left out for what is no tensor. */
  readonly type?: string | undefined
  /** -1 for a size that varies. */
  readonly shape: readonly number[]
}

/** What a session takes and gives. */
export interface SessionInfo {
  readonly inputs: readonly SessionTensor[]
  readonly outputs: readonly SessionTensor[]
}

/** To the worker, first: open the model, whose bytes are the payload unless it lies at a path. */
export interface OpenMessage {
  readonly threads: number
  readonly path?: string | undefined
}

/** To the worker: run the model on tensors in the payload. Answered in the order that they were sent in. */
export interface RunMessage {
  readonly inputs: readonly PackedTensor[]
}

/** From the worker, once: whether it could open the model. */
export type StartAnswer = { readonly ready: SessionInfo } | { readonly refused: string }

/** From the worker, for each run; the outputs' elements are the payload. */
export type RunAnswer =
  | {
      readonly outputs: readonly PackedTensor[]
      readonly inferNs: number
      /** Bytes of memory that the worker holds, now and then. */
      readonly rss?: number | undefined
    }
  | { readonly error: string }

/** From the worker. */
export type WorkerMessage = StartAnswer | RunAnswer
