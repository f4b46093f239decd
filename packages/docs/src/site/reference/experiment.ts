import type { JsonSchema } from '@ashlar/plugins'
import { code, type Page } from '../page.ts'
import { type KindLink, optionsTable, prose, typeInWords } from './options.ts'

/** The keys of an experiment, one after the other, made from its schema. */
export function experimentPage({ properties = {}, required = [] }: JsonSchema): Page {
  const link: KindLink = (kind) => `./plugins/${kind}`
  const parts = Object.entries(properties)
    .filter(([key]) => key !== '$schema')
    .map(([key, schema]) => keyPart(key, schema, required.includes(key), link))
  const text = `# Keys of an experiment

Every key that an experiment may have, as \`ashlar schema\` gives them to editors. On the command line an override is the path of a key, joined by dots:
\`npx ashlar run my-experiment.yaml optimizer.learningRate=0.01\`.

${parts.join('\n\n')}
`
  return { path: 'reference/experiment.md', title: 'Keys of an experiment', text }
}

function keyPart(key: string, schema: JsonSchema, isRequired: boolean, link: KindLink): string {
  const { default: fallback, description = '' } = schema
  const lines = [
    `## ${key}`,
    prose(description),
    `Must be ${typeOf(key, schema, link)}.${endOf(fallback, isRequired)}`,
  ]
  // Each callback by its key: they have pages of their own.
  if (key !== 'callbacks' && schema.properties !== undefined) lines.push(optionsTable(schema, link))
  return lines.filter((line) => line !== '').join('\n\n')
}

function typeOf(key: string, schema: JsonSchema, link: KindLink): string {
  if (key === 'callbacks') {
    return `a mapping whose keys name [callbacks](${link('callback')}), with the options of each`
  }
  return typeInWords(schema, link)
}

function endOf(fallback: unknown, isRequired: boolean): string {
  if (fallback !== undefined) return ` Default: ${code(JSON.stringify(fallback))}.`
  return isRequired ? ' Required.' : ''
}
