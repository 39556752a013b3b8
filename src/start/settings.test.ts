import { readFile } from 'node:fs/promises'
import { expect, expectTypeOf, test } from 'vitest'
import { newSealingKey } from '../db/seal.ts'
import { configurationDocument } from './print-configuration.ts'
import { readSettings, type Settings } from './settings.ts'

test('nothing must be set', () => {
  const { settings, warnings } = readSettings({})
  expect(warnings).toEqual([])
  expect(settings).toMatchObject({
    DATABASE_URL: null,
    HTTP_ADDR: '127.0.0.1:9000',
    SERVER_GRPC_BIND_ADDR: '127.0.0.1:9001',
    DURABLE_LEASE_MS: 15_000,
    SSE_HEARTBEAT_INTERVAL_SECS: 10,
    CORS_ALLOWED_ORIGINS: [],
    DEV_MODE: false,
    SEED_DEFAULT_PROVIDER_KEYS_FROM_ENV: true,
  })
})

test('each setting has the type of its kind', () => {
  expectTypeOf<Settings['DURABLE_LEASE_MS']>().toEqualTypeOf<number>()
  expectTypeOf<Settings['DATABASE_URL']>().toEqualTypeOf<string | null>()
  expectTypeOf<Settings['HTTP_ADDR']>().toEqualTypeOf<string>()
  expectTypeOf<Settings['AUTH_MODE']>().toEqualTypeOf<'none'>()
})

test('values are read as they are meant', () => {
  const { settings } = readSettings({
    HTTP_ADDR: '[::1]:0',
    DEV_MODE: 'Yes',
    API_PREFIX: '/',
    PUBLIC_APP_URL: 'https://example.com/app/',
    CORS_ALLOWED_ORIGINS: 'https://a.example, https://b.example,',
    GRPC_ADDRESS: 'control:9001, [::1]:9002',
    LOG_LEVEL: ' debug ',
    WORKER_GROUP: '',
  })
  expect(settings).toMatchObject({
    HTTP_ADDR: '[::1]:0',
    DEV_MODE: true,
    API_PREFIX: '',
    PUBLIC_APP_URL: 'https://example.com/app',
    CORS_ALLOWED_ORIGINS: ['https://a.example', 'https://b.example'],
    SERVER_GRPC_ADDRESS: ['control:9001', '[::1]:9002'],
    LOG_LEVEL: 'debug',
    WORKER_GROUP: null,
  })
})

test.each([
  [{ DURABLE_LEASE_MS: 'soon' }, 'DURABLE_LEASE_MS is "soon", but must be a whole number of milliseconds from 200 to 3600000.'],
  [{ HTTP_ADDR: '9000' }, 'HTTP_ADDR is "9000", but must be host:port, for example 127.0.0.1:9000.'],
  [{ HTTP_ADDR: 'localhost:90000' }, 'HTTP_ADDR is "localhost:90000", but must be host:port, for example 127.0.0.1:9000.'],
  [{ AUTH_MODE: 'full' }, 'AUTH_MODE is "full", but must be "none", the only one built so far.'],
  [{ DEV_MODE: 'maybe' }, 'DEV_MODE is "maybe", but must be true or false.'],
  [
    { SERVER_GRPC_ADDRESS: 'control:9001;other:9001' },
    'SERVER_GRPC_ADDRESS is "control:9001;other:9001", but must be one host:port or several with commas between them, for example 10.0.0.1:9001,10.0.0.2:9001.',
  ],
  [{ WORKER_GRPC_ADDR: 'x' }, 'WORKER_GRPC_ADDR is "x", but must be host:port, for example 127.0.0.1:9000.'],
  [{ DURABLE_BEAT_MS: '6000' }, 'DURABLE_BEAT_MS is "6000", but must be at most a third of DURABLE_LEASE_MS (15000).'],
  [{ WORKER_GRPC_TLS_KEY: 'key.pem' }, 'WORKER_GRPC_TLS_CERT and WORKER_GRPC_TLS_KEY must be set together.'],
  [{ DURABLE_LEESE_MS: '1000' }, 'DURABLE_LEESE_MS is set, but there is no such setting. Did you mean DURABLE_LEASE_MS?'],
  [{ EVERRUNS_COLOUR: 'red' }, 'EVERRUNS_COLOUR is set, but there is no such setting.'],
])('%o is refused with one sentence', (env, sentence) => {
  expect(() => readSettings(env)).toThrow(new Error(sentence))
})

test('a secret that is wrong is refused without being shown', () => {
  const refuse = () => readSettings({ SECRETS_ENCRYPTION_KEY: 'hunter2' })
  expect(refuse).toThrow(/^SECRETS_ENCRYPTION_KEY .* must be a name, a colon and 32 bytes in base64/)
  expect(refuse).not.toThrow(/hunter2/)
  expect(readSettings({ SECRETS_ENCRYPTION_KEY: newSealingKey() }).settings.SECRETS_ENCRYPTION_KEY).toMatch(/^kek-v1:/)
})

test('names that mean nothing here are accepted with a warning', () => {
  expect(readSettings({ NATS_URL: 'nats://x', DURABLE_SNAPSHOT_INTERVAL: '5' }).warnings).toEqual([
    'DURABLE_SNAPSHOT_INTERVAL is set, but means nothing here.',
    'NATS_URL is set, but means nothing here.',
  ])
})

test('docs/configuration.md is current', async () => {
  expect(await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8')).toBe(configurationDocument())
})
