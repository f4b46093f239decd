/** Where what is said of an example stands, if there is no room beside it. */
const BELOW = ' '.repeat(6)

/** A command to type, and what is said of it. */
const EXAMPLE = /^( {2}\$ .*?\S) {2,}(\S.*)$/

/**
 * Help as it fits into a window: what is said of an example that is too long comes below it, and prose is broken at words anew. Commands stay whole, so that they can be copied.
 *
 * @param columns of the window.
 */
export function fitHelp(text: string, columns: number): string {
  const fitted: string[] = []
  let prose: string[] = []
  const end = () => {
    if (prose.length > 0) fitted.push(...wrap(prose.join(' '), columns))
    prose = []
  }
  for (const line of text.split('\n')) {
    const isProse = /^\S/.test(line)
    if (prose.length > 0 && isProse) prose.push(line)
    else {
      end()
      if (line.length <= columns) fitted.push(line)
      else if (isProse) prose.push(line)
      else fitted.push(line.replace(EXAMPLE, `$1\n${BELOW}$2`))
    }
    // What comes behind the end of a sentence has a line of its own.
    if (/[.:]$/.test(line)) end()
  }
  end()
  return fitted.join('\n')
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines
}
