// What a browser sees at `/` until there is a UI: where things are and how to have a first chat.

export const firstPage = (version: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Everruns</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 4rem auto; padding: 0 1rem }
  pre { background: #f3f3f5; padding: 1rem; border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere }
  @media (prefers-color-scheme: dark) { body { background: #16161a; color: #ddd } pre { background: #24242a } a { color: #8ab4f8 } }
</style>
<h1>Everruns ${version}</h1>
<p>The engine is running. <a href="/swagger-ui/">Read the API</a> · <a href="/api-doc/openapi.json">openapi.json</a> ·
<a href="/health">health</a></p>
<h2>A first chat</h2>
<p>No key is needed: until a provider has one, a simulated model answers. Run this against the address of this page:</p>
<pre id="commands">BASE=http://127.0.0.1:9000
SESSION=$(curl -s $BASE/v1/sessions -H 'Content-Type: application/json' -d '{}' | sed 's/.*"id":"\\(session_[0-9a-f]*\\)".*/\\1/')
curl -s $BASE/v1/sessions/$SESSION/messages -H 'Content-Type: application/json' \\
  -d '{"message":{"content":[{"type":"text","text":"Hello! What time is it?"}]}}'
curl -N $BASE/v1/sessions/$SESSION/sse</pre>
<script>
  const commands = document.getElementById('commands')
  commands.textContent = commands.textContent.replace('http://127.0.0.1:9000', location.origin)
</script>
`
