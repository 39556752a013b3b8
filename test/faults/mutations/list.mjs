// Ways to break the rules that keep the engine's promises: each is a mistake somebody could make, and the checks that must notice it.
// `change` gets the file's text and gives it back broken.

const simulator = 'test/faults/simulator/simulator.test.ts'
const engine = 'src/durable/engine.test.ts'
const sweeps = 'src/durable/upkeep/sweep-leases.test.ts'
const silence = 'src/durable/silence.test.ts'
const fairness = 'src/durable/fairness.test.ts'
const batches = 'src/durable/batch.test.ts'
const fences = 'src/durable/fences.test.ts'
const reconnect = 'src/durable/reconnect.test.ts'
const transact = 'src/durable/transact.test.ts'
const transactor = 'src/durable/transactor.test.ts'
const gaps = 'src/durable/gaps.test.ts'
const poison = 'src/durable/poison.test.ts'
const brokenPlan = 'src/durable/broken-plan.test.ts'
const property = 'src/turn/turn.property.test.ts'

/** Replaces what is there exactly once. */
const instead = (what, by) => (text) => (text.split(what).length === 2 ? text.replace(what, () => by) : text)

/** Both changes, or none where one of them finds nothing. */
const both = (one, other) => (text) => {
  const half = one(text)
  const whole = other(half)
  return half === text || whole === half ? text : whole
}

export const mutations = [
  // ── locks and transactions ──
  {
    name: 'look before locking',
    file: 'src/durable/look.ts',
    change(text) {
      const looks = text.match(/^ *const (?:workflows|tasks) = \S*<(?:Workflow|Task)Row>.*\n/gm) ?? []
      const rest = looks.reduce((left, look) => left.replace(look, ''), text)
      return looks.length === 2 ? rest.replace(/^.*\blockHeads\(sessionIds\).*\n/m, (lock) => `${looks.join('')}${lock}`) : text
    },
    caughtBy: [transact],
  },
  {
    name: 'commit events outside the transaction',
    file: 'src/durable/transact.ts',
    change: both(
      instead('[...writes, commit]', "[...writes.filter(({ name }) => name !== 'insert_events'), commit]"),
      instead(
        "  passFailpoints(items, 'after_commit')",
        "  const late = new RoundTrip()\n  for (const write of writes) if (write.name === 'insert_events') late.ask(write)\n  await late.make(client)\n  passFailpoints(items, 'after_commit')",
      ),
    ),
    caughtBy: [simulator],
  },
  {
    name: 'commit what a decision had changed before it failed',
    file: 'src/durable/transact.ts',
    change: instead('throw new BrokenFold(item, error)', 'return { failed: error }'),
    caughtBy: [brokenPlan],
  },
  {
    name: 'commit what a decision had changed before it refused',
    file: 'src/durable/transact.ts',
    change: instead(' && view.changes === before', ''),
    caughtBy: [brokenPlan],
  },
  {
    name: 'leave a workflow to itself whose plan cannot be made',
    file: 'src/durable/steps/held.ts',
    change: instead('return endOf(view, { type, workflow }, error)', 'return { state: workflow.state }'),
    caughtBy: [brokenPlan],
  },
  {
    name: 'decide about a kept head without looking whether it was changed since',
    file: 'src/durable/statements.ts',
    change: instead(' and h.revision = n.revision', ''),
    caughtBy: [transactor],
  },
  {
    name: 'keep a head whose task a claim may take',
    file: 'src/durable/kept.ts',
    change: instead("status === 'pending' || lostBy !== null", 'lostBy !== null && status === lostBy'),
    caughtBy: [transactor, simulator],
  },
  {
    name: 'keep a head whose lost task may be forgiven',
    file: 'src/durable/kept.ts',
    change: instead("status === 'pending' || lostBy !== null", "status === 'pending' && lostBy !== status"),
    caughtBy: [transactor],
  },
  {
    name: 'forget to count a change of a task',
    file: 'src/durable/view.ts',
    change: instead(
      'return this.#headChanged || rows.some(({ size }) => size > 0)',
      'return this.#headChanged && rows.length > 0',
    ),
    caughtBy: [transactor],
  },
  {
    name: 'a rerun does not look whether its message is stored already',
    file: 'src/durable/view.ts',
    change: instead('return this.#rows.inputs.get(messageId) ?? null', 'return messageId ? null : null'),
    caughtBy: [simulator],
  },
  {
    name: 'forget the key of an accepted message',
    file: 'src/durable/view.ts',
    change: instead('    this.#changes += 1\n    this.newAccepts.push(accept)', '    this.#changes += 1\n    void accept'),
    caughtBy: [simulator],
  },

  // ── the fence ──
  {
    name: 'fence without the holder',
    file: 'src/durable/view.ts',
    change: instead(' || task.claimedBy !== incarnation || task.attempt', ' || task.attempt'),
    caughtBy: [fences],
  },
  {
    name: 'fence without the attempt',
    file: 'src/durable/view.ts',
    change: instead(' || task.attempt !== ref.attempt) return null', ') return null'),
    caughtBy: [fences],
  },
  {
    name: 'fence by worker name',
    file: 'src/start/worker.ts',
    change: instead('incarnation = newId()', "incarnation = '01900000-0000-7000-8000-000000000000'"),
    caughtBy: ['src/start/worker.test.ts'],
  },
  {
    name: 'skip the fence on emit',
    file: 'src/durable/steps/emit.ts',
    change: instead(
      "const task = view.held(ref, incarnation)\n  if (!task) return 'lost'\n  if (number",
      "const task = view.tasks.get(ref.id)\n  if (!task || !incarnation) return 'lost'\n  if (number",
    ),
    caughtBy: [simulator],
  },
  {
    name: 'store an emit again that was sent again',
    file: 'src/durable/steps/emit.ts',
    change: instead("  if (number <= task.emitted) return 'stored'\n", ''),
    caughtBy: [simulator],
  },
  {
    name: 'take an emit although the one before it is missing',
    file: 'src/durable/steps/emit.ts',
    change: instead("  if (number > task.emitted + 1) return 'missed'\n", ''),
    caughtBy: [gaps],
  },
  {
    name: 'take a finish although emits before it are missing',
    file: 'src/durable/steps/finish.ts',
    change: instead('(finished.emits ?? 0) > task.emitted', '(finished.emits ?? 0) < 0'),
    caughtBy: [gaps],
  },
  {
    name: 'what is said about a task overtakes what waits for its place',
    file: 'src/durable/link.ts',
    change: instead('    if (begun) return begun\n', ''),
    caughtBy: [gaps],
  },
  {
    name: 'a Finish said again is refused',
    file: 'src/durable/steps/finish.ts',
    change: instead("if (known?.status === 'completed' && ", 'if (known === undefined && '),
    caughtBy: [engine],
  },

  // ── leases ──
  {
    name: 'drop the lease check',
    file: 'src/durable/steps/reclaim.ts',
    change: (text) => text.replace(/ {2}if \(mayRerun \? [^\n]+\n/, ''),
    caughtBy: [sweeps],
  },
  {
    name: 'ignore the effect class',
    file: 'src/durable/steps/reclaim.ts',
    change: (text) => text.replace(/const mayRerun = [^\n]+/, 'const mayRerun = true'),
    caughtBy: [simulator, engine],
  },
  {
    name: 'reclaim after an outage',
    file: 'src/durable/upkeep/sweep-leases.ts',
    change: (text) => text.replaceAll('sweepMs * outageSweeps', '1e9'),
    caughtBy: [simulator, engine],
  },
  {
    name: 'believe a worker that was silent as soon as it speaks',
    file: 'src/durable/streams.ts',
    change: instead('if (this.#isAlive(stream)) stream.aliveAt', 'stream.aliveAt'),
    caughtBy: [silence],
  },
  {
    name: 'a poisoned step never dies',
    file: 'src/durable/steps/reclaim.ts',
    change: instead('task.failures >= lossesAllowed(task, wasAlone)', 'task.failures < 0'),
    caughtBy: [simulator, engine],
  },
  {
    name: 'a loss in company counts like one alone',
    file: 'src/durable/suspects.ts',
    change: instead('wasAlone ? maxFailures : maxFailures * inCompany', 'wasAlone ? maxFailures : maxFailures'),
    caughtBy: [poison],
  },
  {
    name: 'whoever holds something else is alone',
    file: 'src/durable/upkeep/sweep-leases.ts',
    change: instead('n.claimed_by = t.claimed_by and n.id <> t.id', 'n.claimed_by <> t.claimed_by and n.id = t.id'),
    caughtBy: [poison],
  },
  {
    name: 'suspects are claimed like everybody',
    file: 'src/durable/statements.ts',
    change: (text) => text.replaceAll(/and not \$\{suspectSql\('t'\)\}/g, ''),
    caughtBy: [poison],
  },
  {
    name: 'the beats of an outdated stream renew the lease',
    file: 'src/durable/leases.ts',
    change: instead(' and w.stream_epoch = n.epoch', ''),
    caughtBy: [fences],
  },
  {
    name: 'a hello that comes late outdates a newer stream',
    file: 'src/durable/leases.ts',
    change: instead('           where workers.stream_epoch < excluded.stream_epoch\n', ''),
    caughtBy: [fences],
  },
  {
    name: 'a slot that comes alone goes to who has waited longest',
    file: 'src/durable/statements.ts',
    change: instead('order by turn, served nulls first, priority', 'order by turn, priority'),
    caughtBy: [fairness],
  },
  {
    name: 'everybody waits for a slow transaction',
    file: 'src/durable/batch.ts',
    change: instead('if (isOverdue && this.#running > 0', 'if (isOverdue && this.#running > lanes'),
    caughtBy: [batches],
  },
  {
    name: 'a claim does not count the attempt',
    file: 'src/durable/statements.ts',
    change: instead(
      'claimed_at = clock_timestamp(), attempt = t.attempt + 1',
      'claimed_at = clock_timestamp(), attempt = t.attempt',
    ),
    caughtBy: [engine],
  },

  // ── what is sent, and what is lost ──
  {
    name: 'the slot of a task that was never sent is not given back',
    file: 'src/durable/dispatch.ts',
    change: (text) => text.replaceAll('stream.credit += 1', 'void stream'),
    caughtBy: ['src/durable/slots.test.ts', simulator],
  },
  {
    name: 'a lease that only the database knows of is not compared',
    file: 'src/durable/engine.ts',
    change: instead(
      'dispatcher.reconcile(streams.all())',
      'dispatcher.reconcile(streams.all().filter((stream) => stream.assigned.size > 0))',
    ),
    caughtBy: [simulator, reconnect],
  },
  {
    name: 'a task whose message was lost is not sent again',
    file: 'src/durable/dispatch.ts',
    change: instead('resend.push(row)', 'void row'),
    caughtBy: [simulator, reconnect],
  },
  {
    name: 'start an effect before its begin is stored',
    file: 'src/worker/report.ts',
    change: instead('      this.#sendBegin(all)\n    })', '      this.#sendBegin(all)\n      resolve()\n    })'),
    caughtBy: [simulator],
  },

  // ── effects, context, readers ──
  {
    name: 'apply a stale overlay',
    file: 'src/durable/view.ts',
    change: instead('      if (effect.base === undefined) return true\n', '      if (effect) return true\n'),
    caughtBy: [simulator],
  },
  {
    name: 'take remembered events for the whole log',
    file: 'src/resources/turns/context.ts',
    change: instead(
      'logEnd === null ? null : recent.between(task.sessionId, base, logEnd)',
      'recent.between(task.sessionId, base, Math.min(logEnd ?? 0, 0))',
    ),
    caughtBy: [simulator],
  },
  {
    name: 'show a step what came after it was planned',
    file: 'src/resources/turns/context.ts',
    change: (text) => text.replace(/events\.slice\(0, \w+\)/, '[...events]'),
    caughtBy: [simulator],
  },
  {
    name: 'order the cursor by id',
    file: 'src/resources/events/cursor.ts',
    change: instead('return sequence <= head ? sequence : sequenceBefore', 'return sequence < 0 ? head : sequenceBefore'),
    caughtBy: ['src/resources/events/cursor.test.ts'],
  },

  // ── the turn ──
  {
    name: 'do not look for steering at the end',
    file: 'src/turn/plan.ts',
    change: instead('view.lastInput > state.through ?', 'view.lastInput < 0 ?'),
    caughtBy: [property, simulator],
  },
  {
    name: 'leave calls without results when a turn is cancelled',
    file: 'src/turn/doors.ts',
    change: instead(
      "stop(state, closeCalls(state, view, 'Cancelled: the turn was cancelled.'), reason, view)",
      'stop(state, [], reason, view)',
    ),
    caughtBy: [property, simulator],
  },
]
