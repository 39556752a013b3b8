// The resources' tables as Kysely sees them.
import type { ColumnType, Generated } from 'kysely'
import type { Uuid } from '../contract/ids.ts'
import type { JsonColumn, JsonDefaulted, JsonOrNull, OrNull, TimeDefaulted, TimeOrNull } from './schema-columns.ts'

type ResourceStatus = 'active' | 'archived' | 'deleted'

export interface Providers {
  id: Uuid
  org_id: Uuid
  name: string
  provider_type: string
  base_url: OrNull<string>
  credentials: JsonOrNull
  settings: JsonDefaulted
  status: ColumnType<'active' | 'disabled', 'active' | 'disabled' | undefined, 'active' | 'disabled'>
  trace: JsonOrNull
  last_synced_at: TimeOrNull
  created_at: TimeDefaulted
  updated_at: TimeDefaulted
}

export interface Models {
  id: Uuid
  org_id: Uuid
  provider_id: Uuid
  model_id: string
  display_name: string
  capabilities: Generated<string[]>
  enabled: Generated<boolean>
  is_favorite: Generated<boolean>
  source: ColumnType<ModelSource, ModelSource | undefined, ModelSource>
  last_seen_at: TimeOrNull
  created_at: TimeDefaulted
  updated_at: TimeDefaulted
}
type ModelSource = 'manual' | 'discovered' | 'predefined'

/** What archived and deleted things have in common. */
interface Resource {
  id: Uuid
  org_id: Uuid
  status: ColumnType<ResourceStatus, ResourceStatus | undefined, ResourceStatus>
  archived_at: TimeOrNull
  deleted_at: TimeOrNull
  created_at: TimeDefaulted
  updated_at: TimeDefaulted
}

export interface Harnesses extends Resource {
  name: string
  display_name: OrNull<string>
  description: OrNull<string>
  system_prompt: OrNull<string>
  parent_harness_id: OrNull<Uuid>
  capabilities: JsonDefaulted
  initial_files: JsonDefaulted
  mcp_servers: JsonDefaulted
  network_access: JsonOrNull
  default_model_id: OrNull<Uuid>
  parallel_tool_calls: OrNull<boolean>
  embedder_metadata: JsonDefaulted
  tags: Generated<string[]>
  is_built_in: Generated<boolean>
}

export interface Agents extends Resource {
  name: string
  display_name: OrNull<string>
  description: OrNull<string>
  system_prompt: string
  harness_id: Uuid
  capabilities: JsonDefaulted
  initial_files: JsonDefaulted
  mcp_servers: JsonDefaulted
  tools: JsonDefaulted
  network_access: JsonOrNull
  default_model_id: OrNull<Uuid>
  max_iterations: OrNull<number>
  parallel_tool_calls: OrNull<boolean>
  tags: Generated<string[]>
  default_version_id: OrNull<Uuid>
  forked_from_agent_id: OrNull<Uuid>
  forked_from_version_id: OrNull<Uuid>
  root_agent_id: OrNull<Uuid>
}

export interface AgentVersions {
  id: Uuid
  org_id: Uuid
  agent_id: Uuid
  version_number: number
  version: string
  semver_major: Generated<number>
  semver_minor: Generated<number>
  semver_patch: Generated<number>
  is_published: Generated<boolean>
  change_kind: string
  summary: OrNull<string>
  authored_config: JsonColumn
  resolved_config: JsonColumn
  config_hash: string
  parent_version_id: OrNull<Uuid>
  source_version_id: OrNull<Uuid>
  created_by_principal_id: OrNull<Uuid>
  created_at: TimeDefaulted
}

export interface Workspaces extends Resource {
  name: string
  description: OrNull<string>
}

export interface Files {
  id: Uuid
  org_id: Uuid
  workspace_id: Uuid
  path: string
  is_directory: Generated<boolean>
  is_readonly: Generated<boolean>
  encoding: ColumnType<FileEncoding, FileEncoding | undefined, FileEncoding>
  content: OrNull<Buffer>
  size_bytes: Generated<number>
  revision: Generated<number>
  created_at: TimeDefaulted
  updated_at: TimeDefaulted
}
type FileEncoding = 'text' | 'base64'

export interface Sessions {
  id: Uuid
  org_id: Uuid
  harness_id: Uuid
  agent_id: OrNull<Uuid>
  agent_version_id: OrNull<Uuid>
  workspace_id: Uuid
  model_id: OrNull<Uuid>
  title: OrNull<string>
  locale: OrNull<string>
  system_prompt: OrNull<string>
  capabilities: JsonDefaulted
  tools: JsonDefaulted
  initial_files: JsonDefaulted
  mcp_servers: JsonDefaulted
  network_access: JsonOrNull
  hints: JsonOrNull
  tags: Generated<string[]>
  max_iterations: OrNull<number>
  parallel_tool_calls: OrNull<boolean>
  agent_identity_id: OrNull<Uuid>
  owner_principal_id: Uuid
  resolved_owner_user_id: OrNull<Uuid>
  parent_session_id: OrNull<Uuid>
  forked_from_session_id: OrNull<Uuid>
  forked_from_sequence: OrNull<number>
  created_at: TimeDefaulted
  updated_at: TimeDefaulted
}

export interface SessionTotals {
  session_id: Uuid
  org_id: Uuid
  turns: Generated<number>
  input_tokens: Generated<number>
  output_tokens: Generated<number>
  cache_read_tokens: Generated<number>
  cache_creation_tokens: Generated<number>
  estimated_cost_usd: Generated<number>
  actual_cost_usd: Generated<number>
  duration_ms: Generated<number>
  preview: OrNull<string>
  output_preview: OrNull<string>
  started_at: TimeOrNull
  last_active_at: TimeOrNull
}

export interface SessionPins {
  org_id: Uuid
  session_id: Uuid
  user_id: Uuid
  created_at: TimeDefaulted
}

export interface SessionValues {
  org_id: Uuid
  session_id: Uuid
  key: string
  value: string
  revision: Generated<number>
  created_at: TimeDefaulted
  updated_at: TimeDefaulted
}

export interface SessionSecrets {
  org_id: Uuid
  session_id: Uuid
  name: string
  value: JsonColumn
  revision: Generated<number>
  created_at: TimeDefaulted
  updated_at: TimeDefaulted
}
