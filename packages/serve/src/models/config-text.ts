import { checkConfig, type ModelConfig } from './config.ts'
import { parseTextFormat, type TextMessage, type TextValue } from './text-format.ts'

/** Fields that may be given more than once. */
const REPEATED = new Set([
  'input',
  'output',
  'dims',
  'instance_group',
  'preferred_batch_size',
  'versions',
  'model_warmup',
])

/** Fields that are maps, written as messages of `key` and `value`. */
const MAPS = new Set(['parameters', 'inputs'])

/**
 * Reads a config.pbtxt.
 *
 * @throws ConfigError that names the line or the field.
 */
export function parseConfig(where: string, text: string): ModelConfig {
  return checkConfig(where, plain(parseTextFormat(where, text)))
}

/** A message in the form that protobuf gives it as JSON. */
function plain(message: TextMessage): Record<string, unknown> {
  return Object.fromEntries(
    [...message].map(([name, values]) => {
      if (MAPS.has(name)) return [name, Object.fromEntries(values.map(entry))]
      if (REPEATED.has(name)) return [name, values.map(plainValue)]
      return [name, plainValue(values.at(-1)!)]
    }),
  )
}

function entry(value: TextValue): [string, unknown] {
  const fields = plainValue(value) as { key?: unknown; value?: unknown }
  return [String(fields.key), fields.value]
}

function plainValue(value: TextValue): unknown {
  if (value instanceof Map) return plain(value)
  if ('text' in value) return value.text
  const { word } = value as { word: string }
  if (word === 'true' || word === 'false') return word === 'true'
  const number = Number(word)
  return Number.isNaN(number) ? word : number
}
