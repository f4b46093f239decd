import { importCircles } from './circles.js'
import { deniedVersions } from './denied-versions.js'
import { declaredImports } from './dependencies.js'
import { engines } from './engines.js'
import { registryHosts } from './hosts.js'
import { importDirections } from './imports.js'
import { lockfile } from './lockfile.js'
import { manifests } from './manifests.js'
import { seededRandom } from './random.js'
import { references } from './references.js'
import { testFiles } from './test-files.js'

/** @type {((workspace: import('./workspace.js').Workspace) => import('./workspace.js').Problem[])[]} */
export const RULES = [
  declaredImports,
  engines,
  deniedVersions,
  importCircles,
  importDirections,
  lockfile,
  manifests,
  references,
  registryHosts,
  seededRandom,
  testFiles,
]
