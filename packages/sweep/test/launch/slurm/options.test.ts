import { instantiate } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slurmPlugin } from '../../../src/launch/slurm/slurm.ts'

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
      assert.throws(() => make({ [key]: value }), /./, `${key}=${JSON.stringify(value)}`)
    }
  }
})

test.run()
