import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { EngineError } from '@ashlar/errors'
import { withoutCredentials } from '@ashlar/plugins'
import { unpackTar } from 'modern-tar/fs'
import { LAYOUT } from '../cache/folders.ts'
import { type BindingTarget, machineName } from '../cache/target.ts'
import { checkDiskSpace } from '../effects/disk-space.ts'
import { downloadFile } from '../effects/download.ts'
import type { Effects } from '../effects/effects.ts'
import type { OnProgress } from '../effects/progress.ts'
import { isDiskFull, reasonOf } from '../effects/reason.ts'

/** The libtensorflow that tfjs-node 4.22.0's own binding was compiled against. */
export const PREBUILT_TENSORFLOW = '2.9.1'

/** Where tfjs-node's install script has its libraries from, unless its own settings say otherwise. */
const STORAGE = 'https://storage.googleapis.com/'

/** Machines that both of its downloads exist for: the libraries' name, the binding's name. */
const NAMES: Readonly<Record<string, readonly [string, string]>> = {
  'linux-x64-glibc': ['cpu-linux-x86_64', 'CPU-linux'],
  'darwin-x64': ['cpu-darwin-x86_64', 'CPU-darwin'],
}

/** Downloads and unpacked files of both together, at most. */
const NEEDED_BYTES = 700e6

/** The addresses of what tfjs-node's own install script would fetch. */
export interface PrebuiltAddresses {
  readonly libraries: string
  readonly binding: string
}

/**
 * The addresses for a machine, moved by the same variables that move them for tfjs-node's own script.
 *
 * @param manifest package.json of @tensorflow/tfjs-node.
 * @returns `undefined` where the package offers nothing for this machine.
 */
export function prebuiltAddresses(
  target: BindingTarget,
  manifest: { readonly binary?: { readonly host?: string; readonly remote_path?: string } },
  env: Effects['env'],
): PrebuiltAddresses | undefined {
  const { tfjsNode, napi } = target
  const names = NAMES[machineName(target)]
  if (names === undefined) return undefined
  const storage =
    env.TFJS_NODE_CDN_STORAGE ?? env.npm_config_TFJS_NODE_CDN_STORAGE ?? env.CDN_STORAGE ?? STORAGE
  const base =
    env.TFJS_NODE_BASE_URI ??
    env.npm_config_TFJS_NODE_BASE_URI ??
    `${storage}tensorflow/libtensorflow/libtensorflow-`
  const host =
    env.npm_config_tfjs_binding_binary_host_mirror ??
    manifest.binary?.host ??
    `${STORAGE}tf-builds/pre-built-binary`
  const path = (manifest.binary?.remote_path ?? './napi-v{napi_build_version}/{version}/')
    .replace(/^\.\//, '')
    .replaceAll('{napi_build_version}', String(napi))
    .replaceAll('{version}', tfjsNode)
  return {
    libraries: `${base}${names[0]}-${PREBUILT_TENSORFLOW}.tar.gz`,
    binding: `${host.replace(/\/$/, '')}/${path}${names[1]}-${tfjsNode}.tar.gz`,
  }
}

/** Where to put it. */
export interface PrebuiltOptions {
  /** The work folder of an install, with the package in it. */
  readonly folder: string
  readonly target: BindingTarget
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Fetches what tfjs-node's own install script would: libtensorflow and a binding that was compiled by its authors.
 * Neither has a published digest; what vouches for them is the encrypted connection, and the trial run that follows.
 *
 * @returns the address of the libraries, without a password.
 * @throws EngineError when they cannot be had.
 */
export async function fetchPrebuilt(options: PrebuiltOptions, effects: Effects): Promise<string> {
  const { folder, target, onProgress, signal } = options
  const manifest = JSON.parse(await readFile(join(folder, LAYOUT.package, 'package.json'), 'utf8'))
  const addresses = prebuiltAddresses(target, manifest, effects.env)
  if (addresses === undefined) {
    throw new EngineError({
      where: '@tensorflow/tfjs-node',
      expected: `offers no prebuilt binding for ${machineName(target)}`,
    })
  }
  await checkDiskSpace(folder, NEEDED_BYTES, effects)
  const parcel = join(folder, 'parcel.tar.gz')
  const fetchAndUnpack = async (url: string, what: string, to: string, wanted: RegExp) => {
    await downloadFile({ url, path: parcel, what, onProgress, signal }, effects)
    onProgress?.({ step: 'unpack', message: `Unpacking ${what}` })
    try {
      await mkdir(to, { recursive: true })
      const filter = ({ name }: { name: string }) => wanted.test(name)
      await pipeline(createReadStream(parcel), createGunzip(), unpackTar(to, { filter }), {
        signal,
      })
    } catch (cause) {
      signal?.throwIfAborted()
      if (isDiskFull(cause)) throw cause
      throw new EngineError({
        where: withoutCredentials(url),
        expected: `must be a whole archive (${reasonOf(cause)})`,
        cause,
      })
    } finally {
      await rm(parcel, { force: true })
    }
  }
  const binding = join(folder, 'binding-parcel')
  await fetchAndUnpack(addresses.binding, "tfjs-node's binding", binding, /\.node$/)
  await fetchAndUnpack(addresses.libraries, 'libtensorflow', join(folder, 'deps'), /^(\.\/)?lib\//)
  await moveBinding(binding, join(folder, LAYOUT.binding), addresses.binding)
  return withoutCredentials(addresses.libraries)
}

async function moveBinding(from: string, to: string, url: string): Promise<void> {
  const files = await readdir(from, { recursive: true })
  const found = files.find((file) => basename(file) === basename(to))
  if (found === undefined) {
    throw new EngineError({
      where: withoutCredentials(url),
      expected: `must have a ${basename(to)} in it`,
    })
  }
  await mkdir(dirname(to), { recursive: true })
  await rename(join(from, found), to)
  await rm(from, { recursive: true, force: true })
}
