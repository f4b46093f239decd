/** What is taken from each channel of a picture whose bytes were scaled to 0..1, and what it is divided by then. */
export interface ChannelScaling {
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** How the channels of pictures are normalized: by mean and deviation of the training samples, or by given ones. */
export type Normalize = 'data' | ChannelScaling
