// Writes docs/kernels.md.
//
//   pnpm kernels            writes it
//   pnpm kernels --check    only says whether it is up to date

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { repairTfjs } from '@ashlar/graph'
import { kernelRows } from './rows.ts'
import { kernelsMarkdown } from './table.ts'

const FILE = fileURLToPath(new URL('../../../../docs/kernels.md', import.meta.url))

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const text = kernelsMarkdown(kernelRows(), repairTfjs())
if (!values.check) {
  writeFileSync(FILE, text)
  process.stdout.write(`${FILE}\n`)
} else if (readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write('docs/kernels.md is not what the op table says: run pnpm kernels\n')
  process.exitCode = 1
}
