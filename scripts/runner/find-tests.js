import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folders under `test/` whose tests run only when asked for: they need other programs, a GPU or what stands for one, or time (`slow` a minute at most, `deep` more). */
export const TIERS = ['slow', 'deep', 'native', 'peers', 'webgpu']

/** Packages with tests of minutes, in tiers or without one: they begin first, so that none of them runs alone in the end. */
const LONGEST = ['e2e', 'docs', 'sweep', 'cli', 'graph']

/** Packages whose files share what is made once in a process and takes a minute: an installed project. */
const TOGETHER = ['e2e']

/** Folders beside `packages/` that may have tests. */
const EXTRAS = ['bench', 'examples', 'scripts']

/**
 * @typedef {object} Group The test files that share processes.
 * @property {string} name the package's folder name.
 * @property {string} folder absolute path of the package.
 * @property {string[]} files paths below its `test/`, sorted, with `/`.
 * @property {boolean} isTogether whether they must be run by one process.
 * @property {boolean} isTested whether it has a test of any tier.
 */

/**
 * The test files of a workspace, package by package.
 *
 * @param {string} root the workspace's folder.
 * @param {string | undefined} tier one of {@link TIERS}; left out: all files outside of them.
 * @returns {Group[]} packages without a test file included.
 */
export function findGroups(root, tier) {
  const packages = readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => existsSync(join(root, 'packages', entry.name, 'package.json')))
    .map((entry) => ({ name: entry.name, folder: join(root, 'packages', entry.name) }))
  const extras = EXTRAS.map((name) => ({ name, folder: join(root, name) })).filter(({ folder }) =>
    existsSync(join(folder, 'test')),
  )
  const all = [...packages, ...extras]
  const first = LONGEST.flatMap((name) => all.filter((group) => group.name === name))
  return [...new Set([...first, ...all])].map((group) => {
    const folder = join(group.folder, 'test')
    const found = testFiles(folder)
    return {
      ...group,
      files: found.filter(
        (file) => tierOf(file) === tier || (tier === 'slow' && hasSlow(folder, file)),
      ),
      isTogether: TOGETHER.includes(group.name),
      isTested: found.length > 0,
    }
  })
}

/**
 * The groups that the arguments name: `graph` for a package, `graph/ops` for the files of it with `ops` in their path.
 *
 * @param {Group[]} groups
 * @param {string[]} names none: all groups.
 * @returns {Group[]}
 * @throws Error when a name fits nothing.
 */
export function select(groups, names) {
  if (names.length === 0) return groups
  /** @type {Map<string, Set<string>>} */
  const chosen = new Map()
  for (const text of names) {
    const [name = '', ...parts] = text.split('/')
    const group = groups.find((candidate) => candidate.name === name)
    if (group === undefined) {
      const known = groups.map((candidate) => candidate.name).join(', ')
      throw new Error(`test: package must be one of ${known}, got ${JSON.stringify(name)}`)
    }
    const files = group.files.filter((file) => file.includes(parts.join('/')))
    if (files.length === 0 && parts.length > 0) {
      throw new Error(
        `test: no test file of ${name} has ${JSON.stringify(parts.join('/'))} in its path`,
      )
    }
    chosen.set(name, new Set([...(chosen.get(name) ?? []), ...files]))
  }
  return [...chosen].map(([name, files]) => {
    const group = /** @type {Group} */ (groups.find((candidate) => candidate.name === name))
    return { ...group, files: [...files] }
  })
}

/** @param {string} file path below `test/`. */
function tierOf(file) {
  const [first, ...rest] = file.split('/')
  return rest.length > 0 ? TIERS.find((tier) => tier === first) : undefined
}

/**
 * Whether single tests of a file outside of the tiers are slow.
 *
 * @param {string} folder
 * @param {string} file
 */
function hasSlow(folder, file) {
  const text = () => readFileSync(join(folder, file), 'utf8')
  return tierOf(file) === undefined && /^const .* = tieredSuite\(/m.test(text())
}

/** @param {string} folder */
function testFiles(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.test\.(ts|js)$/.test(file) && !file.includes('node_modules/'))
    .sort()
}
