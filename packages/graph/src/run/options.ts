/** Settings of the onnxruntime engine. */
export interface EngineOptions {
  /** Threads of one operator; default: onnxruntime's choice, the number of physical cores. */
  readonly threads?: number | undefined
  /** Execution providers in order of preference, as onnxruntime-node names them; default `['cpu']`. */
  readonly providers?: readonly string[] | undefined
}
