/** Words in the names of variables that hold what nobody else should know: `ASHLAR_ADMIN_TOKEN`, `AWS_SECRET_ACCESS_KEY`. */
const SECRET =
  /(?:^|_)(?:TOKEN|SECRET|(?:PG)?PASSWORD|PASSWD|CREDENTIALS?|AUTH|(?:API|ACCESS|PRIVATE|ACCOUNT)_?KEY)(?:_|$)/i

/**
 * The environment for a process that reads what strangers send: with the settings of libraries, and no secrets.
 *
 * @param given the environment of this process when left out.
 */
export function withoutSecrets(given: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !SECRET.test(name)))
}
