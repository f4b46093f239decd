import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import { dirname, join } from 'node:path'

/** Where a run took place. */
export interface Environment {
  readonly node: string
  /** `linux 6.8.0 x64`. */
  readonly system: string
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  /** Versions of the packages that compute. */
  readonly packages: Readonly<Record<string, string>>
}

/** Describes this machine and the installed packages. */
export function environment(): Environment {
  return {
    node: process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    packages: packageVersions(),
  }
}

/** Versions of Ashlar and of what it computes with. */
export function packageVersions(): Record<string, string> {
  const require = createRequire(import.meta.url)
  const core = createRequire(import.meta.resolve('@ashlar/core'))
  // Another package may stand in their place: their parts have the version.
  const tfjs = createRequire(require.resolve('@tensorflow/tfjs'))
  const onnxruntime = createRequire(require.resolve('onnxruntime-node'))
  return {
    '@ashlar/core': versionOf(core.resolve('../package.json')),
    '@tensorflow/tfjs': versionOf(tfjs.resolve('@tensorflow/tfjs-core/package.json')),
    'onnxruntime-node': versionOf(
      join(dirname(onnxruntime.resolve('onnxruntime-common')), '../../package.json'),
    ),
  }
}

function versionOf(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}
