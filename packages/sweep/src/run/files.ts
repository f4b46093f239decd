/** Files of a sweep's folder, besides `sweep.json`. */
export const sweepFiles = {
  /** What was suggested and what came of it, one JSON object a line. */
  log: 'trials.jsonl',
  /** The table, as `--json` prints it. */
  results: 'results.json',
  /** The experiment of the best trial, for `ashlar run`. */
  best: 'best.yaml',
  report: 'report.html',
} as const
