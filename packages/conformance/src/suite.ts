// What is bundled: tfjs-core's tests on the backend. See bundle.ts and worker.ts.
import './environment.ts'
import '@tensorflow/tfjs-core/dist/tests.js'

export { tally } from './tally.ts'
