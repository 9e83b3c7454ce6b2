/**
 * What lint knows about the names that policies use: which commands only read, which need an object, which run
 * programs of their own. Pure data, by the name of a matcher. A name that is missing here counts as the worse one.
 */

/** Commands that change nothing, as patterns. What wraps another command (PREPARE) counts with what it runs. */
export const READING: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "statement",
    [
      "SELECT",
      "EXPLAIN",
      "SHOW",
      "SHOW *",
      "FETCH",
      "MOVE",
      "DECLARE CURSOR",
      "CLOSE*",
      "PREPARE",
      "EXECUTE",
      "DEALLOCATE*",
      "DISCARD*",
      "BEGIN",
      "START TRANSACTION",
      "COMMIT",
      "ROLLBACK",
      "SAVEPOINT",
      "RELEASE",
      "SET",
      "SET *",
      "RESET",
      "RESET *",
      "LOCK TABLE",
      "LISTEN",
      "UNLISTEN",
      "USE",
      "DESCRIBE",
      "EMPTY QUERY",
    ],
  ],
  [
    "method",
    [
      "GET",
      "HEAD",
      "OPTIONS",
      "initialize",
      "ping",
      "notifications/*",
      "tools/list",
      "resources/list",
      "resources/read",
      "resources/templates/list",
      "resources/subscribe",
      "resources/unsubscribe",
      "prompts/list",
      "prompts/get",
      "completion/complete",
      "logging/setLevel",
    ],
  ],
  ["verb", ["get", "list", "watch"]],
  ["sftp", ["stat", "list", "read", "readlink", "realpath"]],
  ["operation", ["agent", "x11", "pty"]],
]);

/** Commands that touch no object, so that an allow over them alone needs none. */
export const WITHOUT_OBJECT: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "statement",
    [
      "SET",
      "SET *",
      "RESET",
      "RESET *",
      "SHOW",
      "SHOW *",
      "BEGIN",
      "START TRANSACTION",
      "COMMIT",
      "ROLLBACK",
      "SAVEPOINT",
      "RELEASE",
      "DEALLOCATE*",
      "DISCARD*",
      "CLOSE*",
      "FETCH",
      "MOVE",
      "LISTEN",
      "UNLISTEN",
      "NOTIFY",
      "CHECKPOINT",
      "USE",
      "EMPTY QUERY",
    ],
  ],
  [
    "method",
    [
      "initialize",
      "ping",
      "notifications/*",
      "tools/list",
      "resources/list",
      "resources/templates/list",
      "prompts/list",
      "completion/complete",
      "logging/setLevel",
    ],
  ],
  ["operation", ["agent", "x11", "pty", "shell", "env"]],
]);

/** Statements that take rows from relations. */
export const READS_ROWS: readonly string[] = [
  "SELECT",
  "SELECT INTO",
  "INSERT",
  "UPDATE",
  "DELETE",
  "MERGE",
  "REPLACE",
  "COPY",
  "CREATE TABLE AS",
  "CREATE MATERIALIZED VIEW",
];

/** Matchers that name what a command is about. */
export const OBJECT_FIELDS: readonly string[] = [
  "reads",
  "writes",
  "path",
  "tool",
  "resource",
  "prompt",
  "exec",
  "subsystem",
  "forward",
  "listen",
  "socket",
  "line",
];

/** Matchers that stand for a whole command without an object. */
export const BARE_FIELDS: readonly string[] = ["shell", "pty", "agent", "x11"];

/** Groups of matchers of which no command has two at once. */
export const EXCLUSIVE: readonly (readonly (readonly string[])[])[] = [
  [["exec"], ["sftp", "path"], ["subsystem"], ["forward"], ["listen"], ["socket"]],
  [["tool"], ["resource"], ["prompt"]],
];

/** Names that let a command run programs of its own, change who it is, or hand out rights. */
export const ESCAPES: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "statement",
    [
      "DO",
      "CALL",
      "COPY PROGRAM",
      "COPY FILE",
      "LOAD",
      "LOAD DATA",
      "CREATE FUNCTION",
      "CREATE PROCEDURE",
      "CREATE EXTENSION",
      "CREATE LANGUAGE",
      "CREATE TRIGGER",
      "CREATE EVENT TRIGGER",
      "CREATE RULE",
      "CREATE SUBSCRIPTION",
      "CREATE SERVER",
      "CREATE USER MAPPING",
      "IMPORT FOREIGN SCHEMA",
      "ALTER SYSTEM",
      "ALTER ROLE",
      "CREATE ROLE",
      "GRANT",
      "GRANT ROLE",
      "ALTER DEFAULT PRIVILEGES",
      "SET ROLE",
      "SET SESSION AUTHORIZATION",
      "SECURITY LABEL",
    ],
  ],
  ["subresource", ["exec", "attach", "portforward", "proxy", "ephemeralcontainers", "token"]],
  ["operation", ["shell", "agent", "forward", "listen", "socket"]],
]);

/** Programs that run other programs, where their arguments are left open. */
export const INTERPRETERS: readonly string[] = [
  ..."sh bash dash ash zsh ksh csh tcsh fish busybox".split(" "),
  ..."python python2 python3 perl ruby node php lua tclsh awk gawk mawk sed ed vi vim nano less more man".split(" "),
  ..."env sudo su doas nohup nice timeout setsid xargs find parallel watch script make chroot nsenter unshare".split(
    " ",
  ),
  ..."strace gdb ssh scp rsync tar git docker podman kubectl crontab at".split(" "),
];

/** Objects whose values open other doors. */
export const CREDENTIALS: ReadonlyMap<string, readonly string[]> = new Map([
  ["reads", ["pg_catalog.pg_authid", "pg_catalog.pg_shadow", "pg_catalog.pg_user_mapping"]],
  ["resource", ["secrets"]],
  ["path", ["/etc/shadow", "/root/.ssh/id_ed25519", "/home/someone/.ssh/id_ed25519", "/proc/1/environ"]],
]);

/** First words of statements that some server knows. */
export const STATEMENT_VERBS: readonly string[] = (
  "ABORT ALTER ANALYZE BEGIN BINLOG CACHE CALL CHANGE CHECK CHECKPOINT CHECKSUM CLOSE CLUSTER COMMENT COMMIT COPY CREATE " +
  "DEALLOCATE DECLARE DELETE DESCRIBE DISCARD DO DROP EMPTY END EXECUTE EXPLAIN FETCH FLUSH GET GRANT HANDLER HELP " +
  "IMPORT INSERT INSTALL KILL LISTEN LOAD LOCK MERGE MOVE NOTIFY OPTIMIZE PREPARE PURGE REASSIGN REFRESH REINDEX " +
  "RELEASE RENAME REPAIR REPLACE RESET RESIGNAL RESTART REVOKE ROLLBACK SAVEPOINT SECURITY SELECT SET SHOW SHUTDOWN " +
  "SIGNAL START STOP TABLE TRUNCATE UNINSTALL UNLISTEN UNLOCK UPDATE USE VACUUM VALUES WITH XA"
).split(" ");

/** What CREATE, ALTER and DROP are followed by. */
export const STATEMENT_OBJECTS: readonly string[] = (
  "ACCESS AGGREGATE CAST COLLATION CONVERSION DATABASE DEFAULT DOMAIN EVENT EXTENSION FOREIGN FUNCTION GROUP INDEX " +
  "INSTANCE LANGUAGE LARGE LOGFILE MATERIALIZED OPERATOR OWNED PACKAGE POLICY PREPARE PROCEDURE PUBLICATION RESOURCE " +
  "ROLE ROUTINE RULE SCHEMA SEQUENCE SERVER SPATIAL STATISTICS SUBSCRIPTION SYSTEM TABLE TABLESPACE TEMPORARY TEXT " +
  "TRANSFORM TRIGGER TYPE UNDO USER VIEW"
).split(" ");

/** What COPY is followed by where it is no client's stream. */
export const COPY_FORMS: readonly string[] = ["FILE", "PROGRAM"];

/** Verbs of requests on API objects, with those that only authorisation knows. */
export const REQUEST_VERBS: readonly string[] = (
  "get list watch create update patch delete deletecollection proxy use bind escalate impersonate approve sign " +
  "attest connect"
).split(" ");

/** Methods of requests. */
export const METHODS: readonly string[] = (
  "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH " +
  "PURGE QUERY initialize ping tools/list tools/call resources/list resources/read resources/templates/list " +
  "resources/subscribe resources/unsubscribe prompts/list prompts/get completion/complete logging/setLevel " +
  "sampling/createMessage elicitation/create roots/list notifications/initialized notifications/cancelled " +
  "notifications/progress notifications/message notifications/roots/list_changed"
).split(" ");
