import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutSecrets } from '../../src/processes/index.ts'

const test = suite('withoutSecrets')

test('tokens, keys and passwords are left out, by whatever program', () => {
  const secrets = {
    ...{ ASHLAR_TOKEN: 'x', ASHLAR_ADMIN_TOKEN: 'x', AWS_SECRET_ACCESS_KEY: 'x', HF_TOKEN: 'x' },
    ...{
      OPENAI_API_KEY: 'x',
      PGPASSWORD: 'x',
      MLFLOW_TRACKING_PASSWORD: 'x',
      npm_config__auth: 'x',
    },
    ...{ GOOGLE_APPLICATION_CREDENTIALS: 'x' },
  }
  assert.equal(withoutSecrets(secrets), {})
})

test('what libraries are set by stays', () => {
  const settings = {
    ...{ PATH: '/bin', LD_LIBRARY_PATH: '/lib', NODE_OPTIONS: '', CUDA_VISIBLE_DEVICES: '0' },
    ...{ TOKENIZERS_PARALLELISM: 'false', OMP_NUM_THREADS: '2', AUTHOR: 'a', KEYBOARD: 'us' },
  }
  assert.equal(withoutSecrets(settings), settings)
})

test('is that of this process where none is given', () => {
  process.env.ASHLAR_ADMIN_TOKEN = 'x'
  const env = withoutSecrets()
  delete process.env.ASHLAR_ADMIN_TOKEN
  assert.not.ok('ASHLAR_ADMIN_TOKEN' in env)
  assert.is(env.PATH, process.env.PATH)
})

test.run()
