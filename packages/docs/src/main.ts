// Writes the site of the documentation to docs/site.
//
//   node scripts/pnpm.js docs              builds it
//   node scripts/pnpm.js docs --serve      builds it, and shows it at http://localhost:4173
//   node scripts/pnpm.js docs --base /x/   for a site that lies below a path

import { parseArgs } from 'node:util'
import { buildSite, serveSite } from './build.ts'

const { values } = parseArgs({
  options: { base: { type: 'string', default: '/' }, serve: { type: 'boolean', default: false } },
})
const { folder, pages } = await buildSite({ base: values.base })
process.stdout.write(`${pages} pages: ${folder}\n`)
if (values.serve) await serveSite()
