import { judgeLines } from './workspace.js'

// Written so that no pattern fits its own text.
const HOSTS = [
  /\bregistry\.[a-z0-9-]+\.[a-z]+/i,
  /\bnpmjs\.(org|com)\b/i,
  /\bpythonhosted\.[a-z]+/i,
  /\bpypi\.[a-z]+\b/i,
  /\bdeb\.debian\.[a-z]+/i,
  /^\s*tarball: *[a-z]+:/i,
]

/**
 * Which registry is used is the user's setting (npm config, environment), so no file names one.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @param {string[]} [own] further hosts: those of the registries that this machine uses.
 * @returns {import('./workspace.js').Problem[]}
 */
export function registryHosts({ files }, own = ownRegistries()) {
  return files.flatMap((file) =>
    judgeLines(file, (line) =>
      HOSTS.some((host) => host.test(line)) || own.some((host) => line.includes(host))
        ? 'a registry host must not be named'
        : undefined,
    ),
  )
}

function ownRegistries() {
  const { npm_config_registry, PIP_INDEX_URL } = process.env
  return (
    [npm_config_registry, PIP_INDEX_URL]
      .filter((address) => address !== undefined && URL.canParse(address))
      .map((address) => new URL(/** @type {string} */ (address)).host)
      // A bare name, as in `localhost`, is a common word elsewhere.
      .filter((host) => /[.:]/.test(host))
  )
}
