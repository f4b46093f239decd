// Runs a part of the suite in a process of its own; the parent is run-suite.ts.
import { createRequire } from 'node:module'
import type { Report, Settings, SpecResult } from './messages.ts'

interface Spec {
  readonly fullName: string
  readonly status: string
  readonly failedExpectations: readonly { readonly message: string; readonly stack: string }[]
}

interface Suite {
  readonly id: string
  readonly children: readonly Suite[]
}

interface Jasmine {
  getEnv(): {
    configure(options: object): void
    addReporter(reporter: object): void
    execute(ids: readonly string[]): void
    topSuite(): Suite
  }
}

const require = createRequire(import.meta.url)
const settings = JSON.parse(process.argv[2]!) as Settings
const core = require('jasmine-core') as { boot(core: unknown): Jasmine }
const env = core.boot(core).getEnv()

// jasmine's `describe` and `it` are global by now, as the tests want them.
const { tally } = require(settings.suite) as { tally(): Record<string, number> }

const specs: SpecResult[] = []

env.configure({
  random: false,
  specFilter: (spec: { getFullName(): string }) =>
    settings.grep === undefined || spec.getFullName().includes(settings.grep),
})
env.addReporter({
  specDone: ({ fullName, status, failedExpectations }: Spec) => {
    if (status !== 'passed' && status !== 'failed') return
    const failures = failedExpectations.map(({ message, stack }) => `${message}\n${stack}`)
    specs.push({ name: fullName, status, failures })
  },
  jasmineDone: () => {
    const report: Report = { specs, tally: tally() }
    process.send!(report, undefined, {}, () => process.exit(0))
  },
})
const { index, of } = settings.shard
const suites = env.topSuite().children.filter((_, at) => at % of === index)
env.execute(suites.map(({ id }) => id))
