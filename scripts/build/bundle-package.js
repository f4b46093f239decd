import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative, resolve, sep } from 'node:path'
import { build } from 'esbuild'
import { specifiersOf } from '../rules/specifiers.js'
import { readManifest } from './manifest.js'
import { withoutSetNames } from './names.js'
import { required } from './required.js'

/** Where what several files of a package share is put, below dist/. */
const CHUNKS = 'chunks'

/** Stand, until files have their places, for the place of a module and of a file that is bundled apart. */
const PLACE = '__ASHLAR_PLACE_OF__'
const APART = '__ASHLAR_APART__/'

/**
 * Writes the JavaScript of a package into dist/: a file for each module that is imported from outside, or started as a process or a thread, and for what these share. A package of hundreds of modules
 * is read as a few files then, in half the time. Other packages are imported by their names, so that there is one of each; those that are CommonJS are required.
 *
 * @param {string} folder the package.
 * @param {ReadonlyMap<string, string>} [stoodFor] packages that another stands for in what is published.
 * @returns {Promise<string[]>} what was written, as paths below dist/, with `/`.
 */
export async function bundlePackage(folder, stoodFor = new Map()) {
  const [source, dist] = [join(folder, 'src'), join(folder, 'dist')]
  if (!existsSync(source)) return []
  const apart = apartOf(folder)
  const entries = entriesOf(source, apart)
  removeJavaScript(dist)
  if (entries.length === 0) return []
  const { outputFiles } = await build({
    ...{ entryPoints: entries.map((path) => join(source, path)), outbase: source, outdir: dist },
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19' },
    ...{ packages: 'external', keepNames: true, sourcemap: true, charset: 'utf8', write: false },
    ...{ chunkNames: `${CHUNKS}/[name]-[hash]`, logLevel: 'error', absWorkingDir: folder },
    // What is imported for what it does must be named in package.json as such: left out, it is missed in what is built alone.
    logOverride: { 'ignored-bare-import': 'error' },
    // Packages have src/ beside dist/.
    sourcesContent: false,
    define: { ASHLAR_BUILD: JSON.stringify(buildOf(source)) },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, target: 'es2023' } },
    plugins: [places(source), leaveApart(source, apart), required(folder, stoodFor)],
  })
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true })
    const isCode = path.endsWith('.js')
    writeFileSync(
      path,
      isCode ? withoutSetNames(placed(text, slashed(relative(dist, path)))) : text,
    )
  }
  return outputFiles.map(({ path }) => slashed(relative(dist, path))).filter(isJavaScript)
}

/**
 * A digest of the sources of a package, of tests and types none.
 *
 * @param {string} source
 */
export function buildOf(source) {
  const hash = createHash('sha256')
  const modules = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map(slashed)
    .sort()
  for (const path of modules) hash.update(`${path}\n`).update(readFileSync(join(source, path)))
  return hash.digest('hex')
}

/**
 * Modules that no other module of the package imports: those that are imported from outside, and those that start processes and threads.
 *
 * @param {string} source the folder of all modules.
 * @param {ReadonlySet<string>} apart those that are bundled otherwise.
 * @returns {string[]} paths below it, with `/`.
 */
export function entriesOf(source, apart) {
  const exported = new Set(exportsOf(join(source, '..')))
  const modules = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map(slashed)
  const imported = new Map(modules.map((path) => [path, importsOf(source, path)]))
  const inside = new Set([...imported.values()].flat())
  const others = reachable([...apart], imported)
  return modules.filter(
    (path) => !apart.has(path) && (exported.has(path) || !(inside.has(path) || others.has(path))),
  )
}

/**
 * @param {readonly string[]} from
 * @param {ReadonlyMap<string, readonly string[]>} imported
 */
function reachable(from, imported) {
  const found = new Set(from)
  for (const path of found) for (const each of imported.get(path) ?? []) found.add(each)
  return found
}

/**
 * Modules of the package that a module imports, at once or later.
 *
 * @param {string} source
 * @param {string} path of the module, below it.
 */
function importsOf(source, path) {
  const text = readFileSync(join(source, path), 'utf8')
  return specifiersOf({ path, text })
    .filter(({ use, text }) => use === 'import' && text.startsWith('.'))
    .map(({ text }) => posix.join(posix.dirname(path), text))
}

/**
 * Modules that package.json offers by a name.
 *
 * @param {string} folder the package.
 */
function exportsOf(folder) {
  const { exports = {}, bin = {} } = readManifest(folder)
  const files = Object.values(exports).map((each) => each?.default ?? each)
  return [...files, ...Object.values(bin)]
    .filter((file) => typeof file === 'string' && file.startsWith('./dist/'))
    .map((file) => file.slice('./dist/'.length).replace(/\.js$/, '.ts'))
}

/**
 * Modules that are bundled otherwise, as package.json says under `bundled`.
 *
 * @param {string} folder the package.
 */
function apartOf(folder) {
  const { bundled = {} } = readManifest(folder)
  const sources = Object.values(bundled).map((each) =>
    typeof each === 'string' ? each : each.from,
  )
  return new Set(sources.map((path) => path.replace(/^src\//, '')))
}

/**
 * The place of a module stays the one that it has in src/: files beside it are found from there.
 *
 * @param {string} source
 * @returns {import('esbuild').Plugin}
 */
function places(source) {
  return {
    name: 'places',
    setup(context) {
      context.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8')
        if (!text.includes('import.meta.url')) return undefined
        const place = slashed(relative(source, path)).replace(/\.ts$/, '.js')
        const contents = text.replaceAll('import.meta.url', `${PLACE}('${place}')`)
        return { contents, loader: 'ts' }
      })
    },
  }
}

/**
 * @param {string} source
 * @param {ReadonlySet<string>} apart
 * @returns {import('esbuild').Plugin}
 */
function leaveApart(source, apart) {
  return {
    name: 'apart',
    setup(context) {
      context.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => {
        const module = slashed(relative(source, resolve(resolveDir, path)))
        if (!apart.has(module)) return undefined
        return { path: APART + module.replace(/\.ts$/, '.js'), external: true }
      })
    },
  }
}

/**
 * A file's text with the places of modules as seen from it.
 *
 * @param {string} text
 * @param {string} file its path below dist/.
 */
function placed(text, file) {
  /** @param {string} path */
  const seen = (path) => {
    const way = posix.relative(posix.dirname(file), path)
    return way.startsWith('.') ? way : `./${way}`
  }
  return text
    .replaceAll(new RegExp(`${PLACE}\\("([^"]+)"\\)`, 'g'), (_, path) =>
      path === file
        ? 'import.meta.url'
        : `new URL(${JSON.stringify(seen(path))}, import.meta.url).href`,
    )
    .replaceAll(new RegExp(`"${APART}([^"]+)"`, 'g'), (_, path) => JSON.stringify(seen(path)))
}

/** @param {string} dist */
function removeJavaScript(dist) {
  if (!existsSync(dist)) return
  for (const path of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (/\.js(\.map)?$/.test(path)) rmSync(join(dist, path))
  }
}

/** @param {string} path */
function isJavaScript(path) {
  return path.endsWith('.js')
}

/** @param {string} path */
function slashed(path) {
  return path.split(sep).join('/')
}
