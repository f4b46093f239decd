import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readSacct, readSqueue } from '../../../src/launch/slurm/states.ts'

const test = suite('states of Slurm')

const BATCH = 'ab'.repeat(32)

test('reads what squeue prints of each task of an array', () => {
  const text = [
    `12_0|COMPLETED|${BATCH}|None`,
    `12_1|RUNNING|${BATCH}|None`,
    `12_2|PENDING|${BATCH}|Priority`,
    `12_3|PENDING|${BATCH}|QOSMaxJobsPerUserLimit`,
    `12_4|TIMEOUT|${BATCH}|TimeLimit`,
    `12_5|CANCELLED|${BATCH}|None`,
    `12_6|PENDING|${BATCH}|Nodes required for job are DOWN, DRAINED or reserved | or so`,
    `13_[7-9]|PENDING|${BATCH}|None`,
    '14|RUNNING|(null)|None',
    '',
  ].join('\n')
  assert.equal(
    readSqueue(text).map(({ job, index, state, end, reason }) => [job, index, state, end, reason]),
    [
      ['12', 0, 'COMPLETED', 'yes', undefined],
      ['12', 1, 'RUNNING', 'no', undefined],
      ['12', 2, 'PENDING', 'no', undefined],
      ['12', 3, 'PENDING', 'no', 'QOSMaxJobsPerUserLimit'],
      ['12', 4, 'TIMEOUT', 'yes', undefined],
      ['12', 5, 'CANCELLED', 'cancelled', undefined],
      ['12', 6, 'PENDING', 'no', 'Nodes required for job are DOWN, DRAINED or reserved | or so'],
    ],
  )
  assert.ok(readSqueue(text).every(({ batch }) => batch === BATCH))
})

test('a state that says that the job is not over is none at its end, whatever it is', () => {
  const states = ['COMPLETING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_HOLD', 'SUSPENDED', 'NEWONE']
  for (const state of states) assert.is(readSqueue(`1_0|${state}|x|None`)[0]!.end, 'no', state)
  for (const state of ['NODE_FAIL', 'OUT_OF_MEMORY', 'PREEMPTED', 'BOOT_FAIL', 'DEADLINE']) {
    assert.is(readSqueue(`1_0|${state}|x|None`)[0]!.end, 'yes', state)
  }
})

test('reads what sacct prints: the last of several turns, and no other task', () => {
  const text =
    '7_1|CANCELLED by 1000\n7_0|REQUEUED\n7_0|TIMEOUT\n7_0.batch|CANCELLED\n17_0|FAILED\n'
  assert.is(readSacct(text, '7', 0)!.state, 'TIMEOUT')
  assert.is(readSacct(text, '7', 1)!.end, 'cancelled')
})

test('a job that accounts have not heard of yet has not ended', () => {
  for (const text of ['', '7_1|CANCELLED by 1000\n']) {
    assert.equal(readSacct(text, '7', 0), {
      ...{ job: '7', index: 0, batch: '' },
      ...{ state: 'UNKNOWN', end: 'no' },
    })
  }
})

test.run()
