// Every name the environment may set: one entry each. docs/configuration.md is printed from this table.
import {
  address,
  addresses,
  count,
  flag,
  type Kind,
  list,
  oneOf,
  pathPrefix,
  postgresUrl,
  sealingKey,
  text,
  webUrl,
} from './setting-kinds.ts'

export interface Setting<T, D extends string | null> {
  kind: Kind<T>
  /** As it would be written in the environment; null: not set. */
  default: D
  says: string
  /** Never shown, not even in the sentence that refuses it. */
  secret?: boolean
  /** Older names of the same thing. */
  formerly?: readonly string[]
}

const setting = <T, D extends string | null>(
  kind: Kind<T>,
  value: D,
  says: string,
  more: Partial<Setting<T, D>> = {},
): Setting<T, D> => ({
  kind,
  default: value,
  says,
  ...more,
})
const secret = <T>(kind: Kind<T>, says: string) => setting(kind, null, says, { secret: true })

const hour = 3_600_000
const day = 86_400

export const settingGroups = {
  'Storage and keys': {
    DATABASE_URL: setting(postgresUrl, null, 'The PostgreSQL (15 or newer) to use. Not set: the one that comes with Everruns.', {
      secret: true,
    }),
    DATABASE_UNPOOLED_URL: setting(
      postgresUrl,
      null,
      'The same database past a pooler, for LISTEN, locks and prepared statements.',
      {
        secret: true,
      },
    ),
    DATABASE_POOL_MAX: setting(
      count(1, 500),
      '8',
      'Most connections a control plane opens for requests; the engine has 8 more, reads and duties 4.',
    ),
    EVERRUNS_HOME: setting(text, './.everruns', 'The folder of the embedded database and of keys.json.'),
    SECRETS_ENCRYPTION_KEY: secret(sealingKey, 'Encrypts stored secrets. `npm start` makes one in keys.json.'),
    SECRETS_ENCRYPTION_KEY_PREVIOUS: secret(sealingKey, 'The key before a rotation: still opens, never seals.'),
    EVENT_RETENTION_DAYS: setting(count(0, 36_500), '0', 'How many days the events of a finished turn are kept; 0: for ever.'),
    WORKFLOW_RETENTION_DAYS: setting(
      count(0, 36_500),
      '0',
      'How many days the admin API can tell of an ended workflow and its tasks (events find their turns by them, so at least until those are dealt with); 0: for ever.',
    ),
    DELTA_COMPACTION_DELAY_SECS: setting(
      count(600, 365 * day, 'seconds'),
      '600',
      'How long after its turn a completed message is also kept piece by piece.',
    ),
  },
  'Doors of the control plane': {
    HTTP_ADDR: setting(address, '127.0.0.1:9000', 'Where the HTTP API listens.'),
    FRONT_ADDR: setting(address, '127.0.0.1:9300', 'The front door that `npm start` opens beside it.'),
    API_PREFIX: setting(pathPrefix, '/api', 'Every route is served under /v1 and under this prefix + /v1.'),
    PUBLIC_APP_URL: setting(webUrl, 'http://localhost:9300', 'How people reach us: the base of links in answers.'),
    CORS_ALLOWED_ORIGINS: setting(list, '', 'Origins whose pages may call the API with credentials.'),
    AUTH_MODE: setting(oneOf('none'), 'none', 'Who may call: nobody logs in.'),
    RATE_LIMIT_API_REQUESTS_PER_MINUTE: setting(
      count(0, 1_000_000),
      '1200',
      'API requests an address may make in a minute; 0: no limit. The own machine (also a proxy on it) has none.',
    ),
    EXPECTED_INSTANCES: setting(count(1, 10_000), '1', 'Control planes that share the limits meant for all of them together.'),
  },
  'Event streams': {
    SSE_HEARTBEAT_INTERVAL_SECS: setting(
      count(1, 40, 'seconds'),
      '10',
      'A comment is sent this often, so that proxies keep the stream.',
    ),
    SSE_REALTIME_CYCLE_SECS: setting(
      count(1, day, 'seconds'),
      '300',
      'A session stream is closed (resumable) after about this long.',
    ),
    SSE_MONITORING_CYCLE_SECS: setting(count(1, day, 'seconds'), '600', 'The same for the admin streams.'),
    SSE_GLOBAL_MAX: setting(count(1, 1_000_000), '10000', 'Streams open at once, over all instances.'),
    SSE_PER_ORG_MAX: setting(count(1, 1_000_000), '1000', 'The same for one organisation.'),
    SSE_PER_SESSION_MAX: setting(count(1, 10_000), '12', 'The same for one session.'),
  },
  'The engine': {
    DURABLE_LEASE_MS: setting(count(200, hour, 'ms'), '15000', 'How long a silent worker keeps its tasks.'),
    DURABLE_BEAT_MS: setting(
      count(50, hour, 'ms'),
      '5000',
      'How often a worker says that it lives; at most a third of the lease.',
    ),
    DURABLE_SWEEP_MS: setting(count(20, hour, 'ms'), '1000', 'How often lost leases and due timers are looked for.'),
    DURABLE_GRACE_MS: setting(
      count(0, hour, 'ms'),
      '500',
      'How long a task that may run again waits for a broken stream to come back.',
    ),
    DURABLE_POLL_MS: setting(
      count(20, hour, 'ms'),
      '1000',
      'How often every process looks for what a lost hint would have told.',
    ),
    DURABLE_BATCH_MAX: setting(count(1, 4_096), '256', 'Most commits of different sessions made as one.'),
    TOOL_RESULT_TIMEOUT_SECS: setting(
      count(1, 30 * day, 'seconds'),
      '300',
      'How long a turn waits for the results of client-side tools.',
    ),
  },
  'Worker and its link': {
    SERVER_GRPC_BIND_ADDR: setting(address, '127.0.0.1:9001', 'Where the control plane listens for workers.', {
      formerly: ['WORKER_GRPC_ADDR'],
    }),
    SERVER_GRPC_ADDRESS: setting(
      addresses,
      '127.0.0.1:9001',
      'Where a worker finds the control plane; of several it uses one, and the next when that is gone.',
      { formerly: ['WORKER_GRPC_ADDRESS', 'GRPC_ADDRESS'] },
    ),
    WORKER_GRPC_AUTH_TOKEN: secret(text, 'The token workers show. Must be set where workers are served beyond loopback.'),
    WORKER_GRPC_TLS_CERT: setting(
      text,
      null,
      'File with the certificate (PEM): of the server, or of a worker that must show one.',
    ),
    WORKER_GRPC_TLS_KEY: setting(text, null, 'File with its key (PEM).'),
    WORKER_GRPC_TLS_CA_CERT: setting(text, null, 'File with the authority (PEM) the other side must come from.'),
    WORKER_GRPC_TLS_DOMAIN: setting(text, null, 'The name a worker expects in the certificate of the control plane.'),
    WORKER_ID: setting(text, null, "The name a worker is listed under. Not set: the host's name."),
    WORKER_GROUP: setting(text, null, 'The group a worker is listed under.'),
    MAX_CONCURRENT_TASKS: setting(count(1, 10_000), '50', 'Steps a worker runs at once.'),
  },
  'Models at first start': {
    DEFAULT_OPENAI_API_KEY: secret(text, 'Given to the default organisation while its provider has no key.'),
    DEFAULT_ANTHROPIC_API_KEY: secret(text, 'The same for Anthropic.'),
    DEFAULT_GEMINI_API_KEY: secret(text, 'The same for Gemini.'),
    SEED_DEFAULT_PROVIDER_KEYS_FROM_ENV: setting(flag, 'true', 'Whether those keys are taken over at start.'),
  },
  'Command line': {
    EVERRUNS_API_URL: setting(webUrl, 'http://127.0.0.1:9300/api', 'Where the commands of the CLI find the API.'),
    EVERRUNS_API_KEY: secret(text, 'The key the CLI shows.'),
    EVERRUNS_ORG_ID: setting(text, null, 'The organisation the CLI speaks for.'),
  },
  'Development and operation': {
    DEV_MODE: setting(flag, 'false', 'A temporary database, gone at exit.'),
    LOG_LEVEL: setting(
      oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
      null,
      'How much is logged, as JSON lines. Not set: `warn` for `npm start`, `info` elsewhere.',
    ),
    METRICS_ENABLED: setting(flag, 'true', 'Whether a control plane shows its figures at /metrics (Prometheus).'),
    FAILPOINTS: setting(text, null, 'For tests of crashes: name=kill@n and the like, separated by semicolons.'),
    EVERRUNS_TEST_DATABASE_URL: setting(postgresUrl, null, 'The server the test suite uses instead of its own.', {
      secret: true,
    }),
  },
} as const

/** Names other deployments of such engines set, which mean nothing in this design. */
export const ignoredNames = [
  'CLAIM_BATCH_SIZE',
  'DATABASE_BACKGROUND_POOL_MAX',
  'DATABASE_POOL_MIN',
  'DEPLOYMENT_GRADE',
  'DURABLE_MAX_PENDING_TASKS_PER_WORKFLOW',
  'DURABLE_NO_PROGRESS_SEAL_THRESHOLD',
  'DURABLE_REAPER_INTERVAL_MS',
  'DURABLE_SNAPSHOT_INTERVAL',
  'DURABLE_STALE_THRESHOLD_MS',
  'EVERRUNS_ACT_MAX_TOOL_CONCURRENCY',
  'NATS_URL',
  'TOOL_RESULT_TIMEOUT_SWEEP_INTERVAL_SECS',
  'VALKEY_URL',
  'WORKER_CHAIN_STEPS',
  'WORKER_GRPC_CONNECT_TIMEOUT',
  'WORKER_HEARTBEAT_TIMEOUT_SECS',
  'WORKER_POLL_BACKOFF_MAX_MS',
  'WORKER_POLL_INTERVAL_MS',
] as const

/** A name of one of these families that is not in the table is a slip of the pen. */
export const guardedPrefixes = ['DURABLE_', 'SSE_', 'EVERRUNS_'] as const
