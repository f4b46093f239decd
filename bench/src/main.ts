import { parseArgs } from 'node:util'
import { AshlarError } from '@ashlar/errors'
import type { Bench } from './bench.ts'
import { benches } from './benches.ts'

process.exitCode = await main(process.argv.slice(2))

async function main([name, ...rest]: readonly string[]): Promise<number> {
  const bench = benches.find((each) => each.name === name)
  if (bench === undefined || rest.includes('--help')) {
    console.log(usage(bench))
    return name === undefined || name === '--help' || bench !== undefined ? 0 : 2
  }
  try {
    const { values } = parseArgs({ args: [...rest], options: bench.flags })
    await bench.run(values as Record<string, string | boolean | undefined>)
    return 0
  } catch (error) {
    const isUsage = error instanceof TypeError && 'code' in error
    if (!isUsage && !(error instanceof AshlarError)) throw error
    console.error(error.message)
    return isUsage ? 2 : 1
  }
}

function usage(bench: Bench | undefined): string {
  if (bench !== undefined) {
    return [`pnpm bench ${bench.name}: ${bench.description}`, '', ...bench.help].join('\n')
  }
  const lines = benches.map((each) => `  pnpm bench ${each.name}  ${each.description}`)
  return [...lines, '', 'pnpm bench NAME --help says what can be chosen.'].join('\n')
}
