// The modules below must be loaded in this order, and before the tests: a test file asks for its environments while it loads.
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { BACKEND, registerBackend } from '@ashlar/graph/backend'
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js'
import type { Settings } from './messages.ts'
import { countComputed } from './tally.ts'

const settings = JSON.parse(process.argv[2] ?? '{}') as Settings

registerBackend({ smallWork: settings.smallWork, onComputed: countComputed })
setTestEnvs([
  {
    name: settings.backend,
    backendName: settings.backend === 'cpu' ? 'cpu' : BACKEND,
    isDataSync: true,
  },
])
