/** The release of @tensorflow/tfjs-node that Ashlar installs and loads. */
export const TFJS_NODE_VERSION = '4.22.0'

/** The Node-API version that the binding is built for; every Node that Ashlar runs on has it. */
export const NAPI_VERSION = 8

/** What a binding is built for: it loads on no other combination. */
export interface BindingTarget {
  /** Version of @tensorflow/tfjs-node. */
  readonly tfjsNode: string
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string
  /** As Node names it: `x64`, `arm64`. */
  readonly arch: string
  /** The C library: libraries for glibc do not load with musl (Alpine). `none` where there is but one. */
  readonly libc: 'glibc' | 'musl' | 'none'
  /** Node-API version. */
  readonly napi: number
}

/** The target of the running process. */
export function thisMachine(): BindingTarget {
  return {
    tfjsNode: TFJS_NODE_VERSION,
    platform: process.platform,
    arch: process.arch,
    libc: libcOfThisProcess(),
    napi: NAPI_VERSION,
  }
}

/**
 * The target as one word, used as the name of its folder in the cache.
 *
 * @example targetKey(thisMachine()) // 'tfjs-node-4.22.0-linux-x64-glibc-napi8'
 */
export function targetKey(target: BindingTarget): string {
  return `tfjs-node-${target.tfjsNode}-${machineName(target)}-napi${target.napi}`
}

/** The machine part of a target, for messages: `linux-x64-glibc`, `darwin-arm64`. */
export function machineName({ platform, arch, libc }: BindingTarget): string {
  return [platform, arch, ...(libc === 'none' ? [] : [libc])].join('-')
}

let libc: BindingTarget['libc'] | undefined

function libcOfThisProcess(): BindingTarget['libc'] {
  if (process.platform !== 'linux') return 'none'
  // The report names the C library that this process runs on; it is slow to make, so once is enough.
  libc ??= hasGlibc(process.report.getReport()) ? 'glibc' : 'musl'
  return libc
}

function hasGlibc(report: unknown): boolean {
  const header = (report as { header?: { glibcVersionRuntime?: unknown } }).header
  return typeof header?.glibcVersionRuntime === 'string'
}
