import type { V1Job, V1Pod } from '@kubernetes/client-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readIndexes, statesOf } from '../../../src/launch/kubernetes/states.ts'

const test = suite('how Jobs stand')

const job = (status: V1Job['status'], spec: object = {}): V1Job => ({
  metadata: { name: 'j', annotations: { 'ashlar/batch': 'b' } },
  spec: { completions: 4, template: {}, ...spec },
  ...(status !== undefined && { status }),
})

const pod = (index: number, status: V1Pod['status'], made = 0): V1Pod => ({
  metadata: {
    creationTimestamp: new Date(made),
    labels: {
      'batch.kubernetes.io/job-name': 'j',
      'batch.kubernetes.io/job-completion-index': String(index),
    },
  },
  ...(status !== undefined && { status }),
})

const brief = (jobs: V1Job[], pods: V1Pod[] = []) =>
  statesOf(jobs, pods).map(({ index, state, end, reason }) => [index, state, end, reason])

test('reads indexes as the API writes them', () => {
  const all = Array.from({ length: 12 }, (_, i) => i)
  for (const [text, expected] of [
    [undefined, []],
    ['', []],
    ['0', [0]],
    ['1,3-5,7', [1, 3, 4, 5, 7]],
    ['0-11', all],
    ['2, 10', [2, 10]],
    ['x,3-', []],
  ] as const) {
    assert.equal(all.filter(readIndexes(text)), expected, String(text))
  }
})

test('each index stands by itself, and says which batch it is of', () => {
  const jobs = [job({ completedIndexes: '0', failedIndexes: '2' })]
  assert.equal(brief(jobs, [pod(1, { phase: 'Running' })]), [
    [0, 'Complete', 'yes', undefined],
    [1, 'Running', 'no', undefined],
    [2, 'Failed', 'yes', undefined],
    [3, 'Pending', 'no', undefined],
  ])
  assert.equal(
    new Set(statesOf(jobs, []).map(({ job, batch }) => `${job} ${batch}`)),
    new Set(['j b']),
  )
})

test('a Job that has failed as a whole has ended all that had not', () => {
  const conditions = [
    { type: 'Suspended', status: 'False' },
    { type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message: 'too long' },
  ]
  const states = brief([job({ completedIndexes: '1-3', conditions })])
  assert.equal(states[0], [0, 'Failed: DeadlineExceeded: too long', 'yes', undefined])
  assert.is(states.filter(([, state]) => state === 'Complete').length, 3)
  const going = brief([job({ conditions: [{ type: 'FailureTarget', status: 'True' }] })])
  assert.ok(going.every(([, , end]) => end === 'no'))
})

test('the last pod of an index says how it died', () => {
  const ended = (exitCode: number, reason: string, message?: string): V1Pod['status'] => ({
    phase: 'Failed',
    containerStatuses: [
      {
        ...{ name: 'trial', image: '', imageID: '', ready: false, restartCount: 0 },
        state: { terminated: { exitCode, reason, ...(message !== undefined && { message }) } },
      },
    ],
  })
  const pods = [
    pod(0, ended(137, 'OOMKilled'), 2),
    pod(0, ended(1, 'Error', 'older'), 1),
    pod(1, ended(1, 'Error', 'a\nb\nc\nd\n')),
    pod(2, { phase: 'Failed', reason: 'Evicted', message: 'low on disk' }),
  ]
  assert.equal(
    brief([job({ failedIndexes: '0-3' })], pods).map(([, state]) => state),
    [
      'OOMKilled (exit code 137)',
      'Error (exit code 1): b | c | d',
      'Evicted: low on disk',
      'Failed',
    ],
  )
})

test('says why trials wait that only somebody can help', () => {
  const waiting = (reason: string, message?: string): V1Pod['status'] => ({
    phase: 'Pending',
    containerStatuses: [
      {
        ...{ name: 'trial', image: '', imageID: '', ready: false, restartCount: 0 },
        state: { waiting: { reason, ...(message !== undefined && { message }) } },
      },
    ],
  })
  const placed = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: '0/3 nodes',
  }
  const pods = [
    pod(0, { phase: 'Pending', conditions: [placed] }),
    pod(1, waiting('ImagePullBackOff', 'no such image')),
    pod(2, waiting('ContainerCreating')),
    pod(3, { phase: 'Running', conditions: [placed] }),
  ]
  assert.equal(
    brief([job(undefined)], pods).map(([, , , reason]) => reason),
    ['Unschedulable: 0/3 nodes', 'ImagePullBackOff: no such image', undefined, undefined],
  )
  const suspended = brief([job(undefined, { suspend: true })])
  assert.ok(
    suspended.every(([, , end, reason]) => end === 'no' && reason === 'the Job j is suspended'),
  )
})

test.run()
