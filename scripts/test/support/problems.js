import { describe, workspaceOf } from '../../rules/workspace.js'

/**
 * What a rule says of a workspace made of these texts, each problem as one line.
 *
 * @param {(workspace: import('../../rules/workspace.js').Workspace) => import('../../rules/workspace.js').Problem[]} rule
 * @param {Record<string, string | object>} files path to content; objects become JSON.
 */
export function problemsOf(rule, files) {
  const texts = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === 'string' ? content : JSON.stringify(content),
  ])
  return rule(workspaceOf(Object.fromEntries(texts))).map(describe)
}
