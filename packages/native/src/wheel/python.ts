import type { Effects } from '../effects/effects.ts'
import { reasonOf } from '../effects/reason.ts'

/** Ways to start Python, most usual first. */
const PYTHONS: readonly (readonly [string, ...string[]])[] = [['python3'], ['python'], ['py', '-3']]

const QUESTION =
  'import sys, pip; print("cp%d%d" % sys.version_info[:2], pip.__version__, sep="\\n")'

/** A Python with pip. */
export interface Python {
  readonly command: string
  /** Come before all others. */
  readonly args: readonly string[]
  /** `cp311` */
  readonly tag: string
  readonly pip: string
}

/**
 * Finds a Python that has pip, which knows where packages come from on this machine.
 *
 * @returns or why there is none.
 */
export async function findPython({
  run,
  signal,
}: Pick<Effects, 'run'> & { readonly signal?: AbortSignal | undefined }): Promise<
  Python | { readonly problem: string }
> {
  const problems: string[] = []
  for (const [command, ...args] of PYTHONS) {
    try {
      const { code, stdout, stderr } = await run(command, [...args, '-c', QUESTION], { signal })
      const [tag, pip] = stdout.trim().split(/\r?\n/)
      if (code === 0 && tag && pip) return { command, args, tag, pip }
      problems.push(`${command}: ${stderr.trim().split('\n').at(-1) || `exit code ${code}`}`)
    } catch (error) {
      signal?.throwIfAborted()
      problems.push(`${command}: ${reasonOf(error)}`)
    }
  }
  return { problem: problems.join('; ') }
}
