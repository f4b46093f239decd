import { isName, isSign, tokensOf } from './tokens.js'

/**
 * @typedef {object} Specifier What a file names to be loaded, or to take types from.
 * @property {string} text `@ashlar/core`, `./model.ts`.
 * @property {number} line counted from 1.
 * @property {'import' | 'file' | 'resolve'} use imported; a file beside the module, as in `new URL('…', import.meta.url)`; or only looked up by name.
 * @property {boolean} whole whether it is written out; otherwise `text` is how it begins.
 */

/** @typedef {import('./tokens.js').Token} Token */

/** Files that hold code. */
export const CODE = /\.[cm]?[jt]sx?$/

/**
 * All that a file of code imports, in whatever way and over however many lines; of a Markdown file, what its TypeScript and JavaScript imports.
 *
 * @param {import('./workspace.js').SourceFile} file
 * @returns {Specifier[]}
 */
export function specifiersOf({ path, text }) {
  if (path.endsWith('.md')) {
    return fencesOf(text).flatMap(({ code, from }) =>
      specifiersOf({ path: 'fence.ts', text: code }).map((each) => ({
        ...each,
        line: each.line + from,
      })),
    )
  }
  const tokens = tokensOf(text)
  const code = tokens.filter(({ kind }) => kind !== 'comment')
  const inComments = tokens
    .filter(({ kind }) => kind === 'comment')
    .flatMap((comment) => commented(comment, /\.[cm]?jsx?$/.test(path)))
  return [...code.flatMap((_, index) => namedAt(code, index)), ...inComments]
}

/**
 * What is named by a string, by what stands around it.
 *
 * @param {readonly Token[]} code
 * @param {number} index
 * @returns {Specifier[]}
 */
function namedAt(code, index) {
  const token = /** @type {Token} */ (code[index])
  if (token.kind !== 'string' && token.kind !== 'part') return []
  const [before, second, third] = [code[index - 1], code[index - 2], code[index - 3]]
  const { text, line } = token
  const isPart = token.kind === 'part' || isSign(code[index + 1], '+')
  /** @param {Specifier['use']} use */
  const found = (use) => [{ text, line, use, whole: !isPart }]
  // import '…', import … from '…', export … from '…'
  if ((isName(before, 'import') || isName(before, 'from')) && !isSign(second, '.')) {
    return found('import')
  }
  // declare module '…'
  if (isName(before, 'module') && isName(second, 'declare')) return found('import')
  if (!isSign(before, '(')) return []
  // import('…'), and require('…') as in `import x = require('…')`
  const isCall = isName(second, 'import') || isName(second, 'require')
  if (isCall && !isSign(third, '.')) return found('import')
  // import.meta.resolve('…'), require.resolve('…')
  if (isName(second, 'resolve')) return found('resolve')
  // new URL('…', import.meta.url), register('…', import.meta.url)
  const beside = code.slice(index + 1, index + 5)
  const isBeside =
    isSign(beside[0], ',') && isName(beside[1], 'import') && isName(beside[3], 'meta')
  if (!isBeside) return []
  return found(isName(second, 'URL') && isName(third, 'new') ? 'file' : 'import')
}

/**
 * Types that comments of JavaScript import, and references of TypeScript.
 *
 * @param {Token} comment
 * @param {boolean} isJavaScript
 * @returns {Specifier[]}
 */
function commented({ text, line }, isJavaScript) {
  /** @param {RegExp} pattern */
  const all = (pattern) =>
    [...text.matchAll(pattern)].map((match) => ({
      text: /** @type {string} */ (match[1]),
      line: line + text.slice(0, match.index + match[0].length).split('\n').length - 1,
      use: /** @type {const} */ ('import'),
      whole: true,
    }))
  if (text.startsWith('///')) {
    const paths = all(/<reference\s+path\s*=\s*['"]([^'"]+)['"]/g)
    return [
      ...paths.map((each) => ({ ...each, text: each.text.replace(/^(?!\.{0,2}\/)/, './') })),
      ...all(/<reference\s+types\s*=\s*['"]([^'"]+)['"]/g),
    ]
  }
  if (!isJavaScript || !text.startsWith('/**')) return []
  return [
    ...all(/\bimport\s*\(\s*['"]([^'"]+)['"]/g),
    ...all(/@import\b[^'"@]*\bfrom\s*['"]([^'"]+)['"]/g),
  ]
}

/**
 * The code in a Markdown file, each listing by itself.
 *
 * @param {string} text
 * @returns {{ code: string, from: number }[]} with the number of lines before it.
 */
function fencesOf(text) {
  const listings = text.matchAll(
    /^([ \t]*)(`{3,}|~{3,})(\w*)[^\n]*\n([\s\S]*?)^[ \t]*\2[ \t]*(?:\n|$)/gm,
  )
  return [...listings].flatMap(({ index, 3: language, 4: code }) => {
    if (!/^([cm]?[jt]sx?|typescript|javascript)$/.test(language ?? '')) return []
    return { code: code ?? '', from: text.slice(0, index).split('\n').length }
  })
}
