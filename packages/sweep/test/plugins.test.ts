import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import { sweepPlugins } from '../src/index.ts'
import { sweepContracts } from '../src/testing/index.ts'

const test = suite('contracts of suggesters, schedulers and launchers')

testPlugins(
  test,
  sweepPlugins,
  {
    suggester: { tpe: { elsewhere: 'in peers/tpe.test.ts: it needs Optuna' } },
    launcher: {
      bullmq: { elsewhere: 'in peers/redis.test.ts: it needs Redis' },
      slurm: { elsewhere: 'in peers/slurm.test.ts: it needs Slurm' },
      kubernetes: { elsewhere: 'in slow/kubernetes.test.ts: it needs a cluster' },
      local: { options: { workers: 1 } },
    },
  },
  { contracts: sweepContracts },
)

test.run()
