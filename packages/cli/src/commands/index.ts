import { addClient } from './client.ts'
import type { AddCommand } from './command.ts'
import { addCompare } from './compare.ts'
import { addConfig } from './config.ts'
import { addConvert } from './convert.ts'
import { addDoctor } from './doctor.ts'
import { addEvaluate } from './evaluate.ts'
import { addExplain } from './explain.ts'
import { addExport } from './export.ts'
import { addGenerate } from './generate.ts'
import { addLrFind } from './lr-find.ts'
import { addNative } from './native.ts'
import { addNew } from './new.ts'
import { addOverfit } from './overfit.ts'
import { addPlugins } from './plugins.ts'
import { addPredict } from './predict.ts'
import { addReplay } from './replay.ts'
import { addReport } from './report.ts'
import { addRun } from './run.ts'
import { addRuns } from './runs.ts'
import { addSchema } from './schema.ts'
import { addServe } from './serve.ts'
import { addSummary } from './summary.ts'
import { addSweep } from './sweep.ts'
import { addTag } from './tag.ts'
import { addTrain } from './train.ts'
import { addTrial } from './trial.ts'
import { addUi } from './ui.ts'
import { addVerify } from './verify.ts'
import { addWorker } from './worker.ts'

/** All commands, in the order of the help. */
export const commands: readonly AddCommand[] = [
  addRun,
  addTrain,
  addSweep,
  addWorker,
  addTrial,
  addEvaluate,
  addPredict,
  addGenerate,
  addExport,
  addVerify,
  addReplay,
  addConvert,
  addServe,
  addClient,
  addReport,
  addRuns,
  addUi,
  addCompare,
  addTag,
  addSummary,
  addExplain,
  addLrFind,
  addOverfit,
  addPlugins,
  addConfig,
  addSchema,
  addNew,
  addNative,
  addDoctor,
]
