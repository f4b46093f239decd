import { copyFile, mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EngineError } from '@ashlar/errors'
import type { Manifest } from '../cache/manifest.ts'
import { type BindingTarget, machineName } from '../cache/target.ts'
import { checkDiskSpace } from '../effects/disk-space.ts'
import type { Effects } from '../effects/effects.ts'
import type { OnProgress } from '../effects/progress.ts'
import { fetchPrebuilt, PREBUILT_TENSORFLOW } from '../prebuilt/prebuilt.ts'
import { compileBinding } from '../wheel/compile.ts'
import { checkDigest, fetchWheel } from '../wheel/fetch-wheel.ts'
import { findPython } from '../wheel/python.ts'
import { HEADERS, unpackWheel } from '../wheel/unpack-wheel.ts'
import { TENSORFLOW_VERSION, type Wheels, wheelsFor } from '../wheel/wheels.ts'

/** A wheel and what is unpacked of it, at most. */
const WHEEL_NEEDED_BYTES = 1300e6

/** What each way works with. */
export interface WayOptions {
  /** A work folder with @tensorflow/tfjs-node in its `package`. */
  readonly folder: string
  readonly target: BindingTarget
  /** A wheel that the user has fetched. */
  readonly wheel?: string | undefined
  /** Stand in for TensorFlow's own wheels. */
  readonly wheels?: Wheels | undefined
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/** One way to a binding: fills the work folder with the binding and its libraries. */
export interface Way {
  readonly name: Manifest['way']
  /** For people: "tfjs-node's own download". */
  readonly title: string
  prepare(options: WayOptions, effects: Effects): Promise<Pick<Manifest, 'source' | 'tensorflow'>>
}

const prebuilt: Way = {
  name: 'prebuilt',
  title: "tfjs-node's own download",
  prepare: async (options, effects) => ({
    source: await fetchPrebuilt(options, effects),
    tensorflow: PREBUILT_TENSORFLOW,
  }),
}

const wheel: Way = {
  name: 'wheel',
  title: "TensorFlow's Python wheel and a C++ compiler",
  async prepare(options, effects) {
    const { folder, target, onProgress, signal } = options
    const { wheels = wheelsFor(target) } = options
    if (wheels === undefined) {
      throw new EngineError({
        where: 'TensorFlow',
        expected: `offers no wheel with its libraries for ${machineName(target)}`,
      })
    }
    await checkDiskSpace(folder, WHEEL_NEEDED_BYTES, effects)
    const parcel = join(folder, 'parcel')
    const path =
      options.wheel === undefined
        ? await download(wheels, parcel, options, effects)
        : await take(options.wheel, wheels, parcel, signal)
    await unpackWheel({ path, folder, wheels, onProgress, signal }, effects)
    await rm(parcel, { recursive: true })
    await compileBinding(
      { folder, libraries: wheels.libraries, target, onProgress, signal },
      effects,
    )
    await rm(join(folder, HEADERS), { recursive: true })
    return { source: basename(path), tensorflow: TENSORFLOW_VERSION }
  },
}

/** All ways, in the order in which they are tried. */
export const ways: readonly Way[] = [prebuilt, wheel]

/** Those that a wheel of the user's own leaves to try. */
export const wheelWays: readonly Way[] = [wheel]

async function download(
  wheels: Wheels,
  folder: string,
  { onProgress, signal }: WayOptions,
  effects: Effects,
): Promise<string> {
  const python = await findPython({ run: effects.run, signal })
  if ('problem' in python) {
    throw new EngineError({
      where: 'Python',
      expected: `must be there with pip, which fetches the wheel (${python.problem})`,
      hint: `Or fetch ${wheels.project} ${TENSORFLOW_VERSION} elsewhere and give it: ashlar native install --wheel FILE`,
    })
  }
  return fetchWheel({ wheels, python, folder, onProgress, signal }, effects)
}

/** Copies the user's wheel before it is judged: what is unpacked is then what was judged. */
async function take(
  given: string,
  wheels: Wheels,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, basename(given))
  await copyFile(given, path)
  await checkDigest(path, wheels, signal)
  return path
}
