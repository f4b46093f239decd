/** The layer that makes samples of raw data, in names of a file's nodes. */
export const PREPROCESS = 'preprocess'
