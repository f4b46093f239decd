// Lets Node read the TypeScript of this workspace, for tests and the processes that they start:
//
//   node --import ./scripts/typescript/register.js --conditions=@ashlar/source FILE.ts
//
// It does what Node does by itself from 22.18 on, and no more: types become blanks, so that lines and columns stay as they are. tsx can do more,
// and takes half a second of CPU time longer for a process that loads some hundreds of modules.

import { register } from 'node:module'

register('./hooks.js', import.meta.url)
