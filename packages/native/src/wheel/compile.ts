import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { EngineError } from '@ashlar/errors'
import { LAYOUT } from '../cache/folders.ts'
import { type BindingTarget, NAPI_VERSION } from '../cache/target.ts'
import type { Effects } from '../effects/effects.ts'
import type { OnProgress } from '../effects/progress.ts'
import { reasonOf } from '../effects/reason.ts'
import { isMissingProgram, type RunResult } from '../effects/run-command.ts'
import { HEADERS } from './unpack-wheel.ts'

const QUIET_SOURCE = 'quiet.cc'

const COMPILERS = ['c++', 'g++', 'clang++']

/** The C++ files of @tensorflow/tfjs-node's binding. */
const SOURCES = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc']

/**
 * Starts TensorFlow's library with stderr turned away, for that moment alone: as it starts, before it has read
 * TF_CPP_MIN_LOG_LEVEL, it notes which processor it found. A level above 0 asks for silence.
 */
const QUIET = `#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>
extern "C" napi_value napi_register_module_v1(napi_env, napi_value exports) {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level == nullptr || std::atoi(level) < 1) return exports;
  const int kept = dup(2);
  const int nowhere = open("/dev/null", O_WRONLY);
  if (kept >= 0 && nowhere >= 0) {
    dup2(nowhere, 2);
    // Whoever loads the binding is told when this fails.
    dlopen(LIBRARY, RTLD_NOW);
    dup2(kept, 2);
  }
  if (nowhere >= 0) close(nowhere);
  if (kept >= 0) close(kept);
  return exports;
}
`

const INSTALL_COMPILER =
  'Install one (Debian and Ubuntu: apt install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install) or name it in CXX.'

/** What to compile with what. */
export interface CompileOptions {
  /** The work folder of an install: package, headers and libraries are in it. */
  readonly folder: string
  readonly libraries: readonly string[]
  readonly target: BindingTarget
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
  const common = commonArguments(target)
  const steps = [
    [...common, ...bindingArguments(folder, libraries)],
    [...common, ...quietArguments(folder, libraries, target)],
  ]
  await mkdir(dirname(join(folder, LAYOUT.binding)), { recursive: true })
  await writeFile(join(folder, QUIET_SOURCE), QUIET)
  const missing: string[] = []
  for (const [command = '', ...own] of candidates) {
    onProgress?.({ step: 'compile', message: `Compiling the binding with ${command}` })
    try {
      for (const args of steps) {
        const result = await run(command, [...own, ...args], { cwd: folder, signal })
        if (result.code !== 0) throw compilerError(command, result)
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (!isMissingProgram(error)) throw error
      missing.push(`${command}: ${reasonOf(error)}`)
      continue
    }
    return rm(join(folder, QUIET_SOURCE))
  }
  throw new EngineError({
    where: 'C++ compiler',
    expected: `must be there (${missing.join('; ')})`,
    hint: INSTALL_COMPILER,
  })
}

function commonArguments(target: BindingTarget): string[] {
  const require = createRequire(import.meta.url)
  const nodeHeaders = join(dirname(require.resolve('node-api-headers/package.json')), 'include')
  const mac = target.platform === 'darwin'
  return [
    ...['-O2', '-std=c++17', '-shared', '-fPIC', `-DNAPI_VERSION=${NAPI_VERSION}`],
    // tfjs-node's own sources warn; who installs cannot change them.
    '-w',
    // Node's symbols are there once it loads the binding.
    ...(mac ? ['-undefined', 'dynamic_lookup'] : []),
    ...['-I', nodeHeaders],
    // The folder is renamed once it is finished, so the way to the libraries starts at the binding.
    `-Wl,-rpath,${mac ? '@loader_path' : '$ORIGIN'}/../../deps/lib`,
  ]
}

function bindingArguments(folder: string, libraries: readonly string[]): string[] {
  return [
    ...['-I', join(folder, HEADERS)],
    ...SOURCES.map((source) => join(folder, LAYOUT.package, source)),
    ...libraries.map((library) => join(folder, LAYOUT.libraries, library)),
    ...['-o', join(folder, LAYOUT.binding)],
  ]
}

function quietArguments(
  folder: string,
  libraries: readonly string[],
  target: BindingTarget,
): string[] {
  const library = `${target.platform === 'darwin' ? '@rpath/' : ''}${libraries.at(-1)}`
  return [
    `-DLIBRARY="${library}"`,
    join(folder, QUIET_SOURCE),
    ...(target.platform === 'linux' ? ['-ldl'] : []),
    ...['-o', join(folder, LAYOUT.quiet)],
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
