import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

let count = 0

/** Runs TypeScript code as a file of this package, in a process of its own; what it prints comes back. */
export async function runFile(code: string): Promise<string> {
  const name = `../../.cache/run-${process.pid}-${count++}`
  const folder = fileURLToPath(new URL(name, import.meta.url))
  const file = `${folder}/example.ts`
  await mkdir(folder, { recursive: true })
  try {
    await writeFile(file, code)
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, file])
    return stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}
