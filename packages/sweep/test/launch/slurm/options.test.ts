import { instantiate } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import '../../../src/launch/launcher.ts'
import { secondsOf, slurmPlugin } from '../../../src/launch/slurm/slurm.ts'

const test = suite('options of Slurm')

const make = (options: object) => instantiate(slurmPlugin, options as never, { seed: 0 })

test('takes what sbatch takes', () => {
  for (const options of [
    {},
    { partition: 'short,long', account: 'a-b_c', qos: 'normal', constraint: 'avx512&ib|[rack1*2]' },
    { time: 90, memory: 4096 },
    { time: '1-12:30:00', memory: '4G', gres: 'gpu:a100:1' },
    { time: '30:00' },
  ]) {
    assert.is(make(options).name, 'slurm')
  }
})

test('refuses what could be read as something else', () => {
  for (const [key, values] of Object.entries({
    partition: ['', '--wrap=x', '-p', 'a b', 'a\nb', '$(id)', '`id`', 'a;b', '%j', "a'b"],
    account: ['../x y', ' a'],
    gres: ['gpu:1 --wrap=id'],
    time: ['', '1h', '-1', '2:00:00 x', 0, -5, 1.5],
    memory: ['4GB', '-4G', '4 G', 0],
    grace: [0, 1.5],
    interval: [0],
    array: [0],
    reservation: ['x'],
  })) {
    for (const value of values) {
      assert.throws(
        () => make({ [key]: value }),
        new RegExp(key),
        `${key}=${JSON.stringify(value)}`,
      )
    }
  }
})

test('reads limits of time as Slurm does', () => {
  for (const [time, seconds] of [
    [90, 5400],
    ['90', 5400],
    ['1:30', 90],
    ['2:00:05', 7205],
    ['1-12', 129_600],
    ['1-12:30', 131_400],
    ['0-0:0:7', 7],
  ] as const) {
    assert.is(secondsOf(time), seconds, String(time))
  }
})

test('refuses a time that is up at once', async () => {
  for (const options of [{ time: 1 }, { time: '1:59' }, { time: 5, grace: 200 }]) {
    const opened = make(options).open({ folder: '/x', sweep: 's' } as never)
    const error = await opened.catch((each: Error) => each)
    assert.match((error as Error).message, /time must be at least twice the \d+ seconds of grace/)
  }
})

test.run()
