/** What esbuild writes around a function that its options tell it to keep the name of. */
const WRAPPER = '/* @__PURE__ */ __name('

/** How esbuild writes what sets a name. */
const HELPER = /^var __name = \(target, value\) => (__defProp\(target, "name", .*\));$/m

/** A function of the name that it has anyway. */
const DECLARED = /^[ \t]*__name\((\w+), "\1"\);$/gm

/** A function that is given to a variable of its name, on a line. */
const ON_A_LINE = /^([ \t]*(?:const|let|var) (\w+) = )\/\* @__PURE__ \*\/ __name\((.*), "\2"\);$/gm

/** The same over several lines: the last one has the indentation of the first, and no line between has it with a brace. */
const ON_LINES =
  /^([ \t]*)((?:const|let|var) (\w+) = )\/\* @__PURE__ \*\/ __name\((.*\{\n(?:(?!\1\}).*\n)*\1\}), "\3"\);$/gm

/** A function that is a property or a field of a class, on a line. */
const MEMBER_ON_A_LINE =
  /^([ \t]*(?:static )?(\w+)(?::| =) )\/\* @__PURE__ \*\/ __name\((.*), "\2"\)([,;]?)$/gm

/** The same over several lines. */
const MEMBER_ON_LINES =
  /^([ \t]*)((?:static )?(\w+)(?::| =) )\/\* @__PURE__ \*\/ __name\((.*\{\n(?:(?!\1\}).*\n)*\1\}), "\3"\)([,;]?)$/gm

/**
 * Whether a text is one expression, and no end of one with the beginning of another. Brackets in strings count as well: then what sets the name may stay.
 *
 * @param {string} text
 */
function isWhole(text) {
  let depth = 0
  for (const each of text) {
    if ('([{'.includes(each)) depth++
    if (')]}'.includes(each) && --depth < 0) return false
  }
  return depth === 0
}

/**
 * Leaves out of a bundle what sets names that functions have without it. esbuild sets the name of each function and class again, so that none has another one where two of a name meet in a
 * file; that takes longer than what most of the functions do that are made in others, each time they are made. It is left out of functions that are declared, and of those that are the value of a variable, a
 * property or a field of their name; all others, such as classes, functions that were renamed and arrow functions that a module exports by default, have it set. Lines stay where they are, and nearly all columns.
 *
 * @param {string} text of a bundle.
 */
export function withoutSetNames(text) {
  const blank = ' '.repeat(WRAPPER.length)
  const onLines = text
    .replace(DECLARED, '')
    .replace(ON_A_LINE, `$1${blank}$3;`)
    .replace(MEMBER_ON_A_LINE, (all, start, _, value, end) =>
      isWhole(value) ? start + blank + value + end : all,
    )
  let [before, after] = ['', onLines]
  // Those that are made in others are found when the others are done.
  while (after !== before) {
    before = after
    after = before
      .replace(ON_LINES, `$1$2${blank}$4;`)
      .replace(MEMBER_ON_LINES, (all, indent, start, _, value, end) =>
        isWhole(value) ? indent + start + blank + value + end : all,
      )
  }
  return after.replace(
    HELPER,
    'var __name = (target, value) => target.name === value ? target : $1;',
  )
}
