import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

/** What a Slurm of a test keeps its accounts with: a database and Slurm's daemon before it, on ports of their own. */
export class SlurmAccounts {
  readonly #folder: string
  readonly #munge: string
  #port = 0

  /**
   * @param folder of the Slurm.
   * @param munge socket by which its programs prove who they are.
   */
  constructor(folder: string, munge: string) {
    this.#folder = folder
    this.#munge = munge
  }

  /** Writes what the daemon reads, beside slurm.conf. @returns what stands there of it. */
  async write(): Promise<Readonly<Record<string, string | number>>> {
    this.#port = await freePort()
    const port = await freePort()
    const { username } = userInfo()
    const settings = {
      ...{ AuthType: 'auth/munge', AuthInfo: `socket=${this.#munge}` },
      ...{ DbdHost: 'localhost', DbdAddr: '127.0.0.1', DbdPort: port, SlurmUser: username },
      ...{ StorageType: 'accounting_storage/mysql', StorageLoc: 'slurm', StorageUser: 'root' },
      ...{ StorageHost: '127.0.0.1', StoragePort: this.#port },
      PidFile: join(this.#folder, 'run', 'slurmdbd.pid'),
      LogFile: join(this.#folder, 'slurmdbd.log'),
    }
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
    // It may hold the password of a database: slurmdbd refuses what others can read.
    await writeFile(join(this.#folder, 'slurmdbd.conf'), `${lines.join('\n')}\n`, { mode: 0o600 })
    return {
      AccountingStorageType: 'accounting_storage/slurmdbd',
      AccountingStorageHost: '127.0.0.1',
      AccountingStoragePort: port,
      // What programs ask it by, in place of AuthInfo.
      AccountingStoragePass: this.#munge,
    }
  }

  get #common(): string[] {
    // None of what this machine has set for its own databases.
    return ['--no-defaults', `--datadir=${this.#folder}/database`, `--user=${userInfo().username}`]
  }

  /** Arguments of mariadb-install-db: a database whose root needs no password. */
  get install(): string[] {
    const access = ['--auth-root-authentication-method=normal', '--skip-test-db']
    return [...this.#common, ...access, '--innodb-log-file-size=4M']
  }

  /** Arguments of mariadbd. What it keeps need not outlast a power cut. */
  get database(): string[] {
    const files = { socket: 'run/mariadb.sock', 'pid-file': 'run/mariadb.pid' }
    return [
      ...this.#common,
      ...[`--port=${this.#port}`, '--bind-address=127.0.0.1'],
      ...Object.entries(files).map(([name, file]) => `--${name}=${this.#folder}/${file}`),
      ...['--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=0'],
    ]
  }

  /** Whether the database takes connections. @throws when it does not. */
  isThere(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1', () => {
        socket.destroy()
        resolve()
      })
      socket.on('error', reject)
    })
  }
}
