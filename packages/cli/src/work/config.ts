import { resolve } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { experimentJsonSchema, toYaml } from '@ashlar/experiment'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { noticeAsked } from './looked-at.ts'
import { optionTypes } from './option-types.ts'
import { builtInPlugins } from './registry.ts'
import { resolveTarget, type TargetOptions } from './target.ts'

/** Shows an experiment with every default filled in. */
export async function showConfig(
  target: string,
  options: TargetOptions,
  output: Output,
): Promise<void> {
  // Shown, and nothing else: what came from elsewhere does nothing.
  const { experiment, asked } = await resolveTarget(target, { ...options, look: true })
  if (asked !== undefined && asked.actions.length > 0) noticeAsked(target, asked, output)
  output.line(toYaml(experiment).trimEnd())
  output.result(experiment)
}

/** What to write for editors. */
export interface SchemaRequest {
  /** An experiment whose own plugins are to be in it. */
  readonly target: string | undefined
  /** TypeScript instead of JSON Schema. */
  readonly types: boolean
  /** The file to write; by default stdout. */
  readonly file: string | undefined
}

/** Writes what editors know experiments by. */
export async function writeSchema(
  { target, types, file }: SchemaRequest,
  options: TargetOptions,
  output: Output,
): Promise<void> {
  const registry =
    target === undefined
      ? builtInPlugins()
      : (await resolveTarget(target, { ...options, parts: [] })).registry
  const schema = experimentJsonSchema(registry)
  const text = types ? optionTypes(registry.list()) : `${JSON.stringify(schema, null, 2)}\n`
  if (file === undefined) {
    output.line(text.trimEnd())
    output.result(types ? { types: text } : schema)
    return
  }
  const path = resolve(file)
  await writeFileSafely(path, text)
  output.line(`wrote ${formatPath(path)}`)
  if (!types) {
    output.line('For editors, the first line of an experiment:')
    output.line(`  # yaml-language-server: $schema=${formatPath(path)}`)
  }
  output.result({ file: path })
}
