import { createServer } from '@ashlar/serve'
import { pino } from 'pino'
const o = JSON.parse(process.argv[2] ?? '{}')
const s = await createServer({ target: '/tmp/serve/mini.onnx', name: 'mini', port: 8123, log: pino({ level: 'warn' }), ...o })
await s.listen()
console.log('up')
process.on('SIGTERM', () => void s.close().then(() => process.exit(0)))
