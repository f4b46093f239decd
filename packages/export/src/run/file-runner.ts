import { createSession } from '@ashlar/graph'
import type { NamedData, NamedTexts } from '../tensors.ts'
import { outputNamesOf, runForTexts, runSession } from './session.ts'

/** A file that is loaded, to be run. */
export interface FileRunner {
  /** Of outputs of numbers. */
  readonly outputNames: readonly string[]
  /**
   * @returns its outputs of numbers.
   * @throws EngineError with onnxruntime's reason when it does not run.
   */
  run(feeds: NamedData): Promise<NamedData>
  /** The same for its outputs of text; nothing of a file that has none. */
  texts(feeds: NamedData): Promise<NamedTexts>
  release(): Promise<void>
}

/**
 * Loads a file: its bytes, or its path where its numbers lie in a file beside it.
 *
 * @throws EngineError with onnxruntime's reason when it is refused.
 */
export type OpenFile = (file: Uint8Array | string) => Promise<FileRunner>

/** Loads a file into this process: for those that were made here. */
export const openHere: OpenFile = async (file) => {
  const session = await createSession(file)
  return {
    outputNames: outputNamesOf(session, 'numbers'),
    run: (feeds) => runSession(session, feeds),
    texts: (feeds) => runForTexts(session, feeds),
    release: () => session.release(),
  }
}
