import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BindingTarget } from '../../src/cache/target.ts'
import type { Effects } from '../../src/effects/effects.ts'
import type { RunCommand, RunResult } from '../../src/effects/run-command.ts'
import type { Wheels } from '../../src/wheel/wheels.ts'
import { zipOf } from './zip.ts'

/** What the install is for in these tests: nothing of this machine matters. */
export const TARGET: BindingTarget = {
  tfjsNode: '4.22.0',
  platform: 'linux',
  arch: 'x64',
  libc: 'glibc',
  napi: 8,
}

/** Makes a project whose node_modules has a tfjs-node in small, and gives a module of it. */
export function fakeProject(folder: string): string {
  const root = join(folder, 'project/node_modules/@tensorflow/tfjs-node')
  const files = {
    'package.json': '{ "name": "@tensorflow/tfjs-node", "version": "4.22.0" }',
    'dist/index.js': '',
    'binding/tfjs_binding.cc': '',
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return join(folder, 'project/index.js')
}

/** Name of the wheel that the imitated pip leaves. */
export const WHEEL_NAME = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'

/** A wheel in small: the libraries, headers that are needed and not, and Python. */
export const WHEEL: Buffer = zipOf({
  'tensorflow/libtensorflow_cc.so.2': 'library '.repeat(2000),
  'tensorflow/libtensorflow_framework.so.2': 'framework',
  'tensorflow/include/tensorflow/c/c_api.h': '#pragma once',
  'tensorflow/include/eigen3/Eigen.h': 'not needed',
  'tensorflow/__init__.py': 'not needed',
})

/** The pinned digests that fit {@link WHEEL}. */
export const WHEELS: Wheels = {
  project: 'tensorflow-cpu',
  platform: 'manylinux_2_27_x86_64',
  digests: { cp311: createHash('sha256').update(WHEEL).digest('hex') },
  libraries: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
}

/** What an imitated program answers; a function of its arguments where it does something. */
export interface Programs {
  readonly python?: RunCommand
  readonly pip?: RunCommand
  readonly npm?: RunCommand
  readonly compiler?: RunCommand
  readonly probe?: RunCommand
}

/** An answer of a program. */
export function answer(given: Partial<RunResult> = {}): RunResult {
  return { code: 0, signal: null, stdout: '', stderr: '', ...given }
}

/** What starting a missing program does. */
export const missing: RunCommand = (command) =>
  Promise.reject(Object.assign(new Error(`spawn ${command} ENOENT`), { code: 'ENOENT' }))

/** pip: leaves the wheel. */
export const pip: RunCommand = async (_command, args) => {
  const folder = valueAfter(args, '--dest')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, WHEEL_NAME), WHEEL)
  return answer()
}

const python: RunCommand = async () => answer({ stdout: 'cp311\n24.0\n' })

const compiler: RunCommand = async (_command, args) => {
  await writeFile(valueAfter(args, '-o'), 'binding')
  return answer()
}

const probe: RunCommand = async () => answer({ stdout: '\n{"tensorflow":"2.21.0"}\n' })

/** A machine without a network where the rest works; each program can be replaced. */
export function machine(programs: Programs = {}): Partial<Effects> & { calls: string[][] } {
  const all = { python, pip, compiler, probe, npm: missing, ...programs }
  const calls: string[][] = []
  const run: RunCommand = (command, args, options) => {
    calls.push([command, ...args])
    if (command === process.execPath) return all.probe(command, args, options)
    if (command.startsWith('npm')) return all.npm(command, args, options)
    if (command.startsWith('py')) {
      return (args.includes('download') ? all.pip : all.python)(command, args, options)
    }
    return all.compiler(command, args, options)
  }
  return {
    calls,
    run,
    fetch: () =>
      Promise.reject(
        new TypeError('fetch failed', {
          cause: Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }),
        }),
      ),
    freeBytes: () => Promise.resolve(5e9),
    env: {},
  }
}

/** The argument that follows another. */
export function valueAfter(args: readonly string[], name: string): string {
  const value = args[args.indexOf(name) + 1]
  if (value === undefined) throw new Error(`${name} must be among ${args.join(' ')}`)
  return value
}
