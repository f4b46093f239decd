import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { contracts, type PluginUnderTest } from '@ashlar/core/testing'
import type { Registration } from '@ashlar/plugins'
import { sweepContracts } from '@ashlar/sweep/testing'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { builtInPlugins } from '../src/work/registry.ts'
import { exportersTakeNetworks } from './support/networks.ts'

const { test, slow } = tieredSuite('contracts of everything registered')
const all = { ...contracts, ...sweepContracts }
const registered = builtInPlugins().list()

interface Found extends PluginUnderTest {
  /** The tests of its package. */
  readonly folder: string
}

async function pluginsUnderTest(): Promise<Found[]> {
  const script = fileURLToPath(new URL('support/plugins-under-test.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, script], {
    maxBuffer: 2 ** 24,
  })
  return JSON.parse(stdout.slice(stdout.indexOf('[{'))) as Found[]
}

test('no plugin is without the suite of its kind', async () => {
  const found = await pluginsUnderTest()
  assert.equal(untested(registered, found), [], 'give these to testPlugins in their package')
  // One that nobody has heard of is noticed, as is one whose suite was left out.
  const plugin = { ...registered[0]!.plugin, name: 'nobody' }
  assert.equal(untested([{ plugin, owner: 'x' }], found), [`${plugin.kind} nobody of x`])
  assert.is(untested(registered, []).length, registered.length)
})

function untested(
  registrations: readonly Pick<Registration, 'plugin' | 'owner'>[],
  found: readonly Found[],
): string[] {
  const without = registrations.filter(({ plugin: { kind, name } }) => {
    const given = found.filter((each) => each.kind === kind && each.name === name)
    const isChecked = given.some(({ checks }) => checks.length === all[kind]!.checks.length)
    return !isChecked && !given.some(isTestedElsewhere)
  })
  return without.map(({ plugin, owner }) => `${plugin.kind} ${plugin.name} of ${owner}`)
}

/** It says in which files, and they are there. */
function isTestedElsewhere({ elsewhere = '', folder }: Found): boolean {
  const files = elsewhere.match(/\S+\.test\.ts/g) ?? []
  return files.length > 0 && files.every((file) => existsSync(join(folder, file)))
}

exportersTakeNetworks(oneIn(16, { test, slow }), { deep: false })

test.run()
