import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A diff above this is left out; the state says that there is one. */
const LARGEST_DIFF = 4_000_000

/** What only looks at a repository starts no program that the repository names, as far as git can be told so. */
const QUIET = ['-c', 'core.fsmonitor=false', '--no-optional-locks']
const NO_PROGRAMS = ['--no-ext-diff', '--no-textconv']

/** The state of the git work tree that an experiment lies in. */
export interface SourceState {
  /** Of the commit that is checked out, 40 hexadecimal digits. */
  readonly commit: string
  /** Undefined when no branch is checked out. */
  readonly branch?: string | undefined
  /** Files that differ from the commit, as `git status --porcelain` shows them; empty for a clean tree. */
  readonly changes: readonly string[]
}

/**
 * What git says about a folder, and how it differs from the commit; undefined outside of a repository, or without git.
 *
 * @returns the state, and the diff of tracked files against the commit: empty for a clean tree.
 */
export async function sourceState(
  folder: string,
): Promise<{ state: SourceState; diff: string } | undefined> {
  const git = async (...args: string[]) =>
    (await run('git', ['-C', folder, ...QUIET, ...args], { maxBuffer: LARGEST_DIFF })).stdout
  try {
    const commit = (await git('rev-parse', 'HEAD')).trim()
    const branch = (await git('branch', '--show-current')).trim()
    const changes = (await git('status', '--porcelain')).split('\n').filter((line) => line !== '')
    // A diff that is too large, or of a tree that changes meanwhile, is no reason not to train.
    const diff =
      changes.length === 0 ? '' : await git('diff', ...NO_PROGRAMS, 'HEAD').catch(() => '')
    return { state: { commit, ...(branch !== '' && { branch }), changes }, diff }
  } catch {
    // Neither a repository nor git is needed: most experiments of a first day have none.
    return undefined
  }
}
