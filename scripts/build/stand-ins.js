import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readManifest } from './manifest.js'
import { VENDOR } from './vendor.js'

/**
 * Packages of ours that stand for a larger one of others in what is published: their package.json names it as `standsFor`.
 *
 * @param {string} packages the folder of all packages.
 * @returns {Map<string, string>} from the other's name to ours.
 */
export function standIns(packages) {
  return new Map(
    readdirSync(packages)
      .map((name) => join(packages, name))
      .filter((folder) => existsSync(join(folder, 'package.json')))
      .map(readManifest)
      .filter(({ standsFor }) => standsFor !== undefined)
      .map(({ name, standsFor }) => [standsFor, name]),
  )
}

/**
 * Writes the stand-ins' names into what the compiler made of a package that depends on them: what it imports and looks up. A stand-in that has the other's
 * files in vendor/ imports those.
 *
 * @param {string} folder the package.
 * @param {ReadonlyMap<string, string>} names from the other's name to ours.
 * @returns {string[]} the files that changed, as paths below the package.
 */
export function useStandIns(folder, names) {
  const dist = join(folder, 'dist')
  const { dependencies = {}, standsFor } = readManifest(folder)
  const hasCopy = standsFor !== undefined && existsSync(join(folder, VENDOR))
  const used = hasCopy
    ? [[standsFor, `../${VENDOR}/dist/index.js`]]
    : [...names].filter(([, to]) => to in dependencies)
  if (used.length === 0 || !existsSync(dist)) return []
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((path) => /(\.js|\.d\.ts)$/.test(path))
    .filter((path) => {
      const file = join(dist, path)
      const text = readFileSync(file, 'utf8')
      const changed = used.reduce(
        (each, [from, to]) => renamed(each, String(from), String(to)),
        text,
      )
      if (changed !== text) writeFileSync(file, changed)
      return changed !== text
    })
    .map((path) => join('dist', path))
}

/**
 * A text of JavaScript or of types that imports and looks up another package.
 *
 * @param {string} text
 * @param {string} from
 * @param {string} to
 */
export function renamed(text, from, to) {
  const literal = from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const named = new RegExp(
    `((?:\\b(?:from|import|require|resolve|module)\\s*\\(?|\\bcreateRequire\\d*\\([\\w.]+\\)\\()\\s*(['"]))${literal}(?=\\2|/)`,
    'g',
  )
  return text.replace(named, (_, before) => before + to)
}
