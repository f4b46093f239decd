import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npx } from './npx.js'

/** Lies in node_modules, so that it goes when they go. Written last, so that an interrupted install leaves none. */
const STAMP = 'node_modules/.ashlar-install'

/**
 * Installs the locked dependencies unless they are there already. Quiet but for one line, until it fails.
 *
 * @param {string} root the workspace's folder.
 * @param {string} packageManager `pnpm@` and the pinned version.
 * @returns {Promise<boolean>} whether everything is installed.
 */
export async function install(root, packageManager) {
  const digest = wantedDigest(root)
  const stamp = join(root, STAMP)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return true
  console.error(`Installing dependencies with ${packageManager} ...`)
  const { code, output } = await collect(
    ['--yes', packageManager, 'install', '--frozen-lockfile'],
    root,
  )
  if (code !== 0) {
    console.error(output)
    console.error('ashlar: the dependencies could not be installed, see above')
    return false
  }
  writeFileSync(`${stamp}.new`, digest)
  renameSync(`${stamp}.new`, stamp)
  return true
}

/**
 * The SHA-256 of everything that decides what an install puts into node_modules.
 *
 * @param {string} root
 * @returns {string} 64 hexadecimal digits.
 */
export function wantedDigest(root) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests(root)]) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

/** @param {string} root */
function manifests(root) {
  const folders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
  return ['.', 'bench', 'examples', ...folders.sort()]
    .map((folder) => join(folder, 'package.json'))
    .filter((file) => existsSync(join(root, file)))
}

/**
 * @param {string[]} args for npx.
 * @param {string} cwd
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function collect(args, cwd) {
  return new Promise((resolve) => {
    const [file, argv] = npx(args)
    const child = spawn(file, argv, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', (error) => resolve({ code: 1, output: `${file}: ${error.message}` }))
    child.on('close', (code) => resolve({ code, output }))
  })
}
