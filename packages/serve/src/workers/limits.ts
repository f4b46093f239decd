/** The worker's file descriptor of its connection with the server. */
export const PIPE = 3

/** Bytes of a model file, where protobuf ends, and of the inputs of a run. */
export const MAX_MODEL: number = 2 ** 31

/** Bytes of all outputs of a run. */
export const MAX_ANSWER: number = 2 ** 30
