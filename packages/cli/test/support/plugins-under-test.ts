// Prints, as JSON, what testPlugins is given in the tests of all packages. Nothing is run.
import { subscribe } from 'node:diagnostics_channel'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PLUGINS_UNDER_TEST } from '@ashlar/core/testing'

const PACKAGES = fileURLToPath(new URL('../../../', import.meta.url))

/** Tiers that need what is not everywhere, and the tests of `testPlugins`, whose plugins are made up. */
const LEFT_OUT = ['peers', 'deep', 'native', 'testing', 'contracts.test.ts']

const found: object[] = []
let folder = ''
subscribe(PLUGINS_UNDER_TEST, (told) => found.push({ ...(told as object), folder }))

// uvu must not run what is imported.
Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [[]] })
for (const name of readdirSync(PACKAGES)) {
  folder = join(PACKAGES, name, 'test')
  if (!existsSync(folder)) continue
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.test.ts') || file.split(/[\\/]/).some((part) => LEFT_OUT.includes(part))) {
      continue
    }
    const path = join(folder, file)
    if (readFileSync(path, 'utf8').includes('testPlugins(')) await import(pathToFileURL(path).href)
  }
}
process.stdout.write(JSON.stringify(found))
process.exit(0)
