import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { ConfigError, EngineError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findNative } from '../../src/install/find.ts'
import { type InstallOptions, installNative } from '../../src/install/install.ts'
import {
  answer,
  fakeProject,
  machine,
  missing,
  pip,
  TARGET,
  valueAfter,
  WHEEL,
  WHEEL_NAME,
  WHEELS,
} from '../support/machine.ts'
import { rejection } from '../support/rejects.ts'
import { inFolder } from '../support/temporary.ts'

const test = suite('installNative')

function options(home: string, more: Partial<InstallOptions> = {}): InstallOptions {
  return {
    home,
    target: TARGET,
    wheels: WHEELS,
    from: [fakeProject(home)],
    effects: machine(),
    ...more,
  }
}

/** What an install left behind in its folder. */
async function left(home: string): Promise<string[]> {
  return readdir(join(home, 'native')).catch(() => [])
}

test('installs from the wheel when the prebuilt download does not answer', () =>
  inFolder(async (home) => {
    const effects = machine()
    const steps: string[] = []
    const installed = await installNative(
      options(home, { effects, onProgress: ({ step }) => steps.push(step) }),
    )
    assert.ok(installed.changed)
    assert.is(installed.way, 'wheel')
    assert.is(installed.tensorflow, '2.21.0')
    assert.equal(await left(home), ['tfjs-node-4.22.0-linux-x64-glibc-napi8'])
    const folder = join(home, 'native', 'tfjs-node-4.22.0-linux-x64-glibc-napi8')
    // The wheel, its headers and its Python are gone; so is what else was only needed on the way.
    assert.equal((await readdir(folder)).sort(), ['deps', 'lib', 'manifest.json', 'package'])
    assert.equal(await readdir(join(folder, 'deps')), ['lib'])
    assert.is(
      await readFile(join(folder, 'deps/lib/libtensorflow_framework.so.2'), 'utf8'),
      'framework',
    )
    assert.equal(
      [...new Set(steps)],
      [...['check', 'package', 'failed', 'download', 'unpack', 'compile', 'verify', 'publish']],
    )
    const compile = effects.calls.find(([command]) => command === 'c++')!
    assert.ok(compile.includes('-Wl,-rpath,$ORIGIN/../../deps/lib'))
    assert.ok(compile.includes('-DNAPI_VERSION=8'))
    assert.is((await findNative({ home, target: TARGET })).state, 'ready')
  }))

test('leaves a binding alone that works', () =>
  inFolder(async (home) => {
    await installNative(options(home))
    const effects = machine({ pip: missing, compiler: missing })
    const again = await installNative(options(home, { effects }))
    assert.not.ok(again.changed)
    assert.is(again.way, 'wheel')
    assert.ok((await installNative(options(home, { force: true }))).changed)
  }))

test('lists each way it tried when there is no network, and that the rest works', () =>
  inFolder(async (home) => {
    const offline = machine({
      pip: async () =>
        answer({
          code: 1,
          stderr:
            "WARNING: Retrying after connection broken by 'NewConnectionError'\nERROR: No matching distribution found",
        }),
    })
    const error = await rejection(installNative(options(home, { effects: offline })), EngineError)
    assert.match(error.message, "1. tfjs-node's own download:")
    assert.match(error.message, 'must be reachable (the host name is not known (no network?))')
    assert.match(error.message, "2. TensorFlow's Python wheel and a C++ compiler:")
    assert.match(
      error.message,
      'pip download: must fetch tensorflow-cpu==2.21.0 (the package index cannot be reached (no network?))',
    )
    assert.match(error.message, 'Everything else works without it')
    assert.equal(await left(home), [])
    assert.is((await findNative({ home, target: TARGET, from: [] })).state, 'absent')
  }))

test('says what is missing where there is no Python, no npm or no compiler', () =>
  inFolder(async (home) => {
    const noPython = machine({ python: missing })
    const first = await rejection(installNative(options(home, { effects: noPython })), EngineError)
    assert.match(first.message, 'Python: must be there with pip')
    assert.match(first.message, 'python3: not found; python: not found; py: not found')
    assert.match(first.message, 'ashlar native install --wheel FILE')

    const noNpm = options(home, { from: [] })
    const second = await rejection(installNative(noNpm), EngineError)
    assert.match(
      second.message,
      'npm must be able to fetch @tensorflow/tfjs-node@4.22.0 (not found)',
    )

    const noCompiler = machine({ compiler: missing })
    const third = await rejection(
      installNative(options(home, { effects: noCompiler })),
      EngineError,
    )
    assert.match(
      third.message,
      'C++ compiler: must be there (c++: not found; g++: not found; clang++: not found)',
    )
    assert.match(third.message, 'apt install g++')
    assert.equal(await left(home), [])
  }))

test('shows the first errors of a compiler that fails', () =>
  inFolder(async (home) => {
    const failing = machine({
      compiler: async () =>
        answer({
          code: 1,
          stderr: "x.cc:3:10: fatal error: 'node_api.h' file not found\n1 error generated.\n",
        }),
    })
    const error = await rejection(installNative(options(home, { effects: failing })), EngineError)
    assert.match(
      error.message,
      "c++: must compile the binding (exit code 1: x.cc:3:10: fatal error: 'node_api.h' file not found",
    )
    assert.equal(await left(home), [])
  }))

test('uses the compiler that CXX names, with its options', () =>
  inFolder(async (home) => {
    const effects = { ...machine(), env: { CXX: 'ccache g++-12' } }
    await installNative(options(home, { effects }))
    const call = effects.calls.find(([command]) => command === 'ccache')
    assert.is(call?.[1], 'g++-12')
  }))

test('refuses a wheel with another digest', () =>
  inFolder(async (home) => {
    const changed = machine({
      pip: async (command, args) => {
        const result = await pip(command, args)
        const damaged = Buffer.from(WHEEL)
        damaged[100]! ^= 1
        await writeFile(join(valueAfter(args, '--dest'), WHEEL_NAME), damaged)
        return result
      },
    })
    const error = await rejection(installNative(options(home, { effects: changed })), EngineError)
    assert.match(
      error.message,
      `${WHEEL_NAME}: the wheel is damaged: its SHA-256 must be ${WHEELS.digests.cp311}`,
    )
    assert.match(error.message, 'pip cache purge')
    assert.equal(await left(home), [])
  }))

test('takes a wheel of the user, and only a file', () =>
  inFolder(async (home) => {
    const wheel = join(home, WHEEL_NAME)
    await writeFile(wheel, WHEEL)
    const effects = machine({ python: missing, pip: missing })
    assert.is((await installNative(options(home, { wheel, effects }))).way, 'wheel')
    const error = await rejection(
      installNative(options(home, { wheel: 'nowhere.whl' })),
      ConfigError,
    )
    assert.is(error.message, 'native install: wheel must be a file, got "nowhere.whl"')
  }))

test('says so when the disk is too small, before it starts', () =>
  inFolder(async (home) => {
    const effects = { ...machine(), freeBytes: () => Promise.resolve(2e8) }
    const error = await rejection(installNative(options(home, { effects })), EngineError)
    assert.match(error.message, 'the disk must have 1300 MB free, it has 200 MB')
    assert.match(error.message, 'set ASHLAR_HOME to a folder on another disk')
    assert.equal(await left(home), [])
  }))

test('removes what it wrote when the disk fills up on the way', () =>
  inFolder(async (home) => {
    const full = () =>
      new Writable({
        write: (_chunk, _encoding, done) =>
          done(Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' })),
      })
    const effects = { ...machine(), createWriteStream: full }
    const error = await rejection(installNative(options(home, { effects })), EngineError)
    assert.match(
      error.message,
      'the disk filled up while writing; what was written has been removed',
    )
    assert.equal(await left(home), [])

    for (const program of ['pip', 'compiler'] as const) {
      const told = machine({
        [program]: async () => answer({ code: 1, stderr: 'OSError: No space left on device' }),
      })
      const later = await rejection(installNative(options(home, { effects: told })), EngineError)
      assert.match(later.message, 'the disk filled up while writing')
    }
    assert.equal(await left(home), [])
  }))

test('does not publish a binding that does not load', () =>
  inFolder(async (home) => {
    const crash = machine({ probe: async () => answer({ code: null, signal: 'SIGILL' }) })
    const error = await rejection(installNative(options(home, { effects: crash })), EngineError)
    assert.match(
      error.message,
      'must load (this processor lacks an instruction that its TensorFlow was built for',
    )
    assert.equal(await left(home), [])
  }))

test('leaves nothing when it is interrupted', () =>
  inFolder(async (home) => {
    const controller = new AbortController()
    const stopping = machine({
      compiler: async () => {
        controller.abort(new Error('stop'))
        return answer({ code: null, signal: 'SIGTERM' })
      },
    })
    const error = await rejection(
      installNative(options(home, { effects: stopping, signal: controller.signal })),
      Error,
    )
    assert.is(error.message, 'stop')
    assert.equal(await left(home), [])
  }))

test('clears what an install left that was killed, and installs', () =>
  inFolder(async (home) => {
    const folder = join(home, 'native', 'tfjs-node-4.22.0-linux-x64-glibc-napi8')
    await mkdir(`${folder}.work-killed/lib`, { recursive: true })
    await writeFile(
      `${folder}.lock`,
      JSON.stringify({ pid: 2 ** 22 + 1, host: (await import('node:os')).hostname() }),
    )
    assert.is((await findNative({ home, target: TARGET, from: [] })).state, 'absent')
    await installNative(options(home))
    assert.equal(await left(home), ['tfjs-node-4.22.0-linux-x64-glibc-napi8'])
  }))

test('replaces what cannot be used: half an install, a damaged file, another machine', () =>
  inFolder(async (home) => {
    const folder = join(home, 'native', 'tfjs-node-4.22.0-linux-x64-glibc-napi8')
    const problem = async (): Promise<string> =>
      (await findNative({ home, target: TARGET, from: [] })).problem ?? 'none'
    await mkdir(folder, { recursive: true })
    assert.match(
      await problem(),
      'it has no readable manifest.json, so its install was never finished',
    )
    assert.ok((await installNative(options(home))).changed)

    await writeFile(join(folder, 'lib/napi-v8/tfjs_binding.node'), 'half')
    assert.match(await problem(), 'lib/napi-v8/tfjs_binding.node has 4 bytes instead of 7')
    const said: string[] = []
    const onProgress = ({ message }: { message: string }) => said.push(message)
    assert.ok((await installNative(options(home, { onProgress }))).changed)
    assert.ok(
      said.some((line) => line.startsWith('What is in the cache cannot be used: lib/napi-v8')),
    )

    const path = join(folder, 'manifest.json')
    const manifest = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, JSON.stringify({ ...manifest, target: { ...TARGET, libc: 'musl' } }))
    assert.match(
      await problem(),
      'it was built for linux-x64-musl (tfjs-node 4.22.0, napi 8), this is linux-x64-glibc (tfjs-node 4.22.0, napi 8)',
    )
    assert.ok((await installNative(options(home))).changed)
    assert.is(await problem(), 'none')
  }))

test('does the work once when two installs start at once', () =>
  inFolder(async (home) => {
    const effects = machine()
    const waited: string[] = []
    const onProgress = ({ step, message }: { step: string; message: string }) => {
      if (step === 'wait') waited.push(message)
    }
    const both = await Promise.all([
      installNative(options(home, { effects, onProgress })),
      installNative(options(home, { effects, onProgress })),
    ])
    assert.equal(both.map(({ changed }) => changed).sort(), [false, true])
    const compiled = effects.calls.filter((call) => call.at(-1)?.endsWith('tfjs_binding.node'))
    assert.is(compiled.filter(([command]) => command === 'c++').length, 1)
    assert.equal(waited, [`Waiting for another install (process ${process.pid})`])
    assert.not.ok(existsSync(join(home, 'native', 'tfjs-node-4.22.0-linux-x64-glibc-napi8.lock')))
  }))

test('says where TensorFlow offers nothing', () =>
  inFolder(async (home) => {
    const windows = { ...TARGET, platform: 'win32', libc: 'none' } as const
    const { wheels: _, ...rest } = options(home, { target: windows })
    const error = await rejection(installNative(rest), EngineError)
    assert.match(error.message, '@tensorflow/tfjs-node: offers no prebuilt binding for win32-x64')
    assert.match(error.message, 'TensorFlow: offers no wheel with its libraries for win32-x64')
  }))

test.run()
