import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('package @ashlar/onnxruntime')

const require = createRequire(import.meta.url)
const { version, dependencies } = require('onnxruntime-node/package.json')

test('asks for the onnxruntime-common that its onnxruntime-node asks for', () => {
  const own = require('../package.json').dependencies
  assert.equal(own, { 'onnxruntime-common': dependencies['onnxruntime-common'] })
})

test('its README names the onnxruntime-node that it takes', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const named = [...readme.matchAll(/onnxruntime-node`?[ @](\d+\.\d+\.\d+)/g)].map(([, it]) => it)
  assert.equal(named, [version, version])
})

test.run()
