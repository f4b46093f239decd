import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findNative } from '@ashlar/native'
import { missingModule, nodeWorker, pythonWorker } from '../harness/commands.ts'
import type { WorkerCommand } from '../harness/worker.ts'
import { bindingOptions } from './binding.ts'
import type { Work } from './work.ts'

/** Where peers are found. */
export interface Places {
  /** A Python interpreter that has the packages of requirements.txt. */
  readonly python: string
  /** A project with a working @tensorflow/tfjs-node; empty for what Ashlar has installed. */
  readonly tfjsNode: string
  /** Whether Ashlar is started out of the built packages, as users have it. */
  readonly isBuilt?: boolean
}

/** Something that can do the works. */
export interface Engine {
  /** As it stands in the rows. */
  readonly name: string
  /** Whose it is: of a peer that has several ways, the best counts. */
  readonly family: string
  /** Whether it takes part in a work. */
  takes(work: Work): boolean
  /** The environment variable that names the folder of what it keeps for its next process; without, its second start is as its first. */
  readonly cacheFolder?: string
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
  family: 'sgemm',
  takes: ({ mode }) => mode === 'training',
  command: () => nodeWorker(worker('sgemm.ts')),
  missing: () => Promise.resolve(undefined),
}

/** Ashlar and its peers. */
export const engines: readonly Engine[] = [
  {
    name: OURS,
    family: OURS,
    takes: () => true,
    cacheFolder: 'ASHLAR_HOME',
    command: ({ isBuilt = false }) => (isBuilt ? builtWorker() : nodeWorker(worker('ashlar.ts'))),
    missing: ({ isBuilt = false }) =>
      Promise.resolve(
        isBuilt && !existsSync(BUILT) ? 'it is not built: node scripts/build.js' : undefined,
      ),
  },
  {
    name: 'tfjs-node',
    family: 'tfjs-node',
    takes: ({ hasLayersModel }) => hasLayersModel,
    command: ({ tfjsNode }) => nodeWorker(worker('tfjs-node.ts'), [tfjsNode]),
    missing: ({ tfjsNode }) => missingTfjsNode(tfjsNode),
  },
  pythonEngine('keras fit', 'keras', 'training'),
  pythonEngine('tensorflow function', 'keras', 'inference'),
  pythonEngine('pytorch eager', 'pytorch', 'training', 'eager'),
  pythonEngine('pytorch fused', 'pytorch', 'training', 'fused'),
  pythonEngine('pytorch compile', 'pytorch', 'training', 'compile'),
  pythonEngine('pytorch eager', 'pytorch', 'inference', 'eager'),
  pythonEngine('pytorch compile', 'pytorch', 'inference', 'compile'),
]

const worker = (file: string) => new URL(`workers/${file}`, import.meta.url)

/** Where `node scripts/build.js` puts ours. */
const BUILT = fileURLToPath(new URL('../../dist/train/workers/ashlar.js', import.meta.url))

const builtWorker = (): WorkerCommand => ({ command: process.execPath, args: [BUILT] })

const modules = { keras: ['tensorflow', 'keras'], pytorch: ['torch'] } as const

function pythonEngine(
  name: string,
  peer: keyof typeof modules,
  mode: Work['mode'],
  variant = 'eager',
): Engine {
  const file = new URL(`peers/${peer}_worker.py`, import.meta.url)
  return {
    name,
    family: peer,
    // Whoever fine-tunes a file of PyTorch's is held against PyTorch alone.
    takes: (work) => work.mode === mode && (work.exportedWith === undefined || peer === 'pytorch'),
    variant,
    ...(variant === 'compile' && { cacheFolder: 'TORCHINDUCTOR_CACHE_DIR' }),
    command: ({ python }) => pythonWorker(python, file),
    missing: ({ python }) => missingModule(python, modules[peer]),
  }
}

async function missingTfjsNode(folder: string): Promise<string | undefined> {
  const { state, problem } = await findNative(bindingOptions(folder))
  if (state === 'ready') return undefined
  const how = 'run ashlar native install, or name a project that has it by --tfjs-node'
  return `its native binding is ${problem ?? 'not installed'}: ${how}`
}
