// `npm start`: whatever is missing is made, then this very process becomes `everruns dev`.
import './old-node.mjs'

const parentLookMs = 500

/** npm passes a signal on to the shell between it and us, which dies of it and tells nobody: to lose that shell is to be told to end. */
function endWithShell() {
  if (process.env.npm_lifecycle_event !== 'start') return
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, parentLookMs)
  timer.unref()
}

endWithShell()
import('./ensure.mjs').then(({ ensureBuild, ensurePackages, main }) => {
  ensurePackages()
  ensureBuild()
  process.argv.splice(2, 0, 'dev')
  return import(main.href)
})
