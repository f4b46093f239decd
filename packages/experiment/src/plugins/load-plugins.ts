import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ConfigError } from '@ashlar/errors'
import type { Plugin, Registry } from '@ashlar/plugins'
import { resolve as resolvePackage } from 'import-meta-resolve'
import { importModule } from '../config/import-module.ts'

/**
 * Adds the plugins of others to a registry.
 *
 * @param names packages (`ashlar-plugin-wide`) and paths (`./plugins/wide.ts`, absolute ones). A module exports them as
 *   an array `plugins`.
 * @param folder where packages are looked up from and relative paths start: the experiment's folder.
 * @throws ConfigError for a module that is missing, exports no plugins, or brings a name that is taken.
 */
export async function loadPlugins(
  registry: Registry,
  names: readonly string[],
  folder: string,
): Promise<void> {
  for (const name of names) {
    const path = locateModule(name, folder)
    const { plugins } = await importModule(path)
    if (!Array.isArray(plugins)) {
      throw new ConfigError({
        where: name,
        expected: 'the module must export an array of plugins: `export const plugins = [...]`',
        given: plugins,
      })
    }
    registry.register(plugins as Plugin[], name)
  }
}

/** The file behind a plugin's package name or path. */
export function locateModule(name: string, folder: string): string {
  if (/^\.{1,2}[\\/]/.test(name) || isAbsolute(name)) return resolve(folder, name)
  try {
    return fileURLToPath(resolvePackage(name, pathToFileURL(join(folder, 'experiment')).href))
  } catch (error) {
    throw new ConfigError({
      where: 'plugins',
      expected: 'must be packages that are installed, or paths that begin with ./',
      given: name,
      hint: `Looked from ${folder}. Install the package there: npm install ${name}`,
      cause: error,
    })
  }
}
