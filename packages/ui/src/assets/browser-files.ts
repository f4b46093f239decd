import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What the build makes of `src/client`. */
export type BrowserFile = 'app' | 'report'

const made = new Map<BrowserFile, Promise<string>>()

/** A script for browsers with everything in it: as the build has made it, or from the sources of a working tree that is not built. */
export function browserScript(name: BrowserFile): Promise<string> {
  const found = made.get(name) ?? readScript(name)
  made.set(name, found)
  return found
}

async function readScript(name: BrowserFile): Promise<string> {
  const built = new URL(`../browser/${name}.js`, import.meta.url)
  if (existsSync(built)) return readFileSync(built, 'utf8')
  const bundler = new URL('../../../../scripts/build/bundle-files.js', import.meta.url)
  const { bundle } = (await import(bundler.href)) as { bundle: (file: string) => Promise<string> }
  return bundle(fileURLToPath(new URL(`../client/${name}.ts`, import.meta.url)))
}

/** The rules that charts need. */
export function chartStyle(): string {
  return readFileSync(
    createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'),
    'utf8',
  ).trim()
}
