import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** What a program wrote to its standard output, or to `both`; when it fails, the error has all that it wrote. */
export async function run(
  file: string,
  args: readonly string[],
  cwd: string,
  which: 'output' | 'both' = 'output',
): Promise<string> {
  try {
    const { stdout, stderr } = await execute(file, args, {
      cwd,
      env: userEnvironment(),
      maxBuffer: 2 ** 27,
    })
    return which === 'both' ? stdout + stderr : stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${[file, ...args].join(' ')} failed in ${cwd}\n${stdout}\n${stderr}`, {
      cause: error,
    })
  }
}

/** This process's environment without what npm and pnpm add when they run a script, which would reach the npm under test. */
export function userEnvironment(): NodeJS.ProcessEnv {
  const inherited =
    /^(npm_(package|lifecycle|command|execpath|node_execpath|config_local_prefix)|INIT_CWD|NODE_OPTIONS)/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)))
}
