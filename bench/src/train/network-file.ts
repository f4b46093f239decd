import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { EngineError } from '@ashlar/errors'
import { missingModule, pythonWorker } from '../harness/commands.ts'
import type { Work } from './work.ts'

/** What writes the files of works. */
const PROGRAM = new URL('peers/export_network.py', import.meta.url)

/**
 * A work with the file that its network is, written by the peer that the network comes of; any other work as it is.
 *
 * @param folder where the file goes.
 * @throws EngineError when it can't be written.
 */
export async function withFile(work: Work, python: string, folder: string): Promise<Work> {
  if (work.exportedWith === undefined) return work
  const fail = (hint: string) =>
    new EngineError({ where: work.name, expected: 'the network must be exported by PyTorch', hint })
  const missing = await missingModule(python, work.exportedWith)
  if (missing !== undefined) throw fail(missing)
  const file = join(folder, `${work.network}.onnx`)
  const { command, args, env } = pythonWorker(python, PROGRAM)
  const given = [...args, work.peers, JSON.stringify(work.sizes), file]
  try {
    await promisify(execFile)(command, given, { env: { ...process.env, ...env } })
  } catch (error) {
    throw fail((error as { stderr?: string }).stderr || (error as Error).message)
  }
  return { ...work, file }
}
