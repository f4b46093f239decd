import { suite } from 'uvu'
import { exportersTakeNetworks } from '../support/networks.ts'

const test = suite('exporters of deep networks')

exportersTakeNetworks(test, { deep: true })

test.run()
