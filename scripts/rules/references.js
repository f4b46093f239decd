/**
 * `tsc -b` builds a package after those that it uses: the references of its tsconfig.json say which, and the root's say all.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function references({ files, packages }) {
  const atRoot = new Set(referencesOf(files, 'tsconfig.json'))
  return packages.flatMap(({ folder, manifest, files: own }) => {
    if (!own.some(({ path }) => path.startsWith(`${folder}/src/`) && path.endsWith('.ts')))
      return []
    const path = `${folder}/tsconfig.json`
    const listed = referencesOf(own, path)
    const used = Object.keys(manifest.dependencies ?? {})
      .filter((name) => name.startsWith('@ashlar/'))
      .map((name) => `packages/${name.slice('@ashlar/'.length)}`)
    return [
      ...used
        .filter((other) => !listed.includes(other))
        .map((other) => ({ path, text: `references must have ${other}, which the package uses` })),
      ...(atRoot.has(folder)
        ? []
        : [{ path: 'tsconfig.json', text: `references must have ${folder}` }]),
    ]
  })
}

/**
 * @param {import('./workspace.js').SourceFile[]} files
 * @param {string} path of a tsconfig.json.
 * @returns {string[]} folders from the workspace's root.
 */
function referencesOf(files, path) {
  const text = files.find((file) => file.path === path)?.text
  if (text === undefined) return []
  const folder = new URL(path, 'file:///')
  return (JSON.parse(text).references ?? []).map((/** @type {{ path: string }} */ reference) =>
    new URL(reference.path, folder).pathname.slice(1),
  )
}
