export const id = 958;
export const ids = [958];
export const modules = {

/***/ 88140:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   W: () => (/* binding */ explain)
/* harmony export */ });
/* harmony import */ var _decide_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75511);
/* harmony import */ var _match_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(28918);
/* harmony import */ var _outcome_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(34331);
/** Why a verdict is what it is: each rule with its outcome and the first matcher that stood in its way. Pure. */
                                                    



                                                         
                                         
                                                       

                              
                        
                          
                                                                
                                                 
                                                                                                            
                           
 

/**
 * Explains the verdict of `decide` over the same facts. Of a batch it explains the first statement that has the
 * verdict of the whole.
 */
function explain(grant       , facts       , session               )                         {
  const parts = facts.classified ? facts.parts : undefined;
  if (parts !== undefined && parts.length > 1) {
    const { kind } = (0,_decide_js__WEBPACK_IMPORTED_MODULE_0__/* .decide */ .LD)(grant, facts, session);
    const part = parts.find((candidate) => (0,_decide_js__WEBPACK_IMPORTED_MODULE_0__/* .decide */ .LD)(grant, candidate, session).kind === kind);
    return part === undefined ? [] : explainOne(grant, part, session);
  }
  return explainOne(grant, facts, session);
}

function explainOne(grant       , facts       , session                          )                         {
  const housekeeping = (0,_decide_js__WEBPACK_IMPORTED_MODULE_0__/* .isOpenHousekeeping */ .e7)(grant, facts);
  const field = housekeeping ? (0,_decide_js__WEBPACK_IMPORTED_MODULE_0__/* .commandField */ .EE)(grant) : undefined;
  const explained = grant.rules.map((rule)              => {
    const { id, effect } = rule;
    try {
      const outcome = (0,_decide_js__WEBPACK_IMPORTED_MODULE_0__/* .ruleOutcome */ .NQ)(rule, facts, session);
      if (effect !== "allow" && outcome !== _outcome_js__WEBPACK_IMPORTED_MODULE_1__/* .FALSE */ .W8 && !(0,_decide_js__WEBPACK_IMPORTED_MODULE_0__/* .ruleApplies */ .bF)(rule, facts, session, field)) {
        return { rule: id, effect, outcome: "false", failed: "housekeeping" };
      }
      if (outcome === _outcome_js__WEBPACK_IMPORTED_MODULE_1__/* .CARRIED */ .xc) return { rule: id, effect, outcome: "true" };
      return {
        rule: id,
        effect,
        outcome: outcome === _outcome_js__WEBPACK_IMPORTED_MODULE_1__/* .FALSE */ .W8 ? "false" : "unknown",
        failed: firstFailed(rule, facts, session),
      };
    } catch {
      return { rule: id, effect, outcome: "unknown", failed: "error" };
    }
  });
  return housekeeping ? [...explained, { rule: "housekeeping", effect: "allow", outcome: "true" }] : explained;
}

function firstFailed(rule              , facts       , session                          )         {
  const evaluate = rule.effect === "allow" ? _match_js__WEBPACK_IMPORTED_MODULE_2__/* .all */ .Q7 : _match_js__WEBPACK_IMPORTED_MODULE_2__/* .one */ .xH;
  const outcomes = rule.match.map((matcher) => ({ name: matcher.name, outcome: evaluate(matcher, facts) }));
  const failed =
    outcomes.find(({ outcome }) => outcome === _outcome_js__WEBPACK_IMPORTED_MODULE_1__/* .FALSE */ .W8) ?? outcomes.find(({ outcome }) => outcome === _outcome_js__WEBPACK_IMPORTED_MODULE_1__/* .UNKNOWN */ .HV);
  if (failed !== undefined) return failed.name;
  if (rule.effect === "allow") {
    // Every matcher is true, but the match is not: true by emptiness alone.
    if ((0,_match_js__WEBPACK_IMPORTED_MODULE_2__/* .matchAll */ .HD)(rule.match, facts) === _outcome_js__WEBPACK_IMPORTED_MODULE_1__/* .FALSE */ .W8) {
      return outcomes.find(({ outcome }) => outcome === _outcome_js__WEBPACK_IMPORTED_MODULE_1__/* .BY_EMPTINESS */ .Ht)?.name ?? "match";
    }
  }
  if (rule.when !== undefined && rule.when.test(facts, session) !== _outcome_js__WEBPACK_IMPORTED_MODULE_1__/* .CARRIED */ .xc) return "when";
  if (rule.effect === "allow") {
    if (rule.unless !== undefined && (0,_match_js__WEBPACK_IMPORTED_MODULE_2__/* .matchOne */ .Ai)(rule.unless, facts) !== _outcome_js__WEBPACK_IMPORTED_MODULE_1__/* .FALSE */ .W8) return "unless";
    return "classified";
  }
  return "unless";
}


/***/ }),

/***/ 29814:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ overlaps),
/* harmony export */   g: () => (/* binding */ contains)
/* harmony export */ });
/** Is everything that one pattern matches also matched by another? Pure. */

/** How patterns of a field are read. */
                               
                                                  
                         
                              
 

/**
 * True when `outer` certainly matches whatever `inner` matches. A star of the inner pattern is a piece of text that
 * nobody knows, so only a star of the outer one can take it. False may mean "not sure".
 */
function contains(outer        , inner        , style              )          {
  if (outer.startsWith("@") || inner.startsWith("@")) return outer === inner;
  const pattern = tokens(style.upperCase ? outer.toUpperCase() : outer, style.path);
  const text = tokens(style.upperCase ? inner.toUpperCase() : inner, style.path);
  let states = new Set(reachable(pattern, [0]));
  for (const piece of text) {
    const next           = [];
    for (const at of states) {
      const step = pattern[at];
      if (step === undefined) continue;
      if (step === MANY) next.push(at);
      else if (step === ONE) {
        if (piece !== MANY && piece !== "/") next.push(at);
      } else if (step === piece) next.push(at + 1);
    }
    states = new Set(reachable(pattern, next));
    if (states.size === 0) return false;
  }
  return states.has(pattern.length);
}

/** True when both patterns can match one and the same text. A group (`@catalog`) meets only itself. */
function overlaps(a        , b        , style              )          {
  if (a.startsWith("@") || b.startsWith("@")) return a === b;
  const left = tokens(style.upperCase ? a.toUpperCase() : a, style.path);
  const right = tokens(style.upperCase ? b.toUpperCase() : b, style.path);
  // Both automata at once: a pair of places is reachable when some text leads to both.
  const seen = new Set        ();
  const queue                                = [[0, 0]];
  for (let pair = queue.pop(); pair !== undefined; pair = queue.pop()) {
    const [i, j] = pair;
    const key = i * (right.length + 1) + j;
    if (seen.has(key)) continue;
    seen.add(key);
    if (i === left.length && j === right.length) return true;
    const x = left[i];
    const y = right[j];
    if (x === MANY || x === ONE) queue.push([i + 1, j]);
    if (y === MANY || y === ONE) queue.push([i, j + 1]);
    if (x === undefined || y === undefined) continue;
    const xStar = x === MANY || x === ONE;
    const yStar = y === MANY || y === ONE;
    if (xStar && !yStar && (x === MANY || y !== "/")) queue.push([i, j + 1]);
    if (yStar && !xStar && (y === MANY || x !== "/")) queue.push([i + 1, j]);
    if (!xStar && !yStar && x === y) queue.push([i + 1, j + 1]);
  }
  return false;
}

/** Without path rules every star is one that crosses slashes. */
function tokens(pattern        , path         )                    {
  return (pattern.match(/\*+|[^*]/gsu) ?? []).map((piece) => {
    if (!piece.startsWith("*")) return piece;
    return path && piece.length === 1 ? ONE : MANY;
  });
}

/** A star also stands for nothing. */
function* reachable(pattern                   , places                   )                    {
  for (const place of places) {
    let at = place;
    yield at;
    while (pattern[at] === ONE || pattern[at] === MANY) yield (at += 1);
  }
}

const ONE = "*";
const MANY = "**";


/***/ }),

/***/ 53601:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   BZ: () => (/* binding */ REQUEST_VERBS),
/* harmony export */   HY: () => (/* binding */ ESCAPES),
/* harmony export */   Iw: () => (/* binding */ READS_ROWS),
/* harmony export */   J8: () => (/* binding */ METHODS),
/* harmony export */   PC: () => (/* binding */ EXCLUSIVE),
/* harmony export */   TE: () => (/* binding */ STATEMENT_VERBS),
/* harmony export */   Zb: () => (/* binding */ WITHOUT_OBJECT),
/* harmony export */   cz: () => (/* binding */ COPY_FORMS),
/* harmony export */   iF: () => (/* binding */ OBJECT_FIELDS),
/* harmony export */   q1: () => (/* binding */ INTERPRETERS),
/* harmony export */   r8: () => (/* binding */ BARE_FIELDS),
/* harmony export */   rq: () => (/* binding */ READING),
/* harmony export */   tG: () => (/* binding */ CREDENTIALS),
/* harmony export */   zZ: () => (/* binding */ STATEMENT_OBJECTS)
/* harmony export */ });
/**
 * What lint knows about the names that policies use: which commands only read, which need an object, which run
 * programs of their own. Pure data, by the name of a matcher. A name that is missing here counts as the worse one.
 */

/** Commands that change nothing, as patterns. What wraps another command (PREPARE) counts with what it runs. */
const READING                                         = new Map([
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
const WITHOUT_OBJECT                                         = new Map([
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
const READS_ROWS                    = [
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
const OBJECT_FIELDS                    = [
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
const BARE_FIELDS                    = ["shell", "pty", "agent", "x11"];

/** Groups of matchers of which no command has two at once. */
const EXCLUSIVE                                              = [
  [["exec"], ["sftp", "path"], ["subsystem"], ["forward"], ["listen"], ["socket"]],
  [["tool"], ["resource"], ["prompt"]],
];

/** Names that let a command run programs of its own, change who it is, or hand out rights. */
const ESCAPES                                         = new Map([
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
const INTERPRETERS                    = [
  ..."sh bash dash ash zsh ksh csh tcsh fish busybox".split(" "),
  ..."python python2 python3 perl ruby node php lua tclsh awk gawk mawk sed ed vi vim nano less more man".split(" "),
  ..."env sudo su doas nohup nice timeout setsid xargs find parallel watch script make chroot nsenter unshare".split(
    " ",
  ),
  ..."strace gdb ssh scp rsync tar git docker podman kubectl crontab at".split(" "),
];

/** Objects whose values open other doors. */
const CREDENTIALS                                         = new Map([
  ["reads", ["pg_catalog.pg_authid", "pg_catalog.pg_shadow", "pg_catalog.pg_user_mapping"]],
  ["resource", ["secrets"]],
  ["path", ["/etc/shadow", "/root/.ssh/id_ed25519", "/home/someone/.ssh/id_ed25519", "/proc/1/environ"]],
]);

/** First words of statements that some server knows. */
const STATEMENT_VERBS                    = (
  "ABORT ALTER ANALYZE BEGIN BINLOG CACHE CALL CHANGE CHECK CHECKPOINT CHECKSUM CLOSE CLUSTER COMMENT COMMIT COPY CREATE " +
  "DEALLOCATE DECLARE DELETE DESCRIBE DISCARD DO DROP EMPTY END EXECUTE EXPLAIN FETCH FLUSH GET GRANT HANDLER HELP " +
  "IMPORT INSERT INSTALL KILL LISTEN LOAD LOCK MERGE MOVE NOTIFY OPTIMIZE PREPARE PURGE REASSIGN REFRESH REINDEX " +
  "RELEASE RENAME REPAIR REPLACE RESET RESIGNAL RESTART REVOKE ROLLBACK SAVEPOINT SECURITY SELECT SET SHOW SHUTDOWN " +
  "SIGNAL START STOP TABLE TRUNCATE UNINSTALL UNLISTEN UNLOCK UPDATE USE VACUUM VALUES WITH XA"
).split(" ");

/** What CREATE, ALTER and DROP are followed by. */
const STATEMENT_OBJECTS                    = (
  "ACCESS AGGREGATE CAST COLLATION CONVERSION DATABASE DEFAULT DOMAIN EVENT EXTENSION FOREIGN FUNCTION GROUP INDEX " +
  "INSTANCE LANGUAGE LARGE LOGFILE MATERIALIZED OPERATOR OWNED PACKAGE POLICY PREPARE PROCEDURE PUBLICATION RESOURCE " +
  "ROLE ROUTINE RULE SCHEMA SEQUENCE SERVER SPATIAL STATISTICS SUBSCRIPTION SYSTEM TABLE TABLESPACE TEMPORARY TEXT " +
  "TRANSFORM TRIGGER TYPE UNDO USER VIEW"
).split(" ");

/** What COPY is followed by where it is no client's stream. */
const COPY_FORMS                    = ["FILE", "PROGRAM"];

/** Verbs of requests on API objects, with those that only authorisation knows. */
const REQUEST_VERBS                    = (
  "get list watch create update patch delete deletecollection proxy use bind escalate impersonate approve sign " +
  "attest connect"
).split(" ");

/** Methods of requests. */
const METHODS                    = (
  "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH " +
  "PURGE QUERY initialize ping tools/list tools/call resources/list resources/read resources/templates/list " +
  "resources/subscribe resources/unsubscribe prompts/list prompts/get completion/complete logging/setLevel " +
  "sampling/createMessage elicitation/create roots/list notifications/initialized notifications/cancelled " +
  "notifications/progress notifications/message notifications/roots/list_changed"
).split(" ");


/***/ }),

/***/ 98858:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Kg: () => (/* binding */ readPolicyTests),
/* harmony export */   U0: () => (/* binding */ unknownName),
/* harmony export */   xj: () => (/* binding */ readSuite)
/* harmony export */ });
/* harmony import */ var _nearest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(78837);
/* harmony import */ var _reader_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(86408);
/* harmony import */ var _policy_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(35415);
/* harmony import */ var _yaml_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(19492);
/**
 * Reads tests of a policy: `tests:` of policy.yaml, or a `*.test.yaml` with its own catalogue. Pure.
 *
 * What a command is, only the readers know that the caller gives: one for each key such as `sql`. Unknown keys are
 * refused with their place, so that a test with a slip never passes by testing nothing.
 */




                                            

/** One file of tests. */
                        
                        
                                                                                    
                                                                     
                                                                 
                                
                                        
                                        
 

                                                    

                    
                        
                                                                    
                        
 

/** A job of the trust rule `as` sends a command over a grant. */
                                               
                           
                                                                 
                                                                   
                                         
                       
                             
                                                                                         
                                                     
                                      
 

                                     
                                              
                                             
                         
                                               
                                     
                                         
                             
 

/** A token with these claims asks for a session; or a job of `as` asks for a grant. */
                                                
                            
                                                     
                                                                 
                                                                    
                    
                                            
                                          
                           
                                                    
                                        
    
 

/** Reads a `*.test.yaml`. `keys`: the commands that the caller can read. */
function readSuite(text        , file        , keys                   )        {
  const { root, problems } = (0,_yaml_js__WEBPACK_IMPORTED_MODULE_0__/* .parseYamlDocument */ .Iu)(text, file);
  const view = (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readObject */ .Ag)(problems, root, {
    what: "a test file",
    keys: ["version", "policy", "catalogue", "tests"],
    required: ["tests"],
  });
  const version = view?.get("version");
  if (version !== undefined && (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readString */ .E3)(problems, version, "`version`") !== _policy_js__WEBPACK_IMPORTED_MODULE_2__/* .FORMAT_VERSION */ .Hp) {
    problems.add(version, `this gate reads \`version: ${_policy_js__WEBPACK_IMPORTED_MODULE_2__/* .FORMAT_VERSION */ .Hp}\` only; write that`);
  }
  const policyNode = view?.get("policy");
  const path = policyNode && (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readString */ .E3)(problems, policyNode, "`policy`");
  const catalogue = view?.get("catalogue");
  const testsNode = view?.get("tests");
  const tests = testsNode === undefined ? [] : readTests(problems, testsNode, keys);
  return {
    file,
    tests,
    problems: problems.list,
    ...(path === undefined || policyNode === undefined ? {} : { policy: { path, at: policyNode.at } }),
    ...(catalogue === undefined ? {} : { catalogue }),
  };
}

/** Reads `tests:` of a policy; the rest of the file is the policy's own. */
function readPolicyTests(text        , file        , keys                   )        {
  const { root, problems } = (0,_yaml_js__WEBPACK_IMPORTED_MODULE_0__/* .parseYamlDocument */ .Iu)(text, file);
  const node = root.type === "map" ? root.entries.get("tests")?.value : undefined;
  // What is wrong with the YAML itself, the policy's parser reports.
  const before = problems.list;
  const tests = node === undefined ? [] : readTests(problems, node, keys);
  return { file, tests, problems: problems.list.filter((problem) => !before.includes(problem)) };
}

function readTests(problems          , node          , keys                   )                        {
  return (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readList */ .LD)(problems, node, "`tests`", (item) => readTest(problems, item, keys)) ?? [];
}

function readTest(problems          , node          , keys                   )                         {
  const view = (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readObject */ .Ag)(problems, node, {
    what: "a test",
    keys: ["name", "as", "grant", "claims", "expect", ...keys],
    required: ["expect"],
  });
  const expectNode = view?.get("expect");
  if (view === undefined || expectNode === undefined) return undefined;
  const read = (key                         ) => {
    const value = view.get(key);
    const text = value && (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readString */ .E3)(problems, value, `\`${key}\``);
    return value === undefined || text === undefined ? undefined : { text, at: value.at };
  };
  const [name, as, grant] = [read("name")?.text, read("as"), read("grant")];
  const used = keys.filter((key) => view.get(key) !== undefined);
  const claimsNode = view.get("claims");
  const common = { at: node.at, ...(as === undefined ? {} : { as }) };
  const claims = claimsNode && readClaims(problems, claimsNode);
  const [key, second] = used;
  if (key !== undefined) {
    const command = view.get(key);
    if (second !== undefined) problems.add(node, `a test has one command; this one has \`${key}\` and \`${second}\``);
    if (grant === undefined) problems.add(node, "a test of a command needs `grant`, over which it goes");
    if (claimsNode !== undefined && as === undefined) {
      problems.add(claimsNode, "`claims` beside a command are those of a job; write its trust rule as `as`");
    }
    const expect = readCommandExpectation(problems, expectNode);
    if (grant === undefined || command === undefined || expect === undefined || second !== undefined) return undefined;
    const own = claims === undefined ? {} : { claims };
    return { ...common, ...own, type: "command", name: name ?? titleOf(key, command), grant, key, command, expect };
  }
  const expect = readExchangeExpectation(problems, expectNode);
  if (claimsNode === undefined && (as === undefined || grant === undefined)) {
    problems.add(node, `a test needs a command (${keys.join(", ")}), \`claims\`, or both \`as\` and \`grant\``);
    return undefined;
  }
  if (expect === undefined) return undefined;
  return {
    ...common,
    type: "exchange",
    name: name ?? (claims === undefined ? `${as?.text} gets ${grant?.text}` : `claims ${brief(claims)}`),
    expect,
    ...(claims === undefined ? {} : { claims }),
    ...(grant === undefined ? {} : { grant }),
  };
}

function readCommandExpectation(problems          , node          )                                 {
  const view = (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readObject */ .Ag)(problems, node, { what: "`expect`", keys: ["effect", "rule", "rules", "approval"] });
  if (view === undefined) return undefined;
  const effectNode = view.get("effect");
  const ruleNode = view.get("rule");
  const rulesNode = view.get("rules");
  const approvalNode = view.get("approval");
  const effect = effectNode && (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readWord */ .pS)(problems, effectNode, "`effect`", ["allow", "hold", "deny"]         );
  const rule = ruleNode && (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readString */ .E3)(problems, ruleNode, "`rule`");
  const rules =
    rulesNode && (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readOneOrMore */ .BV)(problems, rulesNode, "`rules`", (item) => (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readString */ .E3)(problems, item, "`rules`"));
  const approval = approvalNode && (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readString */ .E3)(problems, approvalNode, "`approval`");
  if (node.type === "map" && node.entries.size === 0) problems.add(node, "`expect` is empty; write `effect:`");
  return {
    ...(effect === undefined ? {} : { effect }),
    ...(rule === undefined ? {} : { rule }),
    ...(rules === undefined ? {} : { rules }),
    ...(approval === undefined ? {} : { approval }),
  };
}

function readExchangeExpectation(problems          , node          )                                     {
  const view = (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readObject */ .Ag)(problems, node, {
    what: "`expect`",
    keys: ["exchange", "rule", "grants"],
    required: ["exchange"],
  });
  const exchangeNode = view?.get("exchange");
  const exchange = exchangeNode && (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readWord */ .pS)(problems, exchangeNode, "`exchange`", ["allowed", "denied"]         );
  const ruleNode = view?.get("rule");
  const rule = ruleNode && (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readString */ .E3)(problems, ruleNode, "`rule`");
  const grantsNode = view?.get("grants");
  const grants =
    grantsNode && (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readOneOrMore */ .BV)(problems, grantsNode, "`grants`", (item) => (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readString */ .E3)(problems, item, "`grants`"));
  if (exchange === undefined) return undefined;
  return { exchange, ...(rule === undefined ? {} : { rule }), ...(grants === undefined ? {} : { grants }) };
}

function readClaims(problems          , node          )                                               {
  const entries = (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readEntries */ .$2)(problems, node, "`claims`");
  if (entries === undefined) return undefined;
  // No prototype: a claim may be called anything.
  const claims = Object.create(null)                          ;
  for (const { key, value } of entries) {
    const text = (0,_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .readText */ .yR)(problems, value, `the claim \`${key}\``);
    if (text !== undefined) claims[key] = text;
  }
  return claims;
}

function titleOf(key        , node          )         {
  const text = node.type === "scalar" ? node.text : flat(node);
  return `${key} ${cut(text.replace(/\s+/g, " "))}`;
}

function flat(node          )         {
  switch (node.type) {
    case "scalar":
      return node.text;
    case "list":
      return node.items.map(flat).join(" ");
    case "map":
      return [...node.entries].map(([key, { value }]) => `${key}: ${flat(value)}`).join(", ");
    case "invalid":
      return "";
  }
}

function brief(claims                                  )         {
  return cut(
    Object.entries(claims)
      .map(([key, value]) => `${key}=${value}`)
      .join(" "),
  );
}

function cut(text        )         {
  return text.length > TITLE_CHARS_MAX ? `${text.slice(0, TITLE_CHARS_MAX)}…` : text;
}

/** The problem of a name that the policy does not have. */
function unknownName(what        , name        , known                   )         {
  return `there is no ${what} \`${name}\`${(0,_nearest_js__WEBPACK_IMPORTED_MODULE_3__/* .suggestion */ .h)(name, known)}`;
}

/** Characters of a test's title that is made of its command. */
const TITLE_CHARS_MAX = 100;


/***/ }),

/***/ 66609:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   MC: () => (/* binding */ sessionOf),
/* harmony export */   N$: () => (/* binding */ runTests),
/* harmony export */   cK: () => (/* binding */ refusing)
/* harmony export */ });
/* harmony import */ var _decide_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(75511);
/* harmony import */ var _explain_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(88140);
/* harmony import */ var _yaml_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(19492);
/* harmony import */ var _read_tests_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(98858);
/** Runs the tests of a policy over facts, exactly as the engine would decide them. Pure. */
                                                                
                                                          


                                                  
                                            



/** From what a test says of a command to what the engine would be asked; undefined after a problem was added. */
                                       
                              
                          
                        
                               

                               
                        
                                                                                                             
                            
 

/** The trust rule that a token with these claims is let in by; otherwise what stood in its way. */
                        
                              
                                           
                                                                                           

                             
                        
                          
                                                       
                              
 

                             
                        
                        
                        
                          
                           
                            
                       
                                                                                        
                                                
                                                                                
                            
                                            
                                        
 

function runTests(tests                       , context            )                        {
  return tests.map((test) => (test.type === "command" ? runCommand(test, context) : runExchange(test, context)));
}

function runCommand(test             , context            )             {
  const { policy, file } = context;
  const problems = new _yaml_js__WEBPACK_IMPORTED_MODULE_0__/* .Problems */ .Zw(file);
  const { expect } = test;
  const expected = [
    expect.effect,
    expect.rule === undefined ? undefined : `by \`${expect.rule}\``,
    expect.rules === undefined ? undefined : `by exactly ${expect.rules.join(", ")}`,
    expect.approval === undefined ? undefined : `approval \`${expect.approval}\``,
  ]
    .filter((part) => part !== undefined)
    .join(" ");
  const grant = policy.grants.get(test.grant.text);
  if (grant === undefined) problems.add(test.grant, (0,_read_tests_js__WEBPACK_IMPORTED_MODULE_1__/* .unknownName */ .U0)("grant", test.grant.text, [...policy.grants.keys()]));
  const refused = test.as && givenTo(policy, problems, test.as, test.grant.text);
  checkRuleNames(problems, test, grant);
  const command = grant && problems.count === 0 ? read(test, grant, problems, context) : undefined;
  if (grant === undefined || command === undefined || problems.count > 0) {
    return result(test, context, { passed: false, expected, got: "not run", problems: problems.list });
  }
  if (refused !== undefined) return result(test, context, { passed: false, expected, got: refused, problems: [] });
  const { facts, refusal } = command;
  const session = test.as && sessionOf(policy, test.as.text, test.claims);
  const verdict = refusing((0,_decide_js__WEBPACK_IMPORTED_MODULE_2__/* .decide */ .LD)(grant, facts, session), refusal);
  const approval = verdict.kind === "hold" ? verdict.approval.name : undefined;
  const passed =
    (expect.effect === undefined || expect.effect === verdict.kind) &&
    (expect.rule === undefined || verdict.rules.includes(expect.rule)) &&
    (expect.rules === undefined || sameNames(expect.rules, verdict.rules)) &&
    (expect.approval === undefined || expect.approval === approval);
  const observed = grant.mode === "observe" && verdict.kind !== "allow" ? ", only observed" : "";
  const got = `${verdict.kind} by ${verdict.rules.join(", ")}${approval === undefined ? "" : ` approval \`${approval}\``}${observed}`;
  return result(test, context, {
    passed,
    expected,
    got,
    problems: [],
    ...(passed ? {} : { explanation: (0,_explain_js__WEBPACK_IMPORTED_MODULE_3__/* .explain */ .W)(grant, facts, session) }),
    ...because(facts, refusal),
  });
}

function runExchange(test              , context            )             {
  const { policy, file } = context;
  const problems = new _yaml_js__WEBPACK_IMPORTED_MODULE_0__/* .Problems */ .Zw(file);
  const { expect } = test;
  const expected = [
    `exchange ${expect.exchange}`,
    expect.rule === undefined ? undefined : `by \`${expect.rule}\``,
    expect.grants === undefined ? undefined : `with ${expect.grants.join(", ")}`,
  ]
    .filter((part) => part !== undefined)
    .join(" ");
  const done = (passed         , got        ) =>
    result(test, context, { passed, expected, got, problems: problems.list });
  const wanted = [...(expect.grants ?? []), ...(test.grant === undefined ? [] : [test.grant.text])];
  for (const name of wanted) {
    if (!policy.grants.has(name)) problems.add(test, (0,_read_tests_js__WEBPACK_IMPORTED_MODULE_1__/* .unknownName */ .U0)("grant", name, [...policy.grants.keys()]));
  }
  for (const name of [expect.rule, test.as?.text]) trustRule(policy, problems, name, test.at);
  if (problems.count > 0) return done(false, "not run");
  if (test.claims === undefined) {
    const refused = givenTo(policy, problems, test.as ?? { text: "", at: test.at }, test.grant?.text ?? "");
    const got = refused === undefined ? "allowed" : "denied";
    return done(got === expect.exchange, `exchange ${got}${refused === undefined ? "" : ` (${refused})`}`);
  }
  const outcome = context.exchange(policy.trust, test.claims);
  if (outcome.rule === undefined) return done(expect.exchange === "denied", `exchange denied (${outcome.reason})`);
  const { name, grants } = outcome.rule;
  const lacking = wanted.filter((grant) => !grants.includes(grant));
  const passed =
    lacking.length === 0
      ? expect.exchange === "allowed" &&
        (expect.rule === undefined || expect.rule === name) &&
        (test.as === undefined || test.as.text === name)
      : expect.exchange === "denied";
  return done(passed, `exchange allowed by \`${name}\` with ${grants.join(", ")}`);
}

/** What is allowed or held, and cannot be given what the grant demands, is refused. */
function refusing(verdict         , refusal                    )          {
  if (refusal === undefined || verdict.kind === "deny") return verdict;
  return { kind: "deny", rules: ["obligation"], message: refusal };
}

/**
 * Who asks, for conditions over the session: a job of this trust rule, whose claims are those that the rule fixes and
 * those that the test names.
 */
function sessionOf(
  policy        ,
  trustRule        ,
  claims                                   = {},
)               {
  const rule = policy.trust.find(({ name }) => name === trustRule);
  const fixed = Object.entries(rule?.claims ?? {}).flatMap(([claim, globs])                              => {
    const [only, ...others] = globs;
    return only === undefined || others.length > 0 || only.includes("*") ? [] : [[claim, only]];
  });
  return { trustRule, principal: { claims: { ...Object.fromEntries(fixed), ...claims } } };
}

function because(facts       , refusal                    )                                {
  const why = facts.classified ? refusal : facts.unclassifiedReason;
  return why === undefined ? {} : { because: why };
}

function read(test             , grant       , problems          , context            )                           {
  const command = context.readers.get(test.key)?.({ problems, node: test.command, grant });
  if (command !== undefined && command.facts.kind !== grant.kind) {
    problems.add(
      { at: test.command.at },
      `\`${test.key}\` is no command of \`${grant.name}\`, whose rules are about ${grant.kind}`,
    );
  }
  return command;
}

/** Undefined when a job of this trust rule gets the grant; otherwise why not. */
function givenTo(
  policy        ,
  problems          ,
  as                                                  ,
  grant        ,
)                     {
  const rule = trustRule(policy, problems, as.text, as.at);
  if (rule === undefined || rule.grants.includes(grant)) return undefined;
  return `the trust rule \`${as.text}\` does not give the grant \`${grant}\``;
}

function trustRule(policy        , problems          , name                    , at          )                        {
  if (name === undefined) return undefined;
  const rule = policy.trust.find((candidate) => candidate.name === name);
  if (rule === undefined) {
    const known = policy.trust.map((candidate) => candidate.name);
    problems.add({ at }, (0,_read_tests_js__WEBPACK_IMPORTED_MODULE_1__/* .unknownName */ .U0)("trust rule", name, known));
  }
  return rule;
}

/** A test that expects a rule which does not exist would fail for ever, or worse, be changed until it passes. */
function checkRuleNames(problems          , test             , grant                   )       {
  if (grant === undefined) return;
  const known = [...grant.rules.map(({ id }) => id), "default", "housekeeping", "obligation"];
  for (const name of [test.expect.rule, ...(test.expect.rules ?? [])]) {
    if (name === undefined || known.includes(name)) continue;
    problems.add(test, (0,_read_tests_js__WEBPACK_IMPORTED_MODULE_1__/* .unknownName */ .U0)(`rule of \`${grant.name}\``, name, known));
  }
}

function result(
  test            ,
  context            ,
  outcome                                                       ,
)             {
  return { name: test.name, file: context.file, line: test.at.line, column: test.at.column, ...outcome };
}

function sameNames(a                   , b                   )          {
  return a.length === b.length && a.every((name) => b.includes(name));
}


/***/ })

};
