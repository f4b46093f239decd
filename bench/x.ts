import { writeFileSync, mkdirSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { sizesOf, withoutDropout } from './src/train/declaration.ts'
import { workOf } from './src/train/work.ts'
import { learners } from './src/train/learn.ts'
import { writeData } from './src/train/data/files.ts'
import { declarationOf } from './src/train/works/index.ts'
import { Worker } from './src/harness/worker.ts'
const [name, size, batch, scale] = process.argv.slice(2)
const d = declarationOf(name!)
const work = workOf({ ...d, ...(process.env.SGD && { optimizer: { name: 'sgd', learningRate: 0.05 } as const }) }, 'training', { batch: +batch!, sizes: { ...withoutDropout(sizesOf(d, true)), size: +size!, ...(scale && { scale: +scale }) } })
mkdirSync('/tmp/dblf', { recursive: true })
const data = await writeData(await d.data(work.sizes, 4 * +batch!), '/tmp/dblf')
const req = { work, data, threads: 1, variant: '', weights: '/tmp/dblf/weights', draws: 1, steps: 4, tested: 0 }
const w = new Worker('a', learners[0]!.command({ python: '', tfjsNode: '' }))
writeFileSync('/tmp/req.json', JSON.stringify(req))
const r = await w.call<any>('learn', req).catch(() => ({ losses: [] }))
console.log('ours', r.losses.map((x: number) => x.toFixed(6)).join(' '))
await w.end()
writeFileSync('/tmp/req.json', JSON.stringify(req))
console.log(execFileSync('/work/wt/venv-bench/bin/python', ['/tmp/dbl.py']).toString())
