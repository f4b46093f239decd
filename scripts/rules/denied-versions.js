import semver from 'semver'
import { yamlOf } from './yaml-of.js'

/** Releases that must not be installed, with the reason. */
export const DENIED = [
  {
    name: 'protobufjs',
    range: '<6.11.4 || >=7.0.0 <7.6.1 || >=8.0.0 <8.4.1',
    // 6.11.6 has no fix for deep recursion: it stays for onnx-proto, which only writes.
    reason: 'CVE-2022-25878, CVE-2023-36665, CVE-2026-41242, CVE-2026-44289, CVE-2026-48712',
  },
  { name: 'js-yaml', range: '<3.14.2 || >=4.0.0 <4.1.1', reason: 'CVE-2025-64718' },
  { name: 'tar', range: '<7.5.11', reason: 'CVE-2026-23745, CVE-2026-29786, CVE-2026-31802' },
  { name: 'adm-zip', range: '<0.6.0', reason: 'CVE-2026-39244' },
  { name: 'node-fetch', range: '<2.6.7 || >=3.0.0 <3.1.1', reason: 'CVE-2022-0235' },
  { name: 'minimist', range: '<0.2.4 || >=1.0.0 <1.2.6', reason: 'CVE-2021-44906' },
  {
    name: 'form-data',
    range: '<2.5.4 || >=3.0.0 <3.0.4 || >=4.0.0 <4.0.4',
    reason: 'CVE-2025-7783',
  },
  {
    name: 'ws',
    range: '<5.2.4 || >=6.0.0 <6.2.3 || >=7.0.0 <7.5.10 || >=8.0.0 <8.17.1',
    reason: 'CVE-2024-37890',
  },
]

/**
 * No lockfile may hold a release that is known to be bad.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function deniedVersions({ files }) {
  return files
    .filter(({ path }) => /(^|\/)(pnpm-lock\.yaml|package-lock\.json)$/.test(path))
    .flatMap((file) => {
      const { path, text } = file
      const locked = path.endsWith('.yaml') ? lockedByPnpm(yamlOf(file)) : lockedByNpm(text)
      return locked.flatMap(([name, version]) =>
        DENIED.filter((entry) => entry.name === name && semver.satisfies(version, entry.range)).map(
          ({ range, reason }) => ({
            path,
            text: `${name} must not be ${range}, got ${version} (${reason})`,
          }),
        ),
      )
    })
}

/**
 * @param {{ packages?: object }} lockfile pnpm-lock.yaml.
 * @returns {[name: string, version: string][]}
 */
function lockedByPnpm({ packages }) {
  return Object.keys(packages ?? {}).map((key) => {
    const at = key.lastIndexOf('@')
    return [key.slice(0, at), key.slice(at + 1)]
  })
}

/**
 * @param {string} text of package-lock.json.
 * @returns {[name: string, version: string][]}
 */
function lockedByNpm(text) {
  return Object.entries(JSON.parse(text).packages ?? {}).map(([path, entry]) => [
    path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    entry.version ?? '0.0.0',
  ])
}
