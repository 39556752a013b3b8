// `everruns openapi`: prints the API's document; docs/api/openapi.json is its committed output.
import { operations } from '../resources/index.ts'
import { openApiDocument } from '../server/openapi.ts'

/** The document as it stands in the file. */
export const openApiText = (): string => `${JSON.stringify(openApiDocument(operations), null, 2)}\n`

export async function run(): Promise<void> {
  process.stdout.write(openApiText())
}
