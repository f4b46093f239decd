import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { type Machine, vectorsIn } from './machine.ts'
import type { Row } from './row.ts'
import { tableOf } from './table.ts'

/** What is kept of one measurement. */
export interface Result {
  /** Date, without the hour. */
  readonly date: string
  readonly machine: Machine
  /** What was typed. */
  readonly command: string
  /** Versions by engine. */
  readonly versions: Readonly<Record<string, string>>
  /** Engines that were not measured, and why. */
  readonly missing: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

/**
 * Keeps a result as `FOLDER/BENCH/NAME.json` and writes the tables of all that the folder holds to `FOLDER/BENCH.md`.
 *
 * @param name one result of that name is kept, the latest.
 */
export async function keepResult(
  folder: string,
  [bench, name]: readonly [bench: string, name: string],
  result: Result,
): Promise<void> {
  const own = join(folder, bench)
  await mkdir(own, { recursive: true })
  await writeFileSafely(join(own, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
  const files = (await readdir(own)).filter((file) => file.endsWith('.json')).sort()
  const results = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(join(own, file), 'utf8')) as Result),
  )
  await writeFileSafely(join(folder, `${bench}.md`), pageOf(bench, results))
}

/** The Markdown page of a bench's results. */
export function pageOf(bench: string, results: readonly Result[]): string {
  const parts = results.map(({ date, machine, command, versions, missing, rows }) => {
    const { cpu, cores, memoryGiB, system, node } = machine
    const lines = [
      tableOf(rows),
      '',
      `\`${command}\`, ${date}, ${cpu}${vectorsIn(machine)}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}.`,
      `Versions: ${Object.entries(versions)
        .map(([engine, version]) => `${engine}: ${version}`)
        .join('; ')}.`,
      ...Object.entries(missing).map(([engine, reason]) => `Not measured: ${engine}, ${reason}.`),
    ]
    return lines.join('\n')
  })
  const intro =
    '`ours x 1.30` means that Ashlar did 1.30 times as much: the median of the ratios of each round.\nBrackets hold the slowest and fastest round.'
  return `# pnpm bench ${bench}\n\n${intro}\n\n${parts.join('\n\n')}\n`
}
