import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  address,
  definePlugin,
  type Plugin,
  type PluginKind,
  type PluginProducts,
  path,
} from '@ashlar/plugins'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import {
  type Callback,
  type Exporter,
  type Layer,
  type Loss,
  layers,
  type Metric,
  Model,
  type ModelArgs,
  meanMetric,
  type Optimizer,
  type Schedule,
  sgd,
} from '../../src/index.ts'
import { type ExamplesByName, PLUGINS_UNDER_TEST, testPlugins } from '../../src/testing/index.ts'

const { test, slow } = tieredSuite('testPlugins')

/** Names of the tests that fail, without the plugin's name. */
async function failures(plugins: readonly Plugin[], examples: ExamplesByName): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = []
  testPlugins((name, run) => tests.push([name, run]), plugins, examples)
  const failed: string[] = []
  for (const [name, run] of tests) {
    await run().catch(() => failed.push(name.slice(name.indexOf(': ') + 2)))
  }
  tf.disposeVariables()
  return failed
}

function plugin<K extends PluginKind>(kind: K, create: () => PluginProducts[K]): Plugin<K> {
  const options = z.strictObject({})
  return definePlugin({ kind, name: 'subject', description: 'For a test.', options, create })
}

class Dense extends Model {
  readonly dense: Layer = layers.dense({ units: 2 })
  override call(x: tf.Tensor): tf.Tensor {
    return this.dense.apply(x)
  }
}

const dense = { block: { subject: { inputShape: [3], parameters: 8 } } }

test('a good plugin passes', async () => {
  assert.equal(await failures([plugin('block', () => new Dense())], dense), [])
})

test('a plugin without an example fails, an example without a plugin too', async () => {
  assert.equal(await failures([plugin('block', () => new Dense())], {}), ['has an example'])
  assert.equal(await failures([], dense), ['is registered'])
})

test('a plugin that is tested elsewhere says where', async () => {
  const here = { block: { subject: { elsewhere: 'in another file' } } }
  assert.equal(await failures([plugin('block', () => new Dense())], here), [])
  const nowhere = { block: { subject: { elsewhere: '' } } }
  assert.is((await failures([plugin('block', () => new Dense())], nowhere)).length, 1)
})

test('only the checks that are asked for, and what is tested is told', () => {
  const told: unknown[] = []
  const listen = (each: unknown) => told.push(each)
  subscribe(PLUGINS_UNDER_TEST, listen)
  const names: string[] = []
  const wanted = 'lets no sample look at another when it is not training'
  const given = [plugin('block', () => new Dense())]
  testPlugins((name) => names.push(name), given, dense, { checks: [wanted] })
  testPlugins((name) => names.push(name), given, { block: { subject: { elsewhere: 'there' } } })
  unsubscribe(PLUGINS_UNDER_TEST, listen)
  assert.is(names[0], `block subject: ${wanted}`)
  assert.equal(told, [
    { kind: 'block', name: 'subject', checks: [wanted] },
    { kind: 'block', name: 'subject', checks: [], elsewhere: 'there' },
  ])
  assert.throws(
    () => testPlugins(() => undefined, given, dense, { checks: ['lets no sample look'] }),
    /^testPlugins: check must be one of/,
  )
})

slow(
  'a path or an address that is not declared is found, by its name or its description',
  async () => {
    const check = 'declares each option that is a path or an address'
    for (const [options, isFound] of [
      [{ dataFiles: z.array(z.string()).optional().describe('Of it.') }, true],
      [{ baseUrl: z.url().default('http://x').describe('Of it.') }, true],
      [{ test: z.string().optional().describe('Another folder to test with.') }, true],
      [
        { inner: z.strictObject({ cachePath: z.string().optional() }).optional().describe('A.') },
        true,
      ],
      [{ dataFiles: z.array(path('read')).optional().describe('Of it.') }, false],
      [{ baseUrl: address().default('http://x').describe('Of it.') }, false],
      [{ profile: z.string().optional().describe('Of it.') }, false],
      [{ files: z.int().optional().describe('How many files.') }, false],
    ] as const) {
      const subject = definePlugin({
        ...{ kind: 'block', name: 'subject', description: 'Tries.' },
        options: z.strictObject(options as z.core.$ZodLooseShape),
        create: () => new Dense(),
      }) as unknown as Plugin
      assert.is(
        (await failures([subject], dense)).includes(check),
        isFound,
        Object.keys(options)[0],
      )
    }
  },
)

test('a wrong number of parameters is found', async () => {
  const found = await failures([plugin('block', () => new Dense())], {
    block: { subject: { inputShape: [3], parameters: 6 } },
  })
  assert.equal(found, ['has as many parameters as the example says, under names of their own'])
})

test('a wrong shape is found', async () => {
  class Liar extends Dense {
    override computeOutputShape(shape: Parameters<Model['computeOutputShape']>[0]) {
      super.computeOutputShape(shape)
      return [null, 5]
    }
  }
  assert.ok(
    (await failures([plugin('block', () => new Liar())], dense)).includes(
      'gives the shape that it declares, at batch 1 and more',
    ),
  )
})

test('a wrong derivative is found', async () => {
  const halved = tf.customGrad((x) => ({
    value: tf.square(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.mul(dy, x as tf.Tensor),
  }))
  class Halved extends Dense {
    override call(x: tf.Tensor): tf.Tensor {
      return halved(super.call(x))
    }
  }
  assert.equal(await failures([plugin('block', () => new Halved())], dense), [
    'has the derivatives of central differences',
  ])
})

slow('a frozen batch, a look at other samples and a leak are found', async () => {
  class Frozen extends Dense {
    override call(x: tf.Tensor): tf.Tensor {
      // No rule that capture knows: one more than the place would be right at any batch.
      const scales = tf.tensor(Array.from({ length: x.shape[0]! }, (_, i) => [Math.sin(i * i)]))
      return tf.mul(super.call(x), scales)
    }
  }
  const frozen = await failures([plugin('block', () => new Frozen())], dense)
  assert.ok(frozen.includes('is the same as standard ONNX, at batch 1 and more'))
  assert.ok(frozen.includes('lets no sample look at another when it is not training'))
  class Leaking extends Dense {
    constructor(args?: ModelArgs) {
      super(args)
      tf.keep(tf.scalar(1))
    }
  }
  assert.equal(await failures([plugin('block', () => new Leaking())], dense), [
    'trains one step alike with each engine, and leaves no tensors',
  ])
})

test('options that are not strict, described, or data are found', async () => {
  const loose = definePlugin({
    kind: 'schedule',
    name: 'subject',
    description: 'No sentence',
    options: z.object({ at: z.number().default(1) }),
    create: (): Schedule => ({ name: 'subject', at: () => 1 }),
  }) as Plugin
  assert.equal(await failures([loose], {}), [
    'says what it is and what each option means',
    'refuses options that it does not know',
  ])
})

test('a schedule that remembers, or ends in NaN, is found', async () => {
  let calls = 0
  const remembering = (): Schedule => ({ name: 'subject', at: () => ++calls })
  assert.equal(await failures([plugin('schedule', remembering)], {}), [
    'depends on nothing but the step, so that a run can resume',
  ])
  const ending = (): Schedule => ({
    name: 'subject',
    at: (step, total) => Math.sqrt(total - step),
  })
  assert.equal(await failures([plugin('schedule', ending)], {}), [
    'gives a learning rate for every step, the last ones included',
  ])
})

test('a loss that takes the mean over the batch, or the wrong derivative, is found', async () => {
  const mean = (): Loss => ({
    name: 'subject',
    perSample: ({ labels, predictions }) => tf.mean(tf.square(tf.sub(predictions, labels))),
  })
  const found = await failures([plugin('loss', mean)], { loss: { subject: { labels: 'targets' } } })
  assert.ok(found.includes('gives one finite number per sample and leaves no tensors'))
  assert.ok(found.includes('does not let samples look at one another'))
})

test('a metric that does not add up is found', async () => {
  const squared = (): Metric => ({
    ...meanMetric('subject', ({ predictions }) => tf.sum(predictions, 1)),
    result: ({ sum }) => sum![0]! ** 2,
    add: ({ predictions }) => ({ sum: tf.mean(predictions), count: tf.scalar(1) }),
  })
  const examples = { metric: { subject: { labels: 'targets' as const } } }
  assert.ok(
    (await failures([plugin('metric', squared)], examples)).includes(
      'says the same of one batch as of its parts',
    ),
  )
})

slow('an optimizer that climbs, remembers, or forgets a slot is found', async () => {
  const climbing = (): Optimizer => ({ ...sgd({ learningRate: 0.1 }), step: ascend })
  assert.equal(await failures([plugin('optimizer', climbing)], {}), ['goes downhill'])
  let steps = 0
  const remembering = (): Optimizer => ({
    ...sgd(),
    step: (scalars) => {
      steps++
      return ({ value, gradient }) => ({
        value: tf.sub(value, tf.mul(tf.mul(gradient, scalars.learningRate), steps)),
        slots: {},
      })
    },
  })
  assert.ok(
    (await failures([plugin('optimizer', remembering)], {})).includes(
      'keeps its memory in its slots alone, so that a run can resume',
    ),
  )
  const forgetting = (): Optimizer => ({ ...sgd(), slots: ['lost'] })
  assert.ok(
    (await failures([plugin('optimizer', forgetting)], {})).includes(
      'gives weight and slots back in their shapes and leaves no tensors',
    ),
  )
})

const ascend: Optimizer['step'] =
  ({ learningRate }) =>
  ({ value, gradient }) => ({ value: tf.add(value, tf.mul(gradient, learningRate)), slots: {} })

slow('a callback that serves only once, or hides an error, is found', async () => {
  const once = (): Callback => {
    let used = false
    return {
      name: 'subject',
      onTrainBegin() {
        if (used) throw new Error('again?')
        used = true
      },
    }
  }
  assert.equal(await failures([plugin('callback', once)], {}), [
    'goes along with two runs and leaves no tensors',
  ])
  const hiding = (): Callback => ({
    name: 'subject',
    onTrainEnd({ outcome }) {
      if (outcome === 'failed') throw new Error('something else')
    },
  })
  assert.equal(await failures([plugin('callback', hiding)], {}), [
    'lets the error of a run through',
  ])
})

test('an exporter that writes nothing, or the time, is found', async () => {
  const nothing = (): Exporter => ({ name: 'subject', export: async () => ({}) })
  assert.equal((await failures([plugin('exporter', nothing)], {})).length, 2)
})

test.run()
