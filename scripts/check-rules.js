// Checks the house rules that Biome and the compiler do not know.
//
//   node scripts/check-rules.js          the workspace
//   node scripts/check-rules.js FOLDER   another folder, for example a project that uses the packages

import { fileURLToPath } from 'node:url'
import { RULES } from './rules/all.js'
import { describe, readWorkspace } from './rules/workspace.js'

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))
const workspace = readWorkspace(root)
const problems = RULES.flatMap((rule) => rule(workspace))

for (const problem of problems) console.error(describe(problem))
console.log(`${RULES.length} rules, ${workspace.files.length} files, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0
