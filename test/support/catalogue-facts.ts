// What a database is made of, as sorted lines of text: two databases are built alike when the lines are the same.
import pg from 'pg'

const ours = `n.nspname = 'public' and c.relname <> 'schema_migrations'`

const facts = [
  // columns
  `select format('column %s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
     case when a.attnotnull then ' not null' else '' end, coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''))
   from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
   left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where ${ours} and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped`,
  // tables and views: options and row security
  `select format('%s %s %s row security %s forced %s', c.relkind, c.relname, c.reloptions, c.relrowsecurity, c.relforcerowsecurity)
   from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours} and c.relkind in ('r', 'p', 'v', 'm', 'S')`,
  `select format('view %s %s', c.relname, pg_get_viewdef(c.oid))
   from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours} and c.relkind in ('v', 'm')`,
  `select format('index %s', pg_get_indexdef(i.indexrelid))
   from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace where ${ours}`,
  `select format('constraint %s %s %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
   from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace where ${ours}`,
  `select format('policy %s %s %s %s %s %s', tablename, policyname, cmd, roles, qual, with_check) from pg_policies where schemaname = 'public'`,
  `select format('grant %s %s to %s', privilege_type, table_name, grantee) from information_schema.role_table_grants
   where table_schema = 'public' and table_name <> 'schema_migrations' and grantee like 'everruns\\_%'`,
  `select format('function %s', pg_get_functiondef(p.oid)) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where n.nspname = 'public'`,
  `select format('trigger %s', pg_get_triggerdef(t.oid)) from pg_trigger t where not t.tgisinternal`,
]

/** The facts of the database behind `url`, but for the migrator's own table. */
export async function catalogueFacts(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const lines: string[] = []
    for (const query of facts) lines.push(...(await client.query({ text: query, rowMode: 'array' })).rows.map(([line]) => line))
    return lines.sort()
  } finally {
    await client.end()
  }
}
