// MCP servers that belong to one harness, agent or session: name → how to reach it. `mcpServers` on the wire; `mcp_servers` is taken too.
import { z } from 'zod'
import { tooBig } from './limits.ts'

const maxServers = 100

const scopedMcpServer = z
  .object({
    type: z.enum(['http', 'stdio']).optional(),
    url: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    command: z.string().nullish(),
    args: z.array(z.string()).optional(),
    env: z.record(z.string(), z.string()).optional(),
    auth_mode: z.enum(['none', 'api_key', 'oauth', 'o_auth']).optional(),
    oauth_provider_id: z.string().nullish(),
    protocol_mode: z.enum(['auto', 'legacy', 'stable', 'rc']).optional(),
    tool_discovery: z.boolean().optional(),
  })
  .meta({ id: 'ScopedMcpServer' })

export const mcpServers = z.record(z.string().min(1).max(64), scopedMcpServer).superRefine((servers, context) => {
  if (Object.keys(servers).length > maxServers) tooBig(context, 'array', maxServers, servers)
})
export type McpServers = z.output<typeof mcpServers>
