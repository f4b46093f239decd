import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findNative } from '@ashlar/native'
import type { WorkerCommand } from '../harness/worker.ts'
import { bindingOptions } from './binding.ts'
import type { Work } from './work.ts'

/** Where peers are found. */
export interface Places {
  /** A Python interpreter that has the packages of requirements.txt. */
  readonly python: string
  /** A project with a working @tensorflow/tfjs-node; empty for what Ashlar has installed. */
  readonly tfjsNode: string
}

/** Something that can do the works. */
export interface Engine {
  /** As it stands in the rows. */
  readonly name: string
  /** What it is asked to do; it takes no part in the others. */
  readonly modes: readonly Work['mode'][]
  /** Which of the worker's ways. */
  readonly variant?: string
  command(places: Places): WorkerCommand
  /** Why it cannot be measured here, in words; undefined when it can. */
  missing(places: Places): Promise<string | undefined>
}

/** Ours, which ratios compare with the others. */
export const OURS = 'ashlar'

/** The yardstick for arithmetic: its rate is in GFLOP/s. */
export const YARDSTICK: Engine = {
  name: 'sgemm',
  modes: ['training'],
  command: () => nodeWorker('sgemm.ts'),
  missing: () => Promise.resolve(undefined),
}

/** Ashlar and its peers. */
export const engines: readonly Engine[] = [
  {
    name: OURS,
    modes: ['training', 'inference'],
    command: () => nodeWorker('ashlar.ts'),
    missing: () => Promise.resolve(undefined),
  },
  {
    name: 'tfjs-node',
    modes: ['training', 'inference'],
    command: ({ tfjsNode }) => nodeWorker('tfjs-node.ts', [tfjsNode]),
    missing: ({ tfjsNode }) => missingTfjsNode(tfjsNode),
  },
  pythonEngine('keras fit', 'keras', 'training'),
  pythonEngine('tensorflow function', 'keras', 'inference'),
  pythonEngine('pytorch eager', 'pytorch', 'training', 'eager'),
  pythonEngine('pytorch fused adam', 'pytorch', 'training', 'fused'),
  pythonEngine('pytorch compile', 'pytorch', 'training', 'compile'),
  pythonEngine('pytorch eager', 'pytorch', 'inference', 'eager'),
  pythonEngine('pytorch compile', 'pytorch', 'inference', 'compile'),
]

function nodeWorker(file: string, args: readonly string[] = []): WorkerCommand {
  const path = fileURLToPath(new URL(`workers/${file}`, import.meta.url))
  return { command: process.execPath, args: [...process.execArgv, path, ...args] }
}

const modules = { keras: ['tensorflow', 'keras'], pytorch: ['torch'] } as const

function pythonEngine(
  name: string,
  peer: keyof typeof modules,
  mode: Work['mode'],
  variant = 'eager',
): Engine {
  const path = fileURLToPath(new URL(`peers/${peer}_worker.py`, import.meta.url))
  return {
    name,
    modes: [mode],
    variant,
    command: ({ python }) => ({ command: python, args: ['-u', path] }),
    missing: ({ python }) => missingModule(python, modules[peer]),
  }
}

async function missingModule(
  python: string,
  names: readonly string[],
): Promise<string | undefined> {
  try {
    await access(python)
  } catch {
    return `there is no ${python}: run bench/setup, or name an interpreter by --python`
  }
  const code = `import importlib.util as u, sys; print([n for n in sys.argv[1:] if not u.find_spec(n)] or "")`
  const { stdout } = await promisify(execFile)(python, ['-c', code, ...names])
  const missing = stdout.trim()
  return missing === '' ? undefined : `${python} has no module ${missing}: run bench/setup`
}

async function missingTfjsNode(folder: string): Promise<string | undefined> {
  const { state, problem } = await findNative(bindingOptions(folder))
  if (state === 'ready') return undefined
  const how = 'run ashlar native install, or name a project that has it by --tfjs-node'
  return `its native binding is ${problem ?? 'not installed'}: ${how}`
}
