// Starts an endless file in a process of its own, prints the id of that, and is killed.

import { openGuarded } from '../../src/run/guarded.ts'
import { endlessModel } from './hostile.ts'

const runner = await openGuarded('FILE', 0)(endlessModel())
const x = { shape: [1, 4], dtype: 'float32', data: new Float32Array(4) } as const
runner.run({ x }).catch(() => undefined)
process.stdout.write(String(runner.pid))
setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300)
