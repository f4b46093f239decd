/** How pictures become arrays of one size. */
export interface ImageSize {
  readonly height: number
  readonly width: number
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3
  /** What happens when the proportions differ: cut off what is too much, add black, or distort. */
  readonly fit: 'cover' | 'contain' | 'fill'
}

/** Reads a picture as `[height, width, channels]` bytes. */
export type ImageDecoder = (path: string) => Promise<Uint8Array>
