/**
 * What is computed in other forms when `ASHLAR_FORMS` is `portable`: tests that train, or that compile a graph without saying for what target. The rest says
 * its target (the op table is tried in both), or computes nothing. Named as in the arguments of scripts/test.js.
 */
export const PORTABLE = [
  'graph/capture/recurrent',
  'graph/ops/random',
  'graph/passes/in-place-updates',
  'graph/passes/update-views',
  'graph/plan/',
  'graph/run/',
  'core/core-plugins',
  'core/engines/',
  'core/network/',
  'core/training/',
  'blocks',
  'import',
  'cli/commands/run.',
]
