// A capability that adds nothing: for trying out how capabilities are attached.
import type { Capability } from '../contract/capability.ts'

export const noop: Capability = {
  id: 'noop',
  name: 'No-Op',
  description: 'Adds nothing. For testing how capabilities are attached.',
  icon: 'circle-off',
  category: 'Testing',
  docsSlug: 'noop',
}
