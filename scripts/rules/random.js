import { judgeLines } from './workspace.js'

const PLACES = /^packages\/(graph|core|blocks|datasets)\/src\//

/** Replacing it, as in `Math.random = seeded`, is no use of it. */
const USE = /\bMath\.random\b(?!\s*=[^=])/

/**
 * Where numbers decide results, randomness comes from the seed.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function seededRandom({ files }) {
  return files
    .filter(({ path }) => PLACES.test(path))
    .flatMap((file) =>
      judgeLines(file, (line) =>
        USE.test(codeOf(line)) && !/\/\/ random: \S/.test(line)
          ? 'Math.random must be a generator made from the seed; a line that needs it says `// random: why`'
          : undefined,
      ),
    )
}

/**
 * The line without comments and quoted strings.
 *
 * @param {string} line
 */
function codeOf(line) {
  return line.replace(/(['"]).*?\1/g, '').replace(/\/\/.*|^\s*\/?\*.*/, '')
}
