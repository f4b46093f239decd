import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'

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
  // Each is found from the package that depends on it.
  const graph = createRequire(import.meta.resolve('@ashlar/graph'))
  const core = createRequire(import.meta.resolve('@ashlar/core'))
  return {
    '@ashlar/core': versionOf(core, '../package.json'),
    '@tensorflow/tfjs': versionOf(core, '@tensorflow/tfjs/package.json'),
    'onnxruntime-node': versionOf(graph, 'onnxruntime-node/package.json'),
  }
}

function versionOf(require: NodeJS.Require, manifest: string): string {
  const { version } = JSON.parse(readFileSync(require.resolve(manifest), 'utf8')) as {
    version: string
  }
  return version
}
