// Swagger UI from the files of its package: nothing is fetched from elsewhere.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'

const types: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'index.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

// Addresses are relative to where the page was asked for, so that it works behind any prefix.
const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Everruns API</title>
<link rel="icon" href="favicon-32x32.png">
<link rel="stylesheet" href="swagger-ui.css">
<link rel="stylesheet" href="index.css">
<div id="ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="swagger-ui-standalone-preset.js"></script>
<script>
  SwaggerUIBundle({
    url: '../api-doc/openapi.json', dom_id: '#ui', deepLinking: true, layout: 'StandaloneLayout',
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  })
</script>
`

/** Serves `/swagger-ui/`; `/swagger-ui` leads there, because the page's addresses are relative. */
export function addSwaggerUi(app: FastifyInstance): void {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')), 'static')
  app.get('/swagger-ui', async (request, reply) => {
    const [path = ''] = request.originalUrl.split('?')
    if (!path.endsWith('/')) return reply.redirect(`${path}/`)
    return reply.type('text/html; charset=utf-8').send(page)
  })
  for (const [name, type] of Object.entries(types)) {
    app.get(`/swagger-ui/${name}`, async (_request, reply) => reply.type(type).send(await readFile(join(folder, name))))
  }
}
