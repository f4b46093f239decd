// A worker of the tests: its options as JSON.
import { openWorker } from '../../src/index.ts'
import { TRAINING } from './sweep.ts'

const worker = await openWorker({
  ...JSON.parse(process.argv[2]!),
  module: TRAINING,
  notice: (text) => process.stdout.write(`${text}\n`),
})
process.stdout.write('ready\n')
process.on('SIGTERM', () => {
  void worker.stop().then(() => process.exit(0))
})
