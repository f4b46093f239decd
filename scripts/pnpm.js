// Runs the pnpm that package.json pins, on a machine that has only Node and npm:
//
//   node scripts/pnpm.js test:packages   installs what is missing, then runs a script of package.json
//   node scripts/pnpm.js add zod         any other pnpm command, as it is
//
// This file must load on Node versions that are too old for the rest, hence import() after the check.

import { readFileSync } from 'node:fs'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const [major, minor] = engines.node.match(/\d+/g).map(Number)
const [givenMajor = 0, givenMinor = 0] = process.versions.node.split('.').map(Number)

if (givenMajor > major || (givenMajor === major && givenMinor >= minor)) {
  void import('./pnpm/main.js').then((module) => module.main(process.argv.slice(2)))
} else {
  console.error(`ashlar: Node must be ${major}.${minor} or newer, this is ${process.versions.node}`)
  process.exitCode = 1
}
