import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import { exportersTakeNetworks } from '../support/networks.ts'

const test = suite('exporters of deep networks')

exportersTakeNetworks(sampled(3, test), { deep: true })

test.run()
