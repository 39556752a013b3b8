// A process that supervises an embedded PostgreSQL until it is killed, or told to exit without stopping anything: prints the URL,
// or why it could not.
import { startEmbedded } from '../../src/db/embedded.ts'

const dir = process.argv[2]
if (!dir) throw new Error('which folder?')
startEmbedded({ dir, fsync: false }).then(
  ({ url }) => console.log(url),
  (error) => console.log(error.message),
)
process.on('SIGTERM', () => process.exit())
