/**
 * uvu is silent about a suite that is never run, and `.only` leaves out the rest.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function testFiles({ files }) {
  return files
    .filter(({ path }) => /(^|\/)test\/.*\.test\.(ts|js)$/.test(path))
    .flatMap(({ path, text }) => {
      const suites = [...text.matchAll(/^const (\w+) = suite\b/gm)].map(([, name]) => name)
      if (/^const .* = tieredSuite\(/m.test(text)) suites.push('test')
      return [
        ...(/\.run\(\)\s*$/.test(text) ? [] : ['the last line must be a .run()']),
        ...suites
          .filter((name) => !new RegExp(`^\\s*${name}\\.run\\(\\)`, 'm').test(text))
          .map((name) => `the suite ${name} must be run: ${name}.run()`),
        ...(/^\s*\w+\.only\(/m.test(text) ? ['.only leaves out the other tests'] : []),
      ].map((problem) => ({ path, text: problem }))
    })
}
