import { instantiate } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { kubernetesPlugin } from '../../../src/launch/kubernetes/plugin.ts'

const test = suite('options of Kubernetes')

const PLAIN = { image: 'ashlar:1.0', claim: 'runs' }

const make = (options: object) => instantiate(kubernetesPlugin, options as never, { seed: 0 })

test('takes what Kubernetes takes', () => {
  for (const options of [
    {},
    { image: 'images.example.org:5000/team/ashlar@sha256:0a1b', apply: true, context: 'a b/c' },
    { requests: { cpu: 0.5, memory: '512Mi' }, limits: { cpu: '500m', 'nvidia.com/gpu': 1 } },
    {
      tolerations: [
        { operator: 'Exists' },
        { key: 'a', effect: 'NoExecute', tolerationSeconds: 0 },
      ],
    },
    { env: { WANDB_MODE: 'offline', API_KEY: { secret: 'a.b', key: 'token' }, PUBLIC_KEY: 'x' } },
    { user: 0, group: 0, retries: 0, mount: '/', shared: '/mnt/a b' },
  ]) {
    assert.is(make({ ...PLAIN, ...options }).name, 'kubernetes')
  }
})

test('refuses what Kubernetes would refuse, and what is not asked of it', () => {
  assert.throws(() => make({ claim: 'runs' }), /image/)
  assert.throws(() => make({ image: 'a' }), /claim/)
  for (const [key, values] of Object.entries({
    image: ['', '-a', 'a b', 'a\nb', '$(id)', ':latest'],
    claim: ['', 'Runs', '-a', 'a_b', 'a/b', '../a'],
    namespace: ['', 'A', 'a.b', '-', 'a'.repeat(64)],
    shared: ['runs', './runs', '/a:b', ''],
    mount: ['runs', '/a:b'],
    command: [[], [''], 'ashlar'],
    parallelism: [0, 1.5],
    requests: [{ cpu: '2 cores' }, { cpu: -1 }, { cpu: 0 }, { memory: '4GB' }, { 'a b': 1 }],
    limits: [{ memory: '' }],
    nodeSelector: [{ a: 1 }, { 'a b': 'c' }, { a: 'b c' }, { a: '-' }],
    tolerations: [
      ...[
        [{}],
        [{ key: 'a', operator: 'In' }],
        [{ operator: 'Exists', value: 'x' }],
        [{ value: 'x' }],
      ],
      [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }],
    ],
    env: [{ 'A B': 'x' }, { A: 1 }, { A: { secret: 'a' } }, { A: { secret: 'A', key: 'k' } }],
    envFrom: ['aws', ['A b']],
    pullPolicy: ['always'],
    user: [-1, 1.5],
    retries: [-1],
    grace: [0],
    keep: [0, 59],
    interval: [0],
    array: [0, 100_001],
    replicas: [1],
  })) {
    for (const value of values) {
      assert.throws(
        () => make({ ...PLAIN, [key]: value }),
        new RegExp(key),
        `${key}=${JSON.stringify(value)}`,
      )
    }
  }
})

test('no secret is written into a file', () => {
  for (const name of [
    'TOKEN',
    'HF_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
    'db_password',
    'API_KEY',
    'APIKEY',
  ]) {
    assert.throws(
      () => make({ ...PLAIN, env: { [name]: 'x' } }),
      new RegExp(
        `env.*${name}.*must be kept by the cluster and not written into a file: \\{secret: NAME`,
        's',
      ),
    )
  }
})

test.run()
