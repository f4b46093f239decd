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

/**
 * Leaves out of a bundle what sets names that functions have without it. esbuild sets the name of each function and class again, so that none has another one where two of a name meet in a
 * file; that takes longer than what most of the functions do that are made in others, each time they are made. Classes keep their names, and so do functions that were renamed. Lines stay where they are, and
 * nearly all columns.
 *
 * @param {string} text of a bundle.
 */
export function withoutSetNames(text) {
  const blank = ' '.repeat(WRAPPER.length)
  let [before, after] = ['', text.replace(DECLARED, '').replace(ON_A_LINE, `$1${blank}$3;`)]
  // Those that are made in others are found when the others are done.
  while (after !== before) {
    before = after
    after = before.replace(ON_LINES, `$1$2${blank}$4;`)
  }
  return after.replace(
    HELPER,
    'var __name = (target, value) => target.prototype === void 0 || target.name === value ? target : $1;',
  )
}
