/**
 * What a terminal would obey instead of showing: control characters, the eight-bit ones too, and marks that turn the direction of text. The names that
 * are printed come from files of anybody: they must not move the cursor, hide a line, or set the title of the window.
 */
const OBEYED = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u2028\u2029]/gu

/** The colours that are ours: bold, dim, and those of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one.
const OWN_COLOURS = /(\u001b\[(?:1|2|22|3[0-6]|39)m)/

/**
 * Text of lines that can be printed: what a terminal would obey is shown as an escape, but for ends of lines, tabs and our own colours.
 *
 * @param colours whether there are any of ours.
 */
export function visible(text: string, colours: boolean = false): string {
  const parts = colours ? text.split(OWN_COLOURS) : [text]
  return parts
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part.replace(OBEYED, (char) => (char === '\n' || char === '\t' ? char : escaped(char))),
    )
    .join('')
}

/** Text of one line: ends of lines are escapes, too. */
export function visibleCell(text: string): string {
  return visible(text, true).replace(/[\n\t]/g, escaped)
}

/** JSON that can be printed: it has no control characters but the eight-bit ones, for which it has escapes. */
export function visibleJson(json: string): string {
  return json.replace(OBEYED, (char) => (char === '\n' ? char : `\\u${code(char)}`))
}

function escaped(char: string): string {
  return char === '\n' ? '\\n' : char === '\t' ? '\\t' : `\\u${code(char)}`
}

function code(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(4, '0')
}
