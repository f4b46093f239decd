import { serveTrials } from '../../src/index.ts'
import { registry } from './plugins.ts'

await serveTrials(registry())
