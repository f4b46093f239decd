import { accuracyBench } from './accuracy/bench.ts'
import { backendBench } from './backend/bench.ts'
import type { Bench } from './bench.ts'
import { exportBench } from './export/bench.ts'
import { predictBench } from './predict/bench.ts'
import { safeguardsBench } from './safeguards/bench.ts'
import { serveBench } from './serve/bench.ts'
import { streamsBench } from './streams/bench.ts'
import { trainBench } from './train/bench.ts'

/** All benches; the only list of them. */
export const benches: readonly Bench[] = [
  trainBench,
  accuracyBench,
  safeguardsBench,
  serveBench,
  exportBench,
  backendBench,
  streamsBench,
  predictBench,
]
