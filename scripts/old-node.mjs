// Loaded before anything else, and written so that Node 12 can read it (as are the files that load it): old versions get a
// sentence, not a syntax error.
const needed = [20, 19]
const found = process.versions.node.split('.').map(Number)

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  console.error(`Everruns needs Node.js ${needed.join('.')} or newer; this is ${process.versions.node}.`)
  process.exit(1)
}
