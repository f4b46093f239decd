import type { InferenceSession } from 'onnxruntime-node'
import type { NamedData, NamedTexts } from '../tensors.ts'

/** What the guarded process is asked, one request after the other. */
export type GuardedRequest =
  | {
      readonly kind: 'open'
      /** By which it is run; one process may hold several. */
      readonly id: number
      readonly file: Uint8Array | string
      readonly settings: InferenceSession.SessionOptions
      /** Bytes of memory beyond which it ends itself. */
      readonly most: number
    }
  | { readonly kind: 'run'; readonly id: number; readonly feeds: NamedData }
  | { readonly kind: 'texts'; readonly id: number; readonly feeds: NamedData }
  | { readonly kind: 'release'; readonly id: number }

/** What a file takes under a name. */
export interface FileInput {
  readonly name: string
  /** As onnxruntime has it: `float32`, `int32`, `bool`, ... */
  readonly dtype: string
  /** A name stands for a size that varies. */
  readonly shape: readonly (number | string)[]
}

/** What it answers. */
export type GuardedAnswer =
  | { readonly inputs: readonly FileInput[]; readonly outputNames: readonly string[] }
  | { readonly outputs: NamedData }
  | { readonly texts: NamedTexts }
  | { readonly released: true }
  | { readonly error: string }
