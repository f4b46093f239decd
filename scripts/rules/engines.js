import semver from 'semver'
import { yamlOf } from './yaml-of.js'

/** The oldest of each release of Node that people use. */
const NODES = ['20.19.0', '22.12.0', '24.0.0', '26.0.0']

/**
 * Everything that a published package brings with it takes every Node that it says it takes: otherwise npm warns whoever installs it.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function engines({ files, packages }) {
  const file = files.find(({ path }) => path === 'pnpm-lock.yaml')
  if (file === undefined) return []
  const { importers = {}, packages: locked = {}, snapshots = {} } = yamlOf(file)
  const published = packages.filter(({ manifest }) => manifest.private !== true)
  /** @type {Map<string, string>} to what asks for it. */
  const found = new Map()
  const waiting = published.flatMap(({ folder }) =>
    keysOf(importers[folder]).map((key) => ({ key, by: folder })),
  )
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { key, by } = next
    if (found.has(key)) continue
    found.set(key, by)
    waiting.push(...keysOf(snapshots[key]).map((other) => ({ key: other, by: key })))
  }
  return [...found].flatMap(([key, by]) => {
    // `@fastify/cors@11.4.3(fastify@5.0.0)` is one of `@fastify/cors@11.4.3`.
    const range = locked[key.replace(/\(.*$/, '')]?.engines?.node
    if (range === undefined) return []
    const refused = NODES.filter((version) => !semver.satisfies(version, range))
    const text = `${key} must take Node ${refused.join(', ')}, and asks for ${range} (${by} brings it)`
    return refused.length === 0 ? [] : [{ path: 'pnpm-lock.yaml', text }]
  })
}

/**
 * What an entry of the lockfile depends on, as keys of `snapshots`; packages of the workspace have entries of their own.
 *
 * @param {Record<string, Record<string, string | { version: string }>> | undefined} entry
 * @returns {string[]}
 */
function keysOf(entry) {
  return Object.entries({ ...entry?.dependencies, ...entry?.optionalDependencies })
    .map(([name, given]) => [name, typeof given === 'string' ? given : given.version])
    .filter(([, version]) => !/^(link|file):/.test(String(version)))
    .map(([name, version]) =>
      /^(@|[^@(]+@)/.test(String(version)) ? String(version) : `${name}@${version}`,
    )
}
