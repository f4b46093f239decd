import { constants } from 'node:fs'
import { access, readFile, statfs } from 'node:fs/promises'
import { arch, availableParallelism, cpus, platform } from 'node:os'
import { onnxruntimeEngine, type Program } from '@ashlar/core'
import { packageVersions } from '@ashlar/experiment'
import { findNative, type RunCommand, runCommand } from '@ashlar/native'
import { formatBytes } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'

/** What one look at the machine found. */
export interface Finding {
  readonly name: string
  /** `lacking`: something that is useful to some; `broken`: nothing works until it is repaired. */
  readonly state: 'fine' | 'lacking' | 'broken'
  readonly answer: string
  /** What to do about it. */
  readonly advice?: string | undefined
}

/** What the looks are made with; `process` and the disk have them. */
export interface Machine {
  readonly node: string
  readonly run: RunCommand
  /** Text of /proc/cpuinfo, or empty. */
  readonly cpuInfo: () => Promise<string>
  /** How Linux gives out pages of 2 MiB, as its file `enabled` says it, or empty. */
  readonly largePages: () => Promise<string>
  /** Version of the C library that Node runs with, where it is GNU's. */
  readonly glibc: string | undefined
  /** GLIBC_TUNABLES of the environment. */
  readonly tunables: string
  readonly freeBytes: (folder: string) => Promise<number>
  readonly native: () => ReturnType<typeof findNative>
  /** Multiplies on the engine onnxruntime: 21 times 2. */
  readonly compute: () => Promise<number>
}

/** This one. */
export function thisMachine(): Machine {
  return {
    node: process.versions.node,
    run: runCommand,
    cpuInfo: () => readFile('/proc/cpuinfo', 'utf8').catch(() => ''),
    largePages: () =>
      readFile('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8').catch(() => ''),
    glibc: glibcVersion(),
    tunables: process.env.GLIBC_TUNABLES ?? '',
    freeBytes: async (folder) => {
      const { bavail, bsize } = await statfs(folder)
      return bavail * bsize
    },
    native: () => findNative({ probe: true }),
    compute: multiply,
  }
}

function glibcVersion(): string | undefined {
  const report = process.report.getReport() as unknown as {
    readonly header: { readonly glibcVersionRuntime?: string }
  }
  return report.header.glibcVersionRuntime
}

type Look = (machine: Machine, name: string) => Promise<Finding>

/** Everything that is looked at, in the order of the report. */
const looks: readonly Look[] = [
  lookAtNode,
  lookAtProcessor,
  lookAtPages,
  lookAtOnnxruntime,
  lookAtTensorflow,
  lookAtPnpm,
  lookAtPython,
  lookAtDisk,
]

/**
 * Looks at the machine and says what to do about what it lacks.
 *
 * @param name what the user types to start the program.
 * @returns whether nothing is broken.
 */
export async function examineMachine(
  name: string,
  output: Output,
  machine: Machine = thisMachine(),
): Promise<boolean> {
  const findings: Finding[] = []
  const { green, yellow, red, dim } = output.colors
  const marks = { fine: green('ok'), lacking: yellow('--'), broken: red('!!') }
  for (const look of looks) {
    const finding = await look(machine, name)
    findings.push(finding)
    output.line(`${marks[finding.state]}  ${finding.name.padEnd(18)}${finding.answer}`)
    if (finding.advice !== undefined) output.line(dim(`${' '.repeat(22)}${finding.advice}`))
  }
  output.result({ findings })
  return findings.every(({ state }) => state !== 'broken')
}

async function lookAtNode({ node }: Machine): Promise<Finding> {
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const enough = major > 20 || (major === 20 && minor >= 19)
  const answer = `${node}, ${platform()} ${arch()}`
  return enough
    ? { name: 'Node', state: 'fine', answer }
    : { name: 'Node', state: 'broken', answer, advice: 'Install Node 20.19 or newer.' }
}

/** Instruction sets that matter here, as /proc/cpuinfo names them, the best first. */
const FEATURES = ['amx_tile', 'avx512f', 'avx2', 'avx', 'asimd']

async function lookAtProcessor({ cpuInfo }: Machine): Promise<Finding> {
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(await cpuInfo())?.[1]?.split(/\s+/))
  const known = FEATURES.filter((feature) => flags.has(feature))
  const sets = known.length > 0 ? `: ${known.join(', ')}` : ''
  const answer = `${model}, ${availableParallelism()} cores${sets}`
  const slow = platform() === 'linux' && arch() === 'x64' && !flags.has('avx2')
  return slow
    ? {
        ...{ name: 'processor', state: 'lacking', answer },
        advice: 'Without AVX2 training is several times slower, and TensorFlow may not load.',
      }
    : { name: 'processor', state: 'fine', answer }
}

/** GNU's library asks for large pages since this version. */
const ASKS_SINCE = [2, 35] as const

/**
 * A training step goes through hundreds of megabytes, and in pages of 4 KiB the processor looks up a hundred thousand of them. Many distributions give large pages only to programs that ask, which the C library
 * does when it is told so at the start of the process.
 */
async function lookAtPages({ largePages, glibc, tunables }: Machine): Promise<Finding> {
  const name = 'memory pages'
  const given = /\[(\w+)\]/.exec(await largePages())?.[1]
  if (given === 'always') return { name, state: 'fine', answer: 'large, for all programs' }
  const asks = /(?:^|:)glibc\.malloc\.hugetlb=[12](?:$|:)/.test(tunables)
  if (given === 'madvise' && asks) return { name, state: 'fine', answer: 'large, as asked for' }
  const [major = 0, minor = 0] = (glibc ?? '').split('.').map(Number)
  const canAsk = major > ASKS_SINCE[0] || (major === ASKS_SINCE[0] && minor >= ASKS_SINCE[1])
  if (given !== 'madvise' || !canAsk)
    return { name, state: 'fine', answer: 'as the system has them' }
  return {
    ...{ name, state: 'lacking', answer: 'small: large ones are given to programs that ask' },
    advice:
      'Training takes up to 5 % less time with GLIBC_TUNABLES=glibc.malloc.hugetlb=1 in the environment.',
  }
}

async function lookAtOnnxruntime({ compute }: Machine): Promise<Finding> {
  const version = packageVersions()['onnxruntime-node']
  try {
    const found = await compute()
    if (found !== 42) throw new Error(`21 times 2 came out as ${found}`)
    return { name: 'onnxruntime', state: 'fine', answer: `${version}, computes` }
  } catch (error) {
    return {
      ...{ name: 'onnxruntime', state: 'broken' },
      answer: `${version} does not work: ${(error as Error).message}`,
      advice:
        'Install again (npm install); its binary comes in the package @ashlar/onnxruntime, or one of that name and this platform.',
    }
  }
}

async function multiply(): Promise<number> {
  const program: Program = {
    name: 'multiply',
    inputs: () => ({ x: { shape: [1], dtype: 'float32' } }),
    run: ({ x }) => ({ y: x!.add(x!) }),
  }
  const session = await onnxruntimeEngine().open({})
  try {
    const { y } = await session.prepare(program).run(1, { x: Float32Array.of(21) })
    return Number(y?.[0])
  } finally {
    await session.dispose()
  }
}

async function lookAtTensorflow({ native }: Machine, name: string): Promise<Finding> {
  const { state, binding, tensorflow, problem } = await native()
  const label = 'TensorFlow native'
  if (state === 'ready') {
    return { name: label, state: 'fine', answer: `${tensorflow} works, ${binding?.path}` }
  }
  return state === 'absent'
    ? {
        ...{ name: label, state: 'lacking', answer: 'not installed' },
        advice: `Only --engine tensorflow needs it: ${name} native install`,
      }
    : {
        ...{ name: label, state: 'lacking', answer: `does not work: ${problem}` },
        advice: `Run: ${name} native install --force`,
      }
}

async function lookAtPnpm({ run }: Machine): Promise<Finding> {
  const version = await versionOf(run, 'pnpm', ['--version'])
  return version === undefined
    ? {
        ...{ name: 'pnpm', state: 'lacking', answer: 'not found' },
        advice: 'Only work on Ashlar itself uses it, and there node scripts/pnpm.js stands in.',
      }
    : { name: 'pnpm', state: 'fine', answer: version }
}

/** Python packages that tests and benchmarks hold Ashlar against. */
const PEERS = ['onnx', 'onnxruntime', 'torch', 'keras', 'tensorflow', 'tensorboard']

const ASK_PEERS = `
import importlib.metadata as m, sys
print(sys.version.split()[0])
for name in sys.argv[1:]:
    try: print(name, m.version(name))
    except m.PackageNotFoundError: pass
`

async function lookAtPython({ run }: Machine): Promise<Finding> {
  const text = await versionOf(run, 'python3', ['-c', ASK_PEERS, ...PEERS])
  if (text === undefined) {
    return {
      ...{ name: 'Python', state: 'lacking', answer: 'not found' },
      advice: 'Only tests and benchmarks against Python packages, and native install, use it.',
    }
  }
  const [version, ...found] = text.split(/\r?\n/)
  const missing = PEERS.filter((peer) => !found.some((line) => line.startsWith(`${peer} `)))
  return {
    ...{ name: 'Python', state: 'fine' },
    answer: [version, ...found].join(', '),
    advice:
      missing.length === 0
        ? undefined
        : `Only comparisons with them need these: pip install ${missing.join(' ')}`,
  }
}

/** What a dataset, some runs and TensorFlow native take together. */
const ROOM = 3e9

async function lookAtDisk({ freeBytes }: Machine): Promise<Finding> {
  const folder = process.cwd()
  const free = await freeBytes(folder)
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
  const answer = `${formatBytes(free)} free in ${folder}${writable ? '' : ', which is read-only'}`
  const advice = writable
    ? 'Runs, datasets and TensorFlow native together want about 3 GB.'
    : 'Work in another folder, or name one for runs: out=FOLDER.'
  return free >= ROOM && writable
    ? { name: 'disk', state: 'fine', answer }
    : { name: 'disk', state: 'lacking', answer, advice }
}

/** What a program prints; `undefined` when it is not there or fails. */
async function versionOf(
  run: RunCommand,
  command: string,
  args: readonly string[],
): Promise<string | undefined> {
  try {
    const { code, stdout } = await run(command, args, { timeoutMs: 20_000 })
    return code === 0 ? stdout.trim() : undefined
  } catch {
    // Not installed, which is an answer.
    return undefined
  }
}
