import { marked, type Tokens } from 'marked'

/** What a guide does, in its order. */
export type Step =
  /** A file that the reader is told to write. */
  | { readonly kind: 'file'; readonly line: number; readonly path: string; readonly text: string }
  /** A program that the reader is told to run. */
  | { readonly kind: 'program'; readonly line: number; readonly text: string }
  /** `npx ashlar` commands, one a line; `ashlar` here. */
  | { readonly kind: 'commands'; readonly line: number; readonly commands: readonly string[] }

/**
 * The code of a guide in Markdown. A fence says in its info string what it is:
 *
 * - ` ```ts file=model.ts ` (or any other language with `file=`): a file beside the following ones.
 * - ` ```ts ` alone: a program.
 * - ` ```sh `: commands, of which those that begin with `npx ashlar` are run.
 * - anything else, such as ` ```console `, is only shown.
 */
export function readGuide(markdown: string): Step[] {
  const steps: Step[] = []
  let offset = 0
  for (const token of marked.lexer(markdown)) {
    const line = markdown.slice(0, offset).split('\n').length
    offset += token.raw.length
    if (token.type === 'code') steps.push(...stepsOf(token as Tokens.Code, line))
  }
  return steps
}

function stepsOf({ lang = '', text }: Tokens.Code, line: number): Step[] {
  const [language, ...words] = lang.split(' ')
  const path = words.find((word) => word.startsWith('file='))?.slice('file='.length)
  if (path !== undefined) return [{ kind: 'file', line, path, text: `${text}\n` }]
  if (language === 'ts') return [{ kind: 'program', line, text }]
  if (language !== 'sh') return []
  const commands = text
    .split('\n')
    .map((each) => each.replace(/\s+#.*$/, '').trim())
    .filter((each) => each.startsWith('npx ashlar '))
    .map((each) => each.slice('npx '.length))
  return commands.length === 0 ? [] : [{ kind: 'commands', line, commands }]
}
