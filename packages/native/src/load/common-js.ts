import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, resolve } from 'node:path'
import { compileFunction } from 'node:vm'

/** What stands in for modules that a package asks for by name. */
export type Substitutes = Readonly<Record<string, unknown>>

type Require = (name: string) => unknown

/**
 * Loads a CommonJS package with some of the modules it asks for replaced. Only this package sees the replacements: nothing
 * global changes, and Node's own module cache is not touched.
 *
 * @param entry its main file.
 * @param otherwise finds the packages that it depends on, which need not lie beside it.
 * @returns its exports.
 */
export function loadCommonJs(entry: string, substitutes: Substitutes, otherwise: Require): unknown {
  const cache = new Map<string, { exports: unknown }>()
  const load = (path: string): unknown => {
    const known = cache.get(path)
    if (known !== undefined) return known.exports
    if (path.endsWith('.node')) return createRequire(import.meta.url)(path)
    const module: { exports: unknown } = { exports: {} }
    cache.set(path, module)
    const text = readFileSync(path, 'utf8')
    if (path.endsWith('.json')) {
      module.exports = JSON.parse(text)
      return module.exports
    }
    const folder = dirname(path)
    const require = (name: string) => {
      if (Object.hasOwn(substitutes, name)) return substitutes[name]
      return name.startsWith('.') || isAbsolute(name)
        ? load(fileOf(resolve(folder, name)))
        : otherwise(name)
    }
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
    const run = compileFunction(text, parameters, { filename: path })
    run.call(module.exports, module.exports, require, module, path, folder)
    return module.exports
  }
  return load(fileOf(entry))
}

/** The file that a path without ending stands for, as CommonJS has it. */
function fileOf(path: string): string {
  const candidates = [path, `${path}.js`, `${path}.json`, resolve(path, 'index.js')]
  const found = candidates.find((each) => statSync(each, { throwIfNoEntry: false })?.isFile())
  if (found === undefined) throw new Error(`Cannot find ${path}`)
  return found
}
