import { rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ConfigError, EngineError } from '@ashlar/errors'
import { type Binding, locateBinding } from '../binding/locate.ts'
import { probeBinding } from '../binding/probe.ts'
import { entryFolder, LAYOUT, lockFile } from '../cache/folders.ts'
import { withLock } from '../cache/lock.ts'
import { type Manifest, sizeOf } from '../cache/manifest.ts'
import { makeWorkFolder, publish, removeLeftovers } from '../cache/publish.ts'
import { type BindingTarget, thisMachine } from '../cache/target.ts'
import { diskFull } from '../effects/disk-space.ts'
import { type Effects, systemEffects } from '../effects/effects.ts'
import type { OnProgress } from '../effects/progress.ts'
import { isDiskFull, reasonOf } from '../effects/reason.ts'
import { obtainTfjsNode } from '../tfjs-node/obtain.ts'
import type { Wheels } from '../wheel/wheels.ts'
import { type Way, ways, wheelWays } from './ways.ts'

/** How to install; everything has a default. */
export interface InstallOptions {
  /** Stands in for `$ASHLAR_HOME`. */
  readonly home?: string | undefined
  /** A wheel of TensorFlow that was fetched elsewhere, for machines without a network. */
  readonly wheel?: string | undefined
  /** Installs again, even where a binding works. */
  readonly force?: boolean | undefined
  /** Stops the install; what was begun is removed. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: OnProgress | undefined
  /** Modules or folders whose @tensorflow/tfjs-node counts; this package and the working directory by default. */
  readonly from?: readonly string[] | undefined
  /** For tests: another machine. */
  readonly target?: BindingTarget | undefined
  /** For tests: other wheels. */
  readonly wheels?: Wheels | undefined
  /** For tests: stands in for the network, the programs and the disk. */
  readonly effects?: Partial<Effects> | undefined
}

/** What an install led to. */
export interface Installed {
  /** False when a working binding was there. */
  readonly changed: boolean
  readonly binding: Binding
  /** Version of TensorFlow's libraries. */
  readonly tensorflow: string
  readonly way?: Manifest['way'] | undefined
  /** Bytes on disk. */
  readonly bytes?: number | undefined
}

/**
 * Makes TensorFlow native usable, in this order: a working binding that is there; the download of @tensorflow/tfjs-node
 * itself; the libraries of TensorFlow's Python wheel with a binding compiled here. It lands in the user's cache whole or not at
 * all; a second install waits for the first.
 *
 * @throws EngineError that lists each way that was tried and why it failed.
 * @example await installNative({ onProgress: ({ message }) => console.log(message) })
 */
export async function installNative(options: InstallOptions = {}): Promise<Installed> {
  const { home, onProgress, signal, target = thisMachine(), force = false } = options
  const effects: Effects = { ...systemEffects(), ...options.effects }
  const wheel = await ownWheel(options.wheel)
  const entry = entryFolder(target, home)
  const onWait = (owner: { pid: number } | undefined) =>
    onProgress?.({
      step: 'wait',
      message: `Waiting for another install${owner ? ` (process ${owner.pid})` : ''}`,
    })
  return withLock(lockFile(entry), { onWait, signal }, async () => {
    await removeLeftovers(entry)
    const there = force ? undefined : await working(options, target, effects)
    if (there !== undefined) return there
    const failures: string[] = []
    for (const way of wheel === undefined ? ways : wheelWays) {
      const work = await makeWorkFolder(entry)
      try {
        return await tryWay(way, { ...options, wheel }, { work, entry, target, effects })
      } catch (error) {
        signal?.throwIfAborted()
        if (isDiskFull(error)) throw diskFull(entry, error)
        const reason = reasonOf(error)
        failures.push(`${failures.length + 1}. ${way.title}: ${indented(reason)}`)
        onProgress?.({ step: 'failed', message: `${way.title} did not work: ${reason}` })
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    }
    throw new EngineError({
      where: 'native install',
      expected: `TensorFlow native could not be installed. Tried:\n  ${failures.join('\n  ')}`,
      hint: 'Everything else works without it: the engine onnxruntime is the default.',
    })
  })
}

async function working(
  { home, from, signal, onProgress }: InstallOptions,
  target: BindingTarget,
  { run }: Effects,
): Promise<Installed | undefined> {
  onProgress?.({ step: 'check', message: 'Looking for a binding that works' })
  const { binding, entry } = await locateBinding({ home, from, target })
  if (entry.state === 'unusable') {
    onProgress?.({
      step: 'failed',
      message: `What is in the cache cannot be used: ${entry.problem}`,
    })
  }
  if (binding === undefined) return undefined
  const probe = await probeBinding(binding.path, { run, signal })
  if (!probe.works) {
    const message = `The binding in ${binding.packageFolder} does not work: ${probe.reason}`
    onProgress?.({ step: 'failed', message })
    return undefined
  }
  return { changed: false, binding, tensorflow: probe.tensorflow, ...ofEntry(entry) }
}

function ofEntry(entry: Awaited<ReturnType<typeof locateBinding>>['entry']) {
  return entry.state === 'ready' ? { way: entry.manifest.way, bytes: sizeOf(entry.manifest) } : {}
}

interface Place {
  readonly work: string
  readonly entry: string
  readonly target: BindingTarget
  readonly effects: Effects
}

async function tryWay(
  way: Way,
  { wheel, wheels, from, onProgress, signal }: InstallOptions,
  { work, entry, target, effects }: Place,
): Promise<Installed> {
  const folder = join(work, LAYOUT.package)
  await obtainTfjsNode({ folder, from, onProgress, signal }, effects)
  const about = await way.prepare(
    { folder: work, target, wheel, wheels, onProgress, signal },
    effects,
  )
  onProgress?.({ step: 'verify', message: 'Trying the binding' })
  const probe = await probeBinding(join(work, LAYOUT.binding), { run: effects.run, signal })
  if (!probe.works) {
    throw new EngineError({ where: way.title, expected: `must load (${probe.reason})` })
  }
  onProgress?.({ step: 'publish', message: `Putting it in ${entry}` })
  signal?.throwIfAborted()
  const manifest = await publish(work, entry, {
    target,
    way: way.name,
    ...about,
    tensorflow: probe.tensorflow,
    installed: new Date().toISOString(),
  })
  return {
    changed: true,
    binding: {
      source: 'cache',
      path: join(entry, LAYOUT.binding),
      packageFolder: join(entry, LAYOUT.package),
    },
    tensorflow: manifest.tensorflow,
    way: way.name,
    bytes: sizeOf(manifest),
  }
}

/** The user's wheel as an absolute path. */
async function ownWheel(given: string | undefined): Promise<string | undefined> {
  if (given === undefined) return undefined
  const path = resolve(given)
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  if (isFile) return path
  throw new ConfigError({ where: 'native install', expected: 'wheel must be a file', given })
}

function indented(text: string): string {
  return text.split('\n').join('\n     ')
}
