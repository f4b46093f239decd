// Usage: node --import tsx --conditions=@ashlar/source prof.ts WORK [rows] [nodes]
import { writeFileSync } from 'node:fs'
const root = process.env.NETS_ROOT ?? '/work/wt/nets'
const core = await import(`${root}/packages/core/src/index.ts`)
const graphPkg = await import(`${root}/packages/graph/src/index.ts`)
const { declarationOf } = await import(`${root}/bench/src/train/works/index.ts`)
const { workOf } = await import(`${root}/bench/src/train/work.ts`)
const { modelOf } = await import(`${root}/bench/src/train/workers/model.ts`)
const { nodeTimes: nt, profiled } = await import(`${root}/packages/graph/src/run/profile.ts`)
const nodeTimes = nt
// minima instead of medians
function toMin(events: any[]) {
  const by = new Map<string, any[]>()
  for (const e of events) if (e.cat === 'Node' && e.name.endsWith('_kernel_time')) { const l = by.get(e.name) ?? []; l.push(e); by.set(e.name, l) }
  for (const l of by.values()) { const m = Math.min(...l.map((e) => e.dur)); for (const e of l) e.dur = m }
  return events
}
const { planOf } = await import(`${root}/packages/graph/src/run/explain.ts`)
const { compile } = await import(`${root}/packages/graph/src/run/compile.ts`)
const { nodeName } = await import(`${root}/packages/graph/src/onnx/names.ts`)
const { trainProgram } = await import(`${root}/packages/core/src/training/programs.ts`)
const { startBackend } = await import(`${root}/packages/core/src/network/backend.ts`)
const { withSequenceLoops } = await import(`${root}/packages/core/src/network/sequences.ts`)
const { StateStore, captureSteady } = graphPkg
const tf = await import(`${root}/packages/core/node_modules/@tensorflow/tfjs/dist/tf.node.js`)
const [, , name, rowsArg = '25', nodesArg = '0'] = process.argv
const d = declarationOf(name)
const work = workOf(d)
const samples = await d.data(work.sizes, work.batch * 2)
const model = modelOf(work, samples.info.inputShape)
const compiled = model.compiled('x')
const program = trainProgram(model, compiled, samples)
await tf.ready(); startBackend()
const state = new StateStore(program.variables)
const t0 = performance.now()
const size = work.batch
const drawn = Object.keys(program.tables ?? {})
const run = (inputs: any) => {
  const picked = drawn.map((n: string) => [n, tf.gather(inputs[n], inputs.rows.as1D())])
  return program.run({ ...inputs, ...Object.fromEntries(picked) })
}
const ins = program.inputs(size)
const whole = Object.entries(program.tables ?? {}).map(([n, t]: any) => {
  const [, ...shape] = ins[n].shape
  return [n, { ...ins[n], shape: [t.length / tf.util.sizeFromShape(shape), ...shape] }]
})
const { graph } = withSequenceLoops(() => captureSteady(run, {
  inputs: { ...ins, ...Object.fromEntries(whole), rows: { shape: [size], dtype: 'int32' } },
  variables: program.variables,
  nameVariable: (v: any) => { const n = `variables/${v.name}`; state.adopt({ [n]: v }, { live: new Set([n]) }); return n },
}))
const t1 = performance.now()
console.error('capture', (t1 - t0).toFixed(0), 'nodes', graph.nodes.length)
const feeds: any = {
  ...program.tables,
  rows: Int32Array.from({ length: size }, (_, i) => i), learningRate: Float32Array.of(1e-3),
  step: Int32Array.of(0), seed: Int32Array.of(0), keep: Float32Array.of(0),
}
let lowered: any
const RUNS = Number(process.env.RUNS ?? 8)
const c0 = process.cpuUsage(); let c1: any
const events = toMin(await profiled(async (profile: string) => {
  const p = await compile(graph, { threads: 1, state, profile })
  lowered = p.graph
  writeFileSync(`/tmp/nets/${process.env.TAG ?? "new"}-${name}.onnx`, p.model)
  console.error('compile', (performance.now() - t1).toFixed(0), 'nodes', lowered.nodes.length)
  for (let i = 0; i < 2; i++) await p.run(feeds)
  const a = process.cpuUsage()
  for (let i = 0; i < RUNS; i++) await p.run(feeds)
  c1 = process.cpuUsage(a)
  await p.dispose()
}))
console.log('cpu ms per step', ((c1.user + c1.system) / 1000 / RUNS).toFixed(1))
const plan = planOf(lowered, events)
console.log('sum of medians', plan.milliseconds.toFixed(2), 'nodes', plan.nodes)
for (const r of plan.rows.slice(0, Number(rowsArg))) console.log(r.kernel.padEnd(34), String(r.form ?? '').padEnd(12), `[${r.shape}]`.padEnd(22), String(r.calls).padStart(4), r.milliseconds.toFixed(2).padStart(8), (100 * r.share).toFixed(1).padStart(6) + '%', r.gflops ? r.gflops.toFixed(0) : '')
const times = nodeTimes(events, 2)
const byOp = new Map<string, number>()
for (const { op, milliseconds } of times.values()) byOp.set(op, (byOp.get(op) ?? 0) + milliseconds)
console.log([...byOp].sort((a, b) => b[1] - a[1]).slice(0, 25).map(([o, m]) => `${o} ${m.toFixed(2)}`).join(', '))
if (Number(nodesArg)) {
  const byName = new Map(lowered.nodes.map((n: any, i: number) => [nodeName(n, i), n]))
  for (const [n, { op, milliseconds }] of [...times].sort((a, b) => b[1].milliseconds - a[1].milliseconds).slice(0, Number(nodesArg))) {
    const node: any = byName.get(n)
    console.log(milliseconds.toFixed(2).padStart(7), op.padEnd(22), n.slice(0, 50).padEnd(50), node?.inputs.map((v: any) => v ? `[${v.shape}]` : '-').join(' '), '->', node?.outputs.map((v: any) => `[${v.shape}]`).join(' '), node?.origin?.node?.op ?? '')
  }
}
process.exit(0)
