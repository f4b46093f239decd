// `trial`, with the plugins of the tests.
import { runTrialCommand } from '../../src/testing/trial-command.ts'
import { TRAINING } from './sweep.ts'

await runTrialCommand(TRAINING)
