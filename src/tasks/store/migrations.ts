/**
 * The tables of the store, as steps that only go forward: a database of any older version gets those it lacks, in one
 * transaction. A step that has been released never changes; a new version is a new step at the end.
 */

/** Index + 1 is the `user_version` that a step leads to. */
export const MIGRATIONS: readonly string[] = [
  `
  -- One row: the highest numbers given out.
  CREATE TABLE counter (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    fence INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    session INTEGER NOT NULL
  ) STRICT;
  INSERT INTO counter VALUES (1, 0, 0, 0);

  -- Queues, and how many of their tasks are in which state: counting a million rows would stop the store.
  CREATE TABLE queue (
    no INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    paused_until INTEGER NOT NULL DEFAULT 0,
    ready INTEGER NOT NULL DEFAULT 0,
    suspects INTEGER NOT NULL DEFAULT 0,
    delayed INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0,
    undelivered INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  -- state: 0 ready, 1 delayed, 2 running, 3 ended, 4 dead. Narrow: each state rewrites the row.
  CREATE TABLE task (
    id INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    state INTEGER NOT NULL,
    priority REAL NOT NULL,
    turn INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    suspect INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    fence INTEGER NOT NULL DEFAULT 0,
    -- Which life of the store holds the claim; negative once reaped by it, so that a crash is counted once.
    session INTEGER NOT NULL DEFAULT 0,
    lease_ms INTEGER NOT NULL DEFAULT 0,
    lease_until REAL NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL,
    envelope TEXT NOT NULL,
    end TEXT,
    result BLOB
  ) STRICT;
  CREATE INDEX task_ready ON task (queue, suspect, priority DESC, turn, due_at) WHERE state = 0;
  CREATE INDEX task_delayed ON task (due_at) WHERE state = 1;
  CREATE INDEX task_held ON task (state, id) WHERE state >= 2;

  -- Held while its task waits or runs (until is null), and until a time after that.
  CREATE TABLE task_key (
    key TEXT PRIMARY KEY,
    id INTEGER NOT NULL,
    until INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX task_key_until ON task_key (until) WHERE until IS NOT NULL;

  -- Data of tasks, written once for both the queue and the log, which rewrite their own rows often.
  CREATE TABLE payload (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;

  CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL,
    reason TEXT,
    name TEXT NOT NULL,
    queue TEXT NOT NULL,
    label TEXT,
    owner TEXT,
    category TEXT,
    parent_id INTEGER,
    retry_of INTEGER,
    priority REAL NOT NULL,
    sender TEXT NOT NULL,
    created_at REAL NOT NULL,
    run_at REAL NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    progress TEXT,
    updated_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    duration REAL,
    error TEXT,
    result BLOB
  ) STRICT;
  CREATE INDEX log_created ON log (created_at);
  -- Nearly all records end as completed, and are found by walking log_created: no need to pay for them here.
  CREATE INDEX log_status ON log (status, created_at) WHERE status <> 'completed';
  CREATE INDEX log_finished ON log (finished_at) WHERE finished_at IS NOT NULL;
  `,
  `
  -- 1 while a claim was made before there was room to run the task, and it has not begun to run.
  ALTER TABLE task ADD COLUMN ahead INTEGER NOT NULL DEFAULT 0;

  -- Counts of suspects are of those that are ready.
  UPDATE queue SET suspects = (SELECT count(*) FROM task WHERE state = 0 AND queue = no AND suspect = 1);
  `,
  `
  -- A parent knows that it has children, so that the end of any other task looks for none.
  ALTER TABLE log ADD COLUMN children INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE log ADD COLUMN master_status INTEGER;
  CREATE INDEX log_parent ON log (parent_id, status) WHERE parent_id IS NOT NULL;
  `,
  `
  -- Until when each schedule is done, in milliseconds since 1970.
  CREATE TABLE schedule (name TEXT PRIMARY KEY, last REAL NOT NULL) STRICT, WITHOUT ROWID;
  `,
]

/** "tsrv" in ASCII, in the header of the file: this database is ours. */
export const APPLICATION_ID = 0x74737276
