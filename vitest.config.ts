// Tests lie beside what they test; one PostgreSQL serves the whole run (test/support/global-setup.ts).
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What waits for leases and outages takes longest and little CPU: begun first, the others go on beside it. */
class FaultsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isFault = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/faults/')
    return [...sorted.filter(isFault), ...sorted.filter((file) => !isFault(file))]
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 3,
    sequence: { sequencer: FaultsFirst },
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
