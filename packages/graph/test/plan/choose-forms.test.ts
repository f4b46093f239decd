import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import type { Graph } from '../../src/ir/index.ts'
import type { FormCall } from '../../src/lower/forms.ts'
import { registerOps } from '../../src/ops/table.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { lowerWithMeasuredForms, quickest } from '../../src/plan/choose-forms.ts'
import { formKey } from '../../src/plan/form-key.ts'
import type { FormStore, FormTimes } from '../../src/plan/form-store.ts'
import { lowerCalls, timeForms } from '../../src/plan/time-forms.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'

registerOps()
await tf.setBackend('cpu')
const target = await cpuTarget()
const test = suite('choose forms')

function memory(times: Record<string, FormTimes> = {}): FormStore {
  const known = new Map(Object.entries(times))
  return {
    get: (key) => known.get(key),
    add: (more) => {
      for (const [key, each] of more) known.set(key, each)
    },
  }
}

/** A convolution, then another one on its result. */
function twoConvolutions(size = 16): Graph {
  const filter = { shape: [3, 3, 32, 32], dtype: 'float32' } as const
  return capture(
    ({ x, f }) => ({
      y: tf.conv2d(
        tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'),
        f as tf.Tensor4D,
        1,
        'same',
      ),
    }),
    { inputs: { x: { shape: [2, size, size, 32], dtype: 'float32' }, f: filter } },
  )
}

const formsOf = (graph: Graph) => [
  ...new Set(
    graph.nodes.flatMap(({ origin }) => (origin?.form === undefined ? [] : [origin.form])),
  ),
]

async function choose(time: typeof timeForms, store = memory(), size?: number) {
  const captured = twoConvolutions(size)
  const asked: FormCall[] = []
  const graph = await lowerWithMeasuredForms(
    (choice) => lower(captured, target, { choose: choice }),
    {
      target,
      store,
      time: async (call, ...rest) => {
        asked.push(call)
        return time(call, ...rest)
      },
    },
  )
  return { forms: formsOf(graph), asked }
}

const unwanted: typeof timeForms = () => {
  throw new Error('nothing must be measured')
}

test('the quickest form is taken', async () => {
  const slowBlocks = await choose(async () => ({ blocked: 2, rows: 1 }))
  assert.equal(slowBlocks.forms, ['rows'])
  const quickBlocks = await choose(async () => ({ blocked: 1, rows: 2 }))
  assert.equal(quickBlocks.forms, ['blocked'])
})

test('a call is measured once, in each layout that its input comes in', async () => {
  const { asked } = await choose(async () => ({ blocked: 1, rows: 2 }))
  assert.equal(
    asked.map(({ layouts }) => layouts[0]),
    // The second convolution reads what the first has left in blocks.
    [['last'], ['blocked']],
  )
})

test('what the store knows is not measured', async () => {
  const store = memory()
  await choose(async () => ({ blocked: 2, rows: 1 }), store)
  const again = await choose(unwanted, store)
  assert.equal(again.forms, ['rows'])
})

test('times that say nothing leave it at the usual form, and are not kept', async () => {
  const store = memory()
  const { forms, asked } = await choose(async () => undefined, store)
  assert.equal(forms, ['blocked'])
  assert.ok(asked.length <= 2)
  const later = await choose(async () => ({ blocked: 2, rows: 1 }), store)
  assert.equal(later.forms, ['rows'])
})

test('small calls are not measured', async () => {
  const { asked } = await choose(unwanted, memory(), 4)
  assert.is(asked.length, 0)
})

test('another form than the usual one must be clearly quicker', () => {
  assert.is(quickest(['usual', 'other'], { usual: 1, other: 0.95 }), 'usual')
  assert.is(quickest(['usual', 'other'], { usual: 1, other: 0.5 }), 'other')
  assert.is(quickest(['usual', 'other', 'third'], { usual: 1, other: 0.5, third: 0.4 }), 'third')
  assert.is(quickest(['usual', 'other'], {}), 'usual')
})

test('forms are timed by running them', async () => {
  let call: FormCall | undefined
  lower(twoConvolutions(), target, {
    choose: (given) => {
      call = given
      return undefined
    },
  })
  const times = await timeForms(call!, target, 1)
  // A busy machine gives no times.
  if (times === undefined) return
  assert.equal(Object.keys(times).sort(), [...call!.forms].sort())
  for (const time of Object.values(times)) assert.ok(time > 0 && Number.isFinite(time))
})

test('each form that a step of training is offered is the one that is timed', () => {
  const filter = { shape: [3, 3, 128, 128], dtype: 'float32' } as const
  const graph = capture(
    ({ x, f }) => ({ y: tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same') }),
    { inputs: { x: { shape: [8, 8, 8, 128], dtype: 'float32' }, f: filter } },
  )
  let call: FormCall | undefined
  const choose = (given: FormCall) => {
    call = given
    return undefined
  }
  lower(graph, target, { choose, trains: true })
  assert.ok(call!.forms.includes('winograd'))
  for (const form of call!.forms) {
    assert.equal(formsOf(lowerCalls(call!, { form, target }, 1)), [form])
  }
  // What is kept of it is not taken for what a program without training is offered.
  const inTraining = formKey(call!)
  lower(graph, target, { choose })
  assert.is.not(formKey(call!), inTraining)
})

test.run()
