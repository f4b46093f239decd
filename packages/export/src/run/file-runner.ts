import { createSession } from '@ashlar/graph'
import type { NamedData } from '../tensors.ts'
import { runSession } from './session.ts'

/** A file that is loaded, to be run. */
export interface FileRunner {
  readonly outputNames: readonly string[]
  /**
   * @throws EngineError with onnxruntime's reason when it does not run.
   */
  run(feeds: NamedData): Promise<NamedData>
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
    outputNames: session.outputNames,
    run: (feeds) => runSession(session, feeds),
    release: () => session.release(),
  }
}
