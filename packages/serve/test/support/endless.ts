// A process that never ends by itself, of the parent that it is told.
import { watchThisProcess } from '@ashlar/core/processes'

void watchThisProcess({ parent: Number(process.argv[2]) })
// Else it would block the thread before the other one has begun.
setTimeout(() => {
  for (;;);
}, 200)
