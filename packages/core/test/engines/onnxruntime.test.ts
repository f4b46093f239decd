import { createRequire } from 'node:module'
import { ConfigError } from '@ashlar/errors'
import { missingLibrary, offeredProviders } from '@ashlar/graph'
import { check } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { onnxruntimePlugin } from '../../src/engines/onnxruntime.ts'

const test = suite('options of the engine onnxruntime')

function refusalOf(providers: readonly string[]): string {
  try {
    check(onnxruntimePlugin.options, { providers }, 'engine')
    return ''
  } catch (error) {
    assert.instance(error, ConfigError)
    return (error as Error).message
  }
}

test('a provider that this system has not is refused with those that it has', () => {
  assert.is(refusalOf(['cpu']), '')
  assert.match(
    refusalOf(['cpu', 'nonsense']),
    `must be an execution provider that onnxruntime-node has on this system: ${offeredProviders().join(', ')}`,
  )
})

test('one whose libraries are not installed is refused with the file and the command that fetches it', () => {
  const require = createRequire(import.meta.resolve('@ashlar/graph'))
  const { version } = require('onnxruntime-node/package.json')
  for (const provider of offeredProviders()) {
    const file = missingLibrary(provider)
    const refusal = refusalOf([provider])
    if (file === undefined) assert.is(refusal, '')
    else {
      assert.match(
        refusal,
        `must be an execution provider whose libraries are installed (${file} is not there; npm install onnxruntime-node@${version} --onnxruntime-node-install=cuda12 fetches it), or left out for the CPU`,
      )
    }
  }
})

test.run()
