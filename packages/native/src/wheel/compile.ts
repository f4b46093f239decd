import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { EngineError } from '@ashlar/errors'
import { LAYOUT } from '../cache/folders.ts'
import { NAPI_VERSION, type Target } from '../cache/target.ts'
import type { Effects } from '../effects/effects.ts'
import type { OnProgress } from '../effects/progress.ts'
import { reasonOf } from '../effects/reason.ts'
import type { RunResult } from '../effects/run-command.ts'
import { HEADERS } from './unpack-wheel.ts'

const COMPILERS = ['c++', 'g++', 'clang++']

/** The C++ files of @tensorflow/tfjs-node's binding. */
const SOURCES = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc']

const INSTALL_COMPILER =
  'Install one (Debian and Ubuntu: apt install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install) or name it in CXX.'

/** What to compile with what. */
export interface CompileOptions {
  /** The work folder of an install: package, headers and libraries are in it. */
  readonly folder: string
  readonly libraries: readonly string[]
  readonly target: Target
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Compiles the binding of @tensorflow/tfjs-node against the libraries that were unpacked.
 *
 * @throws EngineError when there is no compiler, or with its first errors when it fails.
 */
export async function compileBinding(
  { folder, libraries, target, onProgress, signal }: CompileOptions,
  { run, env }: Effects,
): Promise<void> {
  // A user's CXX may carry options: `ccache g++`.
  const named = env.CXX?.trim().split(/\s+/)
  const candidates = named?.[0] ? [named] : COMPILERS.map((name) => [name])
  const args = compilerArguments(folder, libraries, target)
  await mkdir(dirname(join(folder, LAYOUT.binding)), { recursive: true })
  const missing: string[] = []
  for (const [command = '', ...own] of candidates) {
    onProgress?.({ step: 'compile', message: `Compiling the binding with ${command}` })
    let result: RunResult
    try {
      result = await run(command, [...own, ...args], { cwd: folder, signal })
    } catch (error) {
      signal?.throwIfAborted()
      missing.push(`${command}: ${reasonOf(error)}`)
      continue
    }
    if (result.code === 0) return
    throw compilerError(command, result)
  }
  throw new EngineError({
    where: 'C++ compiler',
    expected: `must be there (${missing.join('; ')})`,
    hint: INSTALL_COMPILER,
  })
}

function compilerArguments(folder: string, libraries: readonly string[], target: Target): string[] {
  const require = createRequire(import.meta.url)
  const nodeHeaders = join(dirname(require.resolve('node-api-headers/package.json')), 'include')
  const libraryFolder = join(folder, LAYOUT.libraries)
  const mac = target.platform === 'darwin'
  return [
    ...['-O2', '-std=c++17', '-shared', '-fPIC', `-DNAPI_VERSION=${NAPI_VERSION}`],
    // tfjs-node's own sources warn; who installs cannot change them.
    '-w',
    // Node's symbols are there once it loads the binding.
    ...(mac ? ['-undefined', 'dynamic_lookup'] : []),
    ...['-I', join(folder, HEADERS), '-I', nodeHeaders],
    ...SOURCES.map((source) => join(folder, LAYOUT.package, source)),
    ...libraries.map((library) => join(libraryFolder, library)),
    // The folder is renamed once it is finished, so the way to the libraries starts at the binding.
    `-Wl,-rpath,${mac ? '@loader_path' : '$ORIGIN'}/../../deps/lib`,
    ...['-o', join(folder, LAYOUT.binding)],
  ]
}

function compilerError(command: string, { code, signal, stderr }: RunResult): Error {
  if (/No space left on device/.test(stderr)) {
    return Object.assign(new Error(`${command}: no space left on device`), { code: 'ENOSPC' })
  }
  const lines = stderr.trim().split('\n')
  const errors = lines.filter((line) => /\berror\b|undefined reference/i.test(line)).slice(0, 3)
  const said = (errors.length > 0 ? errors : lines.slice(-1)).map((line) => line.trim()).join('; ')
  return new EngineError({
    where: command,
    expected: `must compile the binding (${signal ?? `exit code ${code}`}: ${said || 'it said nothing'})`,
  })
}
