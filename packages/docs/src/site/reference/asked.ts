import { Writable } from 'node:stream'
import { main } from '@ashlar/cli'
import { DataError } from '@ashlar/errors'
import type { JsonSchema } from '@ashlar/plugins'

/** A plugin, as `ashlar plugins --json` lists it. */
export interface ListedPlugin {
  readonly kind: string
  readonly name: string
  readonly aliases: readonly string[]
  readonly description: string
  readonly owner: string
  /** Schemas by name of the option. */
  readonly options: Readonly<Record<string, JsonSchema>>
  readonly required: readonly string[]
}

/** The schema of experiments, as `ashlar schema --json` gives it. */
export async function askedSchema(): Promise<JsonSchema> {
  return (await ask('schema')) as JsonSchema
}

/** All plugins that come along. */
export async function askedPlugins(): Promise<readonly ListedPlugin[]> {
  return ((await ask('plugins')) as { plugins: readonly ListedPlugin[] }).plugins
}

/** What a command answers to machines: nothing but what a user would see goes into the reference. */
async function ask(command: string): Promise<unknown> {
  const stdout = new Kept()
  const stderr = new Kept()
  const terminal = { stdout, stderr } as unknown as NonNullable<Parameters<typeof main>[2]>
  const code = await main([command, '--json'], 'ashlar', terminal)
  if (code === 0) return JSON.parse(stdout.text)
  throw new DataError({ where: `ashlar ${command}`, expected: 'must answer', given: stderr.text })
}

class Kept extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}
