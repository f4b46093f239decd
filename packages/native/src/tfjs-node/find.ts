import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { originOfFile } from '@ashlar/experiment'
import { TFJS_NODE_VERSION } from '../cache/target.ts'

/** The npm package whose native backend this is. */
export const TFJS_NODE = '@tensorflow/tfjs-node'

/**
 * The folder of an installed @tensorflow/tfjs-node of the right version; `undefined` where there is none. It is an optional
 * peer, since its install script makes `npm install` fail wherever its download does. One that lies in a run folder that was not made here does not count.
 *
 * @param from module addresses or folders to resolve from; this package and the working directory by default.
 */
export async function findTfjsNode(
  from: readonly string[] = [import.meta.url, join(process.cwd(), 'package.json')],
): Promise<string | undefined> {
  for (const start of from) {
    const manifest = resolveFrom(start)
    // Its code would run in this process: what came with somebody's run, and the user has changed into its folder, is none of ours.
    if (manifest === undefined || (await originOfFile(manifest)) !== undefined) continue
    const { version } = JSON.parse(await readFile(manifest, 'utf8'))
    if (version === TFJS_NODE_VERSION) return dirname(manifest)
  }
  return undefined
}

function resolveFrom(start: string): string | undefined {
  try {
    return createRequire(start).resolve(`${TFJS_NODE}/package.json`)
  } catch {
    // Not installed there: the next place, or the registry, may have it.
    return undefined
  }
}
