import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Test } from 'uvu'
import { freePort } from './free-port.ts'
import { SlurmAccounts } from './slurm-accounts.ts'

const run = promisify(execFile)

const CLUSTER = 'tests'

/** Debian has what only an administrator starts where others do not look. */
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'sinfo']

/** Those of its accounts. */
const ACCOUNTS = ['slurmdbd', 'sacct', 'mariadb-install-db', 'mariadbd']

/** Whether programs are here. Most of Slurm's do nothing, not even tell their version, without one that runs. */
function hasAll(programs: readonly string[]): boolean {
  const folders = PATH.split(':')
  return programs.every((each) => folders.some((folder) => existsSync(join(folder, each))))
}

/** How a Slurm of a test is. */
export interface SlurmOptions {
  /** Whether it keeps accounts of jobs, in a database of its own. */
  readonly accounts?: boolean
  /** Lines of its configuration. */
  readonly settings?: Readonly<Record<string, string | number>>
}

/** A Slurm of the test's own: a controller and one node of two processors, this machine. */
export class Slurm {
  readonly folder: string
  readonly #children = new Map<string, ChildProcess>()

  constructor(folder: string) {
    this.folder = folder
  }

  /** Where its programs find it. */
  get config(): string {
    return join(this.folder, 'slurm.conf')
  }

  async start({ accounts = false, settings = {} }: SlurmOptions = {}): Promise<void> {
    for (const name of ['state', 'spool', 'munge', 'run']) await mkdir(join(this.folder, name))
    // Whoever sends a message proves who he is by a socket that all may reach.
    for (const name of ['', 'run']) await chmod(join(this.folder, name), 0o711)
    await chmod(join(this.folder, 'munge'), 0o700)
    await writeFile(join(this.folder, 'munge', 'key'), randomBytes(128), { mode: 0o600 })
    const book = accounts ? new SlurmAccounts(this.folder, this.#socket) : undefined
    await writeFile(this.config, await this.#settings({ ...(await book?.write()), ...settings }))
    this.#spawn('munged', [
      ...['--foreground', '--force', `--socket=${this.#socket}`],
      ...['key', 'log', 'seed'].map((each) => `--${each}-file=${this.folder}/munge/${each}`),
      `--pid-file=${this.folder}/run/munge.pid`,
    ])
    if (book !== undefined) await this.#open(book)
    this.#spawn('slurmctld', ['-D', '-f', this.config])
    this.#spawn('slurmd', ['-D', '-f', this.config])
    await this.ready()
  }

  /** Slurm's own tables first, then the cluster among them: a controller without it keeps no accounts. */
  async #open(book: SlurmAccounts): Promise<void> {
    await run('mariadb-install-db', book.install, { env: this.env })
    this.#spawn('mariadbd', book.database)
    await this.#waitFor(() => book.isThere())
    this.#spawn('slurmdbd', ['-D'])
    await this.#waitFor(() => this.ask('sacctmgr', ['-i', 'add', 'cluster', CLUSTER]))
  }

  get #socket(): string {
    return join(this.folder, 'run', 'munge.sock')
  }

  async #settings(more: Readonly<Record<string, string | number>>): Promise<string> {
    const [node] = hostname().split('.')
    const { username } = userInfo()
    const settings = {
      ...{ ClusterName: CLUSTER, SlurmctldHost: `${node}(127.0.0.1)` },
      ...{ SlurmUser: username, SlurmdUser: username },
      ...{ SlurmctldPort: await freePort(), SlurmdPort: await freePort() },
      ...{
        AuthType: 'auth/munge',
        AuthInfo: `socket=${this.#socket},cred_expire=10`,
        CredType: 'cred/munge',
      },
      StateSaveLocation: join(this.folder, 'state'),
      SlurmdSpoolDir: join(this.folder, 'spool'),
      SlurmctldPidFile: join(this.folder, 'run', 'slurmctld.pid'),
      SlurmdPidFile: join(this.folder, 'run', 'slurmd.pid'),
      SlurmctldLogFile: join(this.folder, 'slurmctld.log'),
      SlurmdLogFile: join(this.folder, 'slurmd.log'),
      // What needs neither root nor control groups.
      ...{ ProctrackType: 'proctrack/linuxproc', TaskPlugin: 'task/none' },
      ...{ JobAcctGatherType: 'jobacct_gather/none', MpiDefault: 'none' },
      AccountingStorageType: 'accounting_storage/none',
      ...{ SelectType: 'select/cons_tres', SelectTypeParameters: 'CR_Core' },
      ...{ ReturnToService: 2, SlurmdParameters: 'config_overrides', KillWait: 10 },
      // Seconds for which jobs are known that have ended: longer than a suite takes on any machine.
      MinJobAge: 86_400,
      SchedulerParameters: 'sched_interval=1,sched_min_interval=1',
      ...more,
    }
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
    return [
      ...lines,
      `NodeName=${node} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN`,
      `PartitionName=main Nodes=${node} Default=YES MaxTime=INFINITE State=UP`,
      `PartitionName=closed Nodes=${node} MaxTime=1 State=DOWN`,
      '',
    ].join('\n')
  }

  #spawn(program: string, args: readonly string[]): void {
    const child = spawn(program, args, { stdio: 'ignore', env: this.env })
    child.on('error', () => undefined)
    this.#children.set(program, child)
  }

  /** What a program needs to reach it. */
  get env(): NodeJS.ProcessEnv {
    return { ...process.env, PATH, SLURM_CONF: this.config }
  }

  /** When it takes jobs. */
  ready(): Promise<void> {
    return this.#waitFor(async () => {
      const state = await this.ask('sinfo', ['-h', '-p', 'main', '-o', '%T'])
      if (!/^idle/.test(state)) throw new Error(`its node is ${state}`)
    })
  }

  /** Until something succeeds. @throws when a daemon ends before. */
  async #waitFor(attempt: () => Promise<unknown>): Promise<void> {
    for (;;) {
      const isDone = await attempt().then(
        () => true,
        () => false,
      )
      if (isDone) return
      for (const [program, { exitCode }] of this.#children) {
        if (exitCode !== null) throw new Error(`${program} ended with exit code ${exitCode}`)
      }
      await sleep(200)
    }
  }

  /** What one of its programs says. */
  async ask(program: string, args: readonly string[]): Promise<string> {
    const { stdout } = await run(program, args, { env: this.env })
    return stdout
  }

  /** Starts a daemon again that was stopped. */
  restart(program: 'slurmctld' | 'slurmd'): void {
    this.#spawn(program, ['-D', '-f', this.config])
  }

  async stop(program: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#children.get(program)
    this.#children.delete(program)
    if (child === undefined || child.exitCode !== null || child.pid === undefined) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await Promise.race([ended, sleep(10_000)])
    child.kill('SIGKILL')
    await ended
  }

  /** Ends all daemons at once. */
  kill(): void {
    for (const child of this.#children.values()) child.kill('SIGKILL')
  }

  /** Ends all jobs and daemons. */
  async end(): Promise<void> {
    await this.ask('scancel', ['--quiet', `--user=${userInfo().username}`]).catch(() => '')
    for (let i = 0; i < 100; i++) {
      const left = await this.ask('squeue', ['-h']).catch(() => '')
      if (left === '') break
      await sleep(200)
    }
    for (const program of ['slurmd', 'slurmctld', 'slurmdbd', 'mariadbd', 'munged']) {
      await this.stop(program)
    }
  }
}

/** A Slurm for the time of a suite. */
export interface SuiteSlurm {
  /** A test that is passed over, and says so, where there is no such Slurm to start. */
  slurmTest(name: string, fn: (slurm: Slurm) => Promise<void>): void
}

/** Starts a Slurm before a suite and ends it afterwards. What this process asks of Slurm's programs meanwhile goes to it. */
export function withSlurm(test: Test<unknown>, options: SlurmOptions = {}): SuiteSlurm {
  const programs = options.accounts ? [...PROGRAMS, ...ACCOUNTS] : PROGRAMS
  const isThere = hasAll(programs)
  const before = { PATH: process.env.PATH, SLURM_CONF: process.env.SLURM_CONF }
  let slurm: Slurm | undefined
  const kill = () => slurm?.kill()
  test.before(async () => {
    if (!isThere) return
    // Sockets have short names.
    slurm = new Slurm(await realpath(await mkdtemp(join(tmpdir(), 'slurm-'))))
    process.on('exit', kill)
    await slurm.start(options)
    Object.assign(process.env, { PATH, SLURM_CONF: slurm.config })
  })
  test.after(async () => {
    if (slurm === undefined) return
    process.env.PATH = before.PATH
    if (before.SLURM_CONF === undefined) delete process.env.SLURM_CONF
    else process.env.SLURM_CONF = before.SLURM_CONF
    await slurm.end()
    process.off('exit', kill)
    await rm(slurm.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })
  return {
    slurmTest(name, fn) {
      test(name, async () => {
        if (isThere) return fn(slurm!)
        const packages = `slurm-wlm and munge${options.accounts ? ', slurmdbd and mariadb-server' : ''}`
        process.stdout.write(`${packages} are not here: scripts/peers/setup\n`)
      })
    },
  }
}
