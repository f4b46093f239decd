import { z } from 'zod'

/** The exported file that goes on token by token. */
export const GENERATOR = 'generate.onnx'

/** Key of its metadata: what its memory is like. */
export const CACHE_KEY = 'ashlar.cache'

/** What a file says of its memory. */
export interface CacheShape {
  /** Places that it has. */
  readonly tokens: number
  /** Of `past` and `present`, for one text. */
  readonly past: readonly number[]
}

/** Checks a {@link CacheShape} that comes from a file. */
export const cacheShape: z.ZodType<CacheShape> = z.object({
  tokens: z.int().positive().max(1e6),
  past: z.array(z.int().positive()).min(1).max(8),
})
