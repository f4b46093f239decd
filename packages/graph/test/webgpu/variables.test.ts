import { findVulkan, NO_ADAPTER, runChild } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('variables on WebGPU')

const vulkan = findVulkan()
test.after(vulkan.remove)

const program = new URL('./variables.program.ts', import.meta.url)

test('stay on the device, and are what the CPU has whenever somebody looks', async () => {
  const [cpu, gpu] = [
    await runChild(program, { args: ['cpu'] }),
    await runChild(program, { args: ['webgpu'], env: vulkan.env }),
  ]
  if (gpu.code !== 0 && NO_ADAPTER.test(gpu.err)) {
    process.stdout.write('skipped: no WebGPU here\n')
    return
  }
  assert.is(gpu.code, 0, gpu.err)
  type Seen = [string, ...number[]][]
  const [expected, found] = [cpu, gpu].map(({ out }) => JSON.parse(out) as Seen) as [Seen, Seen]
  assert.ok(expected.length > 20, 'all was seen')
  assert.equal(
    found.map(([what]) => what),
    expected.map(([what]) => what),
  )
  for (const [index, [what, ...numbers]] of expected.entries()) {
    for (const [at, number] of numbers.entries()) {
      const own = found[index]![at + 1] as number
      const said = `${index}, ${what}: ${found[index]} against ${numbers}`
      assert.ok(Math.abs(own - number) <= 1e-5 * Math.max(1, Math.abs(number)), said)
    }
  }
})

test.run()
