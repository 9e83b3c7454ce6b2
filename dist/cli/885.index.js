export const id = 885;
export const ids = [885];
export const modules = {

/***/ 50885:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  COMMAND_KEYS: () => (/* reexport */ COMMAND_KEYS),
  catalogueOf: () => (/* reexport */ catalogueOf),
  commandReaders: () => (/* reexport */ commandReaders),
  exchange: () => (/* reexport */ exchange),
  explainCommand: () => (/* reexport */ explainCommand),
  isTestFile: () => (/* reexport */ isTestFile),
  lintPath: () => (/* reexport */ lintPath),
  lintPolicy: () => (/* reexport */ lintPolicy),
  parseSuite: () => (/* reexport */ parseSuite),
  readColumns: () => (/* reexport */ readColumns),
  readGatewayNames: () => (/* reexport */ readGatewayNames),
  testPath: () => (/* reexport */ testPath),
  testPolicy: () => (/* reexport */ testPolicy),
  testSuite: () => (/* reexport */ testSuite),
  unreadable: () => (/* reexport */ unreadable)
});

// EXTERNAL MODULE: ./packages/base/src/errors.js
var errors = __webpack_require__(49489);
// EXTERNAL MODULE: ./packages/policy/src/errors.js
var src_errors = __webpack_require__(74500);
// EXTERNAL MODULE: ./packages/policy/src/kinds.js
var src_kinds = __webpack_require__(46456);
// EXTERNAL MODULE: ./packages/policy/src/policy.js + 2 modules
var src_policy = __webpack_require__(35415);
// EXTERNAL MODULE: ./packages/policy/src/yaml.js
var yaml = __webpack_require__(19492);
;// CONCATENATED MODULE: ./packages/policy/src/lint/findings.js
/**
 * What lint can find: a stable code for each, how bad it is, and why it is dangerous. Pure data.
 *
 * Codes never change meaning: people ignore them by name, with a date (ignores.ts).
 */
                                            
                                           

/** error: the policy is not what it should be in force as. warning: look at it. note: could not be checked. */
                                                    

                                          
                          
                              
                                                       
                           
                                           
                          
                               
                       
 

                                               

                
                              
                          
 

const code = (severity          , danger        )       => ({ severity, danger });

const LINT_CODES = {
  "policy-invalid": code("error", "One mistake refuses the whole file: nothing of this policy can be in force."),

  "audience-missing": code(
    "error",
    "Without an audience of its own, a token that the job obtained for any other service could be exchanged here.",
  ),
  "audience-default": code(
    "error",
    "This is the audience that GitHub puts into a token when nobody asks for one, so tokens meant for other services, or leaked by them, open a session here.",
  ),
  "audience-shared": code(
    "error",
    "Tokens for this audience are handed to another service in the course of its normal work, and whoever reads them there can open a session here.",
  ),
  "audience-pattern": code("error", "An audience is compared exactly: nobody can ever have a token for this one."),
  "repository-id-missing": code(
    "error",
    "A name can be given up and registered by somebody else, and other claims are shared by every repository: only the numeric id stays with one repository.",
  ),
  "repository-id-wildcard": code("error", "Any repository on the whole of GitHub has an id that matches."),
  "owner-wildcard": code(
    "error",
    "Anybody can create an account or organisation whose name matches, and run a workflow of their own in it.",
  ),
  "event-name-missing": code(
    "error",
    "pull_request_target and workflow_run run on the default branch: a rule over `ref` alone lets strangers' pull requests in.",
  ),
  "event-wildcard": code("error", "Events that strangers trigger match as well, such as pull_request_target."),
  "event-untrusted": code(
    "error",
    "Anybody who may comment or open a pull request triggers this event, with the default branch's identity and on input of their own.",
  ),
  "pull-request-writes": code(
    "error",
    "The job runs code that nobody has reviewed yet, and the grant lets that code change things.",
  ),
  "self-hosted-writes": code(
    "error",
    "A self-hosted runner keeps what earlier jobs left behind: an earlier job can act as this one, and the grant lets it change things.",
  ),
  "claim-sub": code(
    "error",
    "Its form differs between repositories (names, or names with ids) and owners can change it: a pattern that is right today can match something else tomorrow.",
  ),
  "claim-unknown": code("warning", "No token has a claim of this name: the trust rule never fits any job."),
  "workflow-ref-unpinned": code(
    "error",
    "Without a fixed ref after `@`, the file may come from any branch: whoever can push one writes their own workflow.",
  ),
  "environment-missing": code(
    "error",
    "An environment is where GitHub keeps reviewers and branch rules: without it every job of the repository that fits gets these grants.",
  ),
  "ref-unpinned": code("warning", "Any branch fits, also one that nobody reviewed."),
  "trust-unreachable": code(
    "error",
    "The first rule that fits is taken: the jobs that this one is written for get the other one's grants and times.",
  ),
  "session-long": code("warning", "A session that outlives its job by hours is a session that somebody else can use."),

  "rule-unreachable": code(
    "error",
    "The rule says something that never happens: what its author wanted is not in force.",
  ),
  "rule-subsumed": code(
    "error",
    "A wider rule with the same effect makes this one meaningless: if it was meant as a restriction, it restricts nothing.",
  ),
  "allow-without-objects": code(
    "error",
    "It allows the command on everything that the credential reaches, also what does not exist yet.",
  ),
  "allow-reads-omitted": code(
    "warning",
    "It may read anything while it writes: `INSERT … SELECT` copies every table into one that can be read.",
  ),
  "allow-writes-omitted": code("warning", "The command can write, and nothing says where."),
  "allow-everything": code(
    "error",
    "A pattern of nothing but stars also stands for commands that nobody has thought of.",
  ),
  "allow-escape": code("warning", "What runs through this is a program of its own, whose effects no rule can see."),
  "allow-credentials": code("warning", "Values that are read through this open other doors, past this policy."),
  "functions-any": code(
    "warning",
    "Functions can write, open connections and run SQL of their own; some read the server's files.",
  ),
  "definition-open": code("warning", "A tool whose description changed can tell an agent to do something else."),
  "name-unknown": code("error", "No command is ever called this: a deny written so never denies."),
  "rule-unenforceable": code(
    "error",
    "The target's protocol cannot do what the rule demands: every command that it concerns is refused.",
  ),
  "observe-mode": code("warning", "Verdicts are recorded and nothing is enforced: everything goes through."),
  "grant-unused": code("warning", "No job can get it. If one should, the trust rule for it is missing."),
  "section-unused": code("warning", "Nothing refers to it. If something should, the reference is missing."),

  "approval-outlives-session": code(
    "error",
    "The session ends before the people's time does: an approval then comes too late for every job.",
  ),
  "approval-too-few": code("error", "There are never enough people: every hold expires."),
  "approval-no-spare": code(
    "warning",
    "Everybody named must answer, and whoever had a hand in the command may not: then nobody can approve it.",
  ),
  "approval-own": code("warning", "Whoever started the job, or wrote the change, can approve their own command."),

  "mask-column-unknown": code("error", "A mask over a column that does not exist hides nothing."),
  "mask-columns-unchecked": code("note", "A mask over a column that does not exist hides nothing."),

  "mask-predicate-open": code(
    "warning",
    "A condition over the column tells its values bit by bit, although none is ever shown.",
  ),
  "mask-ignore-expired": code("error", "The ignore has no effect any more, and the detector masks this column again."),
  "mask-ignore-expiring": code("warning", "On that day the detector masks this column again."),

  "ignore-invalid": code("error", "An ignore that cannot be read ignores nothing, or more than was meant."),
  "ignore-expired": code("error", "The time for which somebody accepted this risk is over."),
  "ignore-expiring": code("warning", "Soon this finding is an error again."),
  "ignore-unused": code("warning", "What it ignored is gone: left here, it hides the next one."),
}                                                  ;

/** Collects findings of one file. */
class Findings {
           file        ;
           #list            = [];

  constructor(file        ) {
    this.file = file;
  }

  add(name          , where                           , message        , fix        , severity           )       {
    const { line, column } = where.at;
    const twice = this.#list.some(
      (f) => f.code === name && f.line === line && f.column === column && f.message === message,
    );
    if (twice || this.#list.length >= FINDINGS_MAX) return;
    const { danger, severity: usual } = LINT_CODES[name];
    this.#list.push({ file: this.file, line, column, code: name, severity: severity ?? usual, message, danger, fix });
  }

  get list()                     {
    return this.#list;
  }
}

/** In the order of the file. */
function inOrder(findings                    )                     {
  return findings.toSorted(
    (a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : Number(a.code > b.code)),
  );
}

/** Findings that are reported of one file. */
const FINDINGS_MAX = 500;

// EXTERNAL MODULE: ./node_modules/yaml/dist/index.js
var dist = __webpack_require__(38815);
// EXTERNAL MODULE: ./packages/policy/src/nearest.js
var nearest = __webpack_require__(78837);
;// CONCATENATED MODULE: ./packages/policy/src/lint/ignores.js
/**
 * Findings that somebody has accepted, for a time and for a reason. Pure: today is a parameter.
 *
 * `# gate-lint: ignore CODE until 2027-03-01: reason` at the end of a line is for that line; alone on a line, for the
 * entry that begins on the next one. Without a date or a reason it is refused: an open-ended ignore is how a finding
 * becomes a policy.
 */




                  
                                      
                                                                  
                         
                           
                                            
                        
                      
 

/** Takes away what is ignored, and reports ignores that are wrong, over, soon over or for nothing. */
function applyIgnores(text        , found          , nowMs        )                     {
  const before = [...found.list];
  const ignores = readIgnores(text, found);
  const used = new Set        ();
  const kept = before.filter((finding) => {
    if (finding.code === "policy-invalid") return true;
    const ignore = ignores.find(
      ({ codes, from, to }) => codes.includes(finding.code) && finding.line >= from && finding.line <= to,
    );
    if (ignore === undefined) return true;
    used.add(ignore);
    return nowMs > ignore.untilMs;
  });
  for (const ignore of ignores) {
    const codes = ignore.codes.join(", ");
    if (!used.has(ignore)) {
      found.add("ignore-unused", ignore, `there is nothing to ignore here (${codes})`, "remove the comment");
    } else if (nowMs > ignore.untilMs) {
      found.add(
        "ignore-expired",
        ignore,
        `the ignore of ${codes} ended on ${ignore.until}`,
        "fix the finding, or decide anew and write a new date",
      );
    } else if (ignore.untilMs - nowMs < SOON_MS) {
      found.add(
        "ignore-expiring",
        ignore,
        `the ignore of ${codes} ends on ${ignore.until}`,
        "fix the finding, or decide anew and write a new date",
      );
    }
  }
  return [...kept, ...found.list.slice(before.length)];
}

function readIgnores(text        , found          )                    {
  const lines = text.split("\n");
  return comments(text).flatMap(({ line, column, comment, alone })                    => {
    const body = /^#+\s*gate-lint:\s*(.*)$/.exec(comment)?.[1];
    if (body === undefined) return [];
    const at = { line, column };
    const refuse = (message        )                    => {
      found.add("ignore-invalid", { at }, message, EXAMPLE);
      return [];
    };
    const match = IGNORE.exec(body);
    if (match === null) return refuse("this is not how an ignore is written");
    const codes = (match[1] ?? "").split(/\s*,\s*/);
    const unknown = codes.find((code) => !Object.hasOwn(LINT_CODES, code));
    if (unknown !== undefined) {
      return refuse(`there is no finding \`${unknown}\`${(0,nearest/* suggestion */.h)(unknown, Object.keys(LINT_CODES))}`);
    }
    const until = match[2] ?? "";
    const untilMs = /^\d{4}-\d{2}-\d{2}$/.test(until) ? Date.parse(`${until}T23:59:59Z`) : Number.NaN;
    if (Number.isNaN(untilMs)) return refuse("an ignore needs the date of its end, as in `until 2027-03-01`");
    if ((match[3] ?? "").trim() === "") return refuse("an ignore needs its reason, behind a colon");
    const [from, to] = alone ? entryAfter(lines, line) : [line, line];
    return [{ codes: codes              , at, until, untilMs, from, to }];
  });
}

/** The next line that is no comment, and the lines below it that are indented deeper. */
function entryAfter(lines                   , comment        )                            {
  let from = comment + 1;
  while (from <= lines.length && /^\s*(?:#.*)?\r?$/.test(lines[from - 1] ?? "")) from += 1;
  const depth = indentOf(lines[from - 1] ?? "");
  let to = from;
  for (let line = from + 1; line <= lines.length; line += 1) {
    const text = lines[line - 1] ?? "";
    if (/^\s*(?:#.*)?\r?$/.test(text)) continue;
    if (indentOf(text) <= depth) break;
    to = line;
  }
  return [from, to];
}

function indentOf(line        )         {
  return /^ */.exec(line)?.[0].length ?? 0;
}

                   
                        
                          
                           
                          
 

/** Comments as the YAML lexer sees them: a `#` inside of a string is none. */
function comments(text        )                     {
  const found            = [];
  let offset = 0;
  let scalar = false;
  for (const token of new dist/* Lexer */.JG().lex(text)) {
    // The lexer's own marks (document start, flow error, scalar) are no part of the text.
    if (token === "\x02" || token === "\x18") continue;
    if (token === "\x1f") {
      scalar = true;
      continue;
    }
    if (token.startsWith("#") && !scalar) {
      const start = text.lastIndexOf("\n", offset - 1) + 1;
      const line = text.slice(0, offset).split("\n").length;
      const alone = text.slice(start, offset).trim() === "";
      found.push({ line, column: offset - start + 1, comment: token.trimEnd(), alone });
    }
    scalar = false;
    offset += token.length;
  }
  return found;
}

/** CODE[, CODE…] [until DATE] [: reason] */
const IGNORE =
  /^ignore\s+([a-z-]+(?:\s*,\s*[a-z-]+)*)(?:\s+until\s+([^\s:]+))?(?:(?:\s*:|\s+(?:--?|—|because))\s*(.*))?$/;

const EXAMPLE = "write `# gate-lint: ignore environment-missing until 2027-03-01: moves to environments in Q1`";

/** An ignore that ends within this time is reported. */
const SOON_MS = 14 * 24 * 3_600_000;

// EXTERNAL MODULE: ./packages/policy/src/lint/patterns.js
var patterns = __webpack_require__(29814);
// EXTERNAL MODULE: ./packages/policy/src/rules.js + 99 modules
var rules = __webpack_require__(40456);
// EXTERNAL MODULE: ./packages/policy/src/units.js
var units = __webpack_require__(90636);
;// CONCATENATED MODULE: ./packages/policy/src/lint/written.js
/**
 * A policy as its author wrote it: every name, pattern and matcher with its place, nothing compiled. Pure.
 *
 * The tools reason about what is written (is this pattern inside that one?), which a compiled policy no longer tells.
 * Reading is lenient: what the parser refuses is left out here, and reported by the parser.
 */



                                                                  

/** A text and where it stands. */
                       
                        
                        
 

                                
                        
                                          
                                           
                                                 
                                                           
                                                    
                                                                                         
 

                               
                        
                        
                         
                                                                                  
                                                                                              
                                   
                      
                         
 

                               
                        
                                  
 

                               
                        
                        
                         
                                 
                                  
                                   
                       
 

                             
                        
                        
                          
                                         
 

                              
                      
                        
                                             
                                                                                                                 
                                                
                             
                                                  
                                                                                                            
                           
                           
 

/** One alternative: all of its matchers must hold. */
                                                         

                                 
                         
                              
                        
                          
 

                                  
                        
                        
                                 
                        
                          
                                                                                 
 

                               
                        
                        
                                                                                                  
                                     
                                       
                                                
                                     
 

/** Reads the tree of a policy; whatever is not in its place is left out. */
function readWritten(root          )                {
  return {
    at: root.at,
    trust: named(root, "trust").map(([name, at, node]) => readTrust(name, at, node)),
    grants: named(root, "grants").map(([name, at, node]) => ({
      name,
      at,
      sets: texts(child(node, "rules")),
      masks: texts(child(node, "masks")),
      limits: texts(child(node, "limits")),
      ...optional("target", written_text(child(node, "target"))),
      ...optional("mode", written_text(child(node, "mode"))),
    })),
    sets: new Map(
      named(root, "rules").map(([name, at, node]) => {
        const rules = node.type === "list" ? node.items.map(readRule).filter((rule) => rule !== undefined) : [];
        return [name, { name, at, node, rules }];
      }),
    ),
    approvals: new Map(named(root, "approvals").map(([name, at, node]) => [name, readApproval(name, at, node)])),
    masks: new Map(named(root, "masks").map(([name, at, node]) => [name, { name, at, ...readMasks(node) }])),
    limits: new Map(named(root, "limits").map(([name, at]) => [name, { name, at }])),
  };
}

/** The kind of facts that a rule set is written for, under a target or by its own matchers. */
function kindOfSet(
  set            ,
  target                    ,
  targets                                                                                 ,
)                       {
  const known = target !== undefined && targets !== undefined && Object.hasOwn(targets, target);
  if (known) return (0,src_kinds/* kindOfProtocol */.qh)(targets[target]?.protocol ?? "");
  return (0,rules/* guessKind */.m4)(set);
}

/** The rules of a grant, with the kind that they are read as. */
function rulesOf(
  policy               ,
  grant              ,
  targets                                                                                 ,
)                                                                                  {
  const sets = [...new Set(grant.sets.map(({ text }) => text))]
    .map((name) => policy.sets.get(name))
    .filter((set) => set !== undefined);
  const first = sets[0];
  const kind = first === undefined ? undefined : kindOfSet(first, grant.target?.text, targets);
  return { kind: kind && (0,src_kinds/* kindSpec */.KS)(kind.kind), rules: sets.flatMap((set) => set.rules) };
}

/** The words of a matcher: its value, or the items of its list. */
function patternsOf(matcher                )                  {
  return texts(matcher.node);
}

/** The same value always has the same text, in whatever order the keys of its mappings are written. */
function canonical(node                      )         {
  switch (node?.type) {
    case undefined:
      return "";
    case "map":
      return `{${[...node.entries]
        .map(([key, { value }]) => `${JSON.stringify(key)}:${canonical(value)}`)
        .toSorted()
        .join(",")}}`;
    case "list":
      return `[${node.items.map(canonical).join(",")}]`;
    case "scalar":
      return JSON.stringify(node.value);
    case "invalid":
      return "!";
  }
}

function child(node                      , key        )                       {
  return node?.type === "map" ? node.entries.get(key)?.value : undefined;
}

/** A value, or the items of a list, as texts with their places. */
function texts(node                      )                  {
  const items = node?.type === "list" ? node.items : node === undefined ? [] : [node];
  return items.map(written_text).filter((item) => item !== undefined);
}

function written_text(node                      )                   {
  return node?.type === "scalar" && node.value !== null ? { text: node.text, at: node.at } : undefined;
}

function durationMs(written                  )                     {
  return written === undefined ? undefined : (0,units/* parseDuration */.E9)(written.text);
}

function readTrust(name        , at          , node          )               {
  const audience = child(node, "audience");
  const claims = child(node, "claims");
  const session = child(node, "session");
  return {
    name,
    at,
    grants: texts(child(node, "grants")),
    ...optional("issuer", written_text(child(node, "issuer"))),
    ...(audience === undefined ? {} : { audience: { at: audience.at, values: texts(audience) } }),
    ...(claims?.type === "map" ? { claims: { at: claims.at, by: readClaims(claims) } } : {}),
    ...optional("ttl", written_text(child(session, "ttl"))),
    ...optional("maxTtl", written_text(child(session, "max_ttl"))),
  };
}

function readClaims(node             )                                    {
  return new Map([...node.entries].map(([key, { at, value }]) => [key, { at, globs: texts(value) }]));
}

function readRule(node          )                          {
  const id = written_text(child(node, "id"));
  const effect = written_text(child(node, "effect"))?.text;
  const match = child(node, "match");
  if (id === undefined || match === undefined) return undefined;
  if (effect !== "allow" && effect !== "hold" && effect !== "deny") return undefined;
  const unless = child(node, "unless");
  const when = child(node, "when");
  return {
    id: id.text,
    at: node.at,
    effect,
    match: clausesOf(match),
    matchAt: match.at,
    besides: `${canonical(unless)}|${canonical(when)}`,
    ...(unless === undefined ? {} : { unless: clausesOf(unless) }),
    ...optional("approval", written_text(child(node, "approval"))),
  };
}

/** Multiplies `any` out. A matcher written both outside and inside of it must hold in both places: the inner is kept. */
function clausesOf(node          )                                {
  if (node.type !== "map") return undefined;
  const base = new Map                        ();
  let alternatives                                = [new Map()];
  for (const [field, { at, value }] of node.entries) {
    if (field !== "any") {
      base.set(field, { field, at, node: value });
      continue;
    }
    const inner = value.type === "list" ? value.items.map(clausesOf) : [];
    if (inner.some((clauses) => clauses === undefined)) return undefined;
    alternatives = inner.flatMap((clauses) => clauses ?? []);
  }
  if (alternatives.length > CLAUSES_MAX) return undefined;
  return alternatives.map((clause) => {
    const both = [...clause.keys()].filter((field) => base.has(field));
    // Two matchers over one field: keep the outer one under a name of its own, so that neither is forgotten.
    const outer = [...base].map(([field, matcher])                           => [
      both.includes(field) ? `${field} (outer)` : field,
      matcher,
    ]);
    return new Map([...outer, ...clause]);
  });
}

function readApproval(name        , at          , node          )                  {
  const exclude = child(node, "exclude");
  return {
    name,
    at,
    from: texts(child(node, "from")),
    ...optional("count", written_text(child(node, "count"))),
    ...optional("timeout", written_text(child(node, "timeout"))),
    ...(exclude === undefined ? {} : { exclude: { at: exclude.at, values: texts(exclude) } }),
  };
}

function readMasks(node          )                                    {
  const items = node.type === "list" ? node.items : [];
  const kinds = [
    ["column", "column"],
    ["json", "json"],
    ["detect", "detect"],
    ["pattern", "detect"],
    ["dictionary", "detect"],
  ]         ;
  return {
    masks: items.flatMap((item) =>
      kinds.flatMap(([key, kind]) => texts(child(item, key)).map((what) => ({ kind, what }))),
    ),
    predicates: items.flatMap((item) => texts(child(item, "on_predicate"))),
    expiries: items.flatMap((item) => {
      const ignores = child(item, "ignore");
      return ignores?.type === "list" ? ignores.items.flatMap((ignore) => texts(child(ignore, "expires"))) : [];
    }),
  };
}

function named(root          , section        )                                                     {
  const node = child(root, section);
  return node?.type === "map" ? [...node.entries.values()].map(({ key, at, value }) => [key, at, value]         ) : [];
}

function optional                     (key   , value               )                            {
  return value === undefined ? {} : ({ [key]: value }                             );
}

/** Alternatives of one rule that the tools compare with other rules. */
const CLAUSES_MAX = 256;

;// CONCATENATED MODULE: ./packages/policy/src/lint/subsume.js
/**
 * Does one rule say no more than another? Pure, over what is written; errs towards "not sure".
 *
 * Sound because both rules of a pair are read in the same way, and because what is compared is containment of every
 * pattern in some pattern: then whatever makes the narrower matcher true makes the wider one true as well.
 */
                                                         



/** Every command to which `inner` applies is one to which `outer` applies, and with the same consequence. */
function subsumes(outer             , inner             , kind          )          {
  if (outer.effect !== inner.effect || outer.approval?.text !== inner.approval?.text) return false;
  if (outer.besides !== NOTHING_BESIDES && outer.besides !== inner.besides) return false;
  return wholly(outer, inner, (wide, narrow) => {
    if (!clauseWithin(wide, narrow, kind)) return false;
    if (outer.effect !== "allow") return true;
    // What an allow leaves out may mean something; and it must be true by something that the command does.
    const carried = certainFields(narrow, kind, "allow");
    return impliedWithin(wide, narrow, kind) && [...wide.keys()].some((field) => carried.has(field));
  });
}

/**
 * `deny` refuses every command that `rule` allows or holds. The two are read differently ("one" against "all"), so
 * every matcher of the deny must be over something that the other rule's commands certainly have.
 */
function overrules(deny             , rule             , kind          )          {
  if (deny.effect !== "deny" || rule.effect === "deny" || deny.besides !== NOTHING_BESIDES) return false;
  return wholly(deny, rule, (wide, narrow) => {
    const carried = certainFields(narrow, kind, rule.effect);
    return [...wide.keys()].every((field) => carried.has(field)) && clauseWithin(wide, narrow, kind);
  });
}

function wholly(outer             , inner             , within                                           )          {
  const wide = outer.match;
  const narrow = inner.match;
  if (wide === undefined || narrow === undefined || narrow.length === 0) return false;
  return narrow.every((clause) => wide.some((alternative) => within(alternative, clause)));
}

/** Every matcher of the wide clause has one of the narrow clause inside it. */
function clauseWithin(wide        , narrow        , kind          )          {
  return [...wide.values()].every((matcher) => {
    const other = narrow.get(matcher.field);
    if (other === undefined) return isImplied(matcher, kind);
    return matcherWithin(matcher, other, kind.matchers.get(matcher.field));
  });
}

/** An allow that leaves the matcher out means what this one says. */
function isImplied(matcher                , kind          )          {
  const spec = kind.matchers.get(matcher.field);
  const words = patternsOf(matcher).map(({ text }) => text);
  if (spec?.type === "set") {
    if (words.includes("any")) return spec.impliedLabel !== undefined || spec.impliedNone === true;
    const implied = Object.entries(spec.words ?? {}).find(([, label]) => label === spec.impliedLabel)?.[0];
    return implied !== undefined && words.includes(implied);
  }
  return spec?.type === "word" && spec.implied !== undefined && words.includes(spec.implied);
}

/** Where the wide allow leaves out a matcher that then means something, the narrow one must say no more than that. */
function impliedWithin(wide        , narrow        , kind          )          {
  return [...kind.matchers].every(([field, spec]) => {
    const means =
      (spec.type === "set" && (spec.impliedLabel !== undefined || spec.impliedNone === true)) ||
      (spec.type === "word" && spec.implied !== undefined);
    if (!means || wide.has(field)) return true;
    const other = narrow.get(field);
    if (other === undefined) return true;
    const words = patternsOf(other).map(({ text }) => text);
    const implied =
      spec.type === "word" ? [spec.implied] : spec.impliedNone === true ? ["none"] : Object.keys(spec.words ?? {});
    return words.every((word) => implied.includes(word));
  });
}

function matcherWithin(wide                , narrow                , spec                         )          {
  if (canonical(wide.node) === canonical(narrow.node)) return true;
  switch (spec?.type) {
    case "set": {
      const style = { path: spec.glob === "path", upperCase: spec.upperCase === true };
      const outer = patternsOf(wide).map(({ text }) => text);
      if (outer.includes("any")) return true;
      return patternsOf(narrow).every(({ text }) => outer.some((pattern) => (0,patterns/* contains */.g)(pattern, text, style)));
    }
    case "word": {
      const values = patternsOf(wide).map(({ text }) => text);
      return patternsOf(narrow).every(({ text }) => values.includes(text));
    }
    case "argv": {
      const outer = commandLines(wide);
      return commandLines(narrow).every((line) => outer.some((pattern) => lineWithin(pattern, line)));
    }
    case "map":
      return mapWithin(wide, narrow);
    case "flag":
    case "number":
    case undefined:
      return false;
  }
}

/** One command line of words, or a list of them. */
function commandLines(matcher                )                                 {
  const { node } = matcher;
  if (node.type !== "list") return [patternsOf(matcher).map(({ text }) => text)];
  if (!node.items.some((item) => item.type === "list")) return [patternsOf(matcher).map(({ text }) => text)];
  return node.items.map((item) => patternsOf({ ...matcher, node: item }).map(({ text }) => text));
}

function lineWithin(outer                   , inner                   )          {
  const open = outer.at(-1) === "**";
  const fixed = open ? outer.slice(0, -1) : outer;
  if (inner.at(-1) === "**" && !open) return false;
  const words = inner.at(-1) === "**" ? inner.slice(0, -1) : inner;
  if (open ? words.length < fixed.length : words.length !== fixed.length) return false;
  return fixed.every((pattern, index) => (0,patterns/* contains */.g)(pattern, words[index] ?? "", ANY_WORD));
}

/** Every key that the wide one demands is demanded by the narrow one in the same words. */
function mapWithin(wide                , narrow                )          {
  if (wide.node.type !== "map" || narrow.node.type !== "map") return false;
  const inner = narrow.node.entries;
  return [...wide.node.entries].every(([key, { value }]) => {
    const other = inner.get(key)?.value;
    return other !== undefined && canonical(other) === canonical(value);
  });
}

/** Fields of which every command that the clause is true of has at least one element, and all of them covered by it. */
function certainFields(clause        , kind          , effect                       )                      {
  const certain = new Set        ();
  const sets           = [];
  for (const matcher of clause.values()) {
    const spec = kind.matchers.get(matcher.field);
    if (spec === undefined) continue;
    if (spec.type !== "set" && spec.type !== "argv") certain.add(matcher.field);
    else if (matcher.field === kind.commandField) certain.add(matcher.field);
    else sets.push(matcher.field);
  }
  // An allow that looks at one set only is true by an element of it, or not at all.
  const only = sets[0];
  if (effect === "allow" && sets.length === 1 && only !== undefined && certain.size === 0) certain.add(only);
  // A hold needs one element that is named, the deny needs one too: the same one.
  if (effect === "hold") for (const field of sets) certain.add(field);
  return certain;
}

const ANY_WORD = { path: false, upperCase: false };

/** `besides` of a rule without exception and condition. */
const NOTHING_BESIDES = "|";

// EXTERNAL MODULE: ./packages/policy/src/lint/vocabulary.js
var vocabulary = __webpack_require__(53601);
;// CONCATENATED MODULE: ./packages/policy/src/lint/rule-findings.js
/** Rules that allow more than they seem to, or that never apply. Pure. */


                                                        





/** Each rule by itself, as one kind of facts reads it. */
function lintRule(findings          , rule             , kind          )       {
  for (const clause of rule.match ?? []) {
    lintNames(findings, clause, kind);
    if (lintContradiction(findings, rule, clause, kind)) continue;
    if (rule.effect !== "allow") continue;
    lintWidth(findings, rule, clause, kind);
    lintObjects(findings, rule, clause, kind);
    lintEscapes(findings, clause, kind);
    lintCredentials(findings, clause, kind);
    lintImplied(findings, clause);
  }
}

/** Pairs of rules of one grant. A pair is reported once, at the rule that has no effect. */
function lintPairs(findings          , rules                        , kind          )       {
  if (rules.length > PAIR_RULES_MAX) return;
  rules.forEach((rule, index) => {
    const deny = rules.find((other) => other !== rule && overrules(other, rule, kind));
    if (deny !== undefined) {
      findings.add(
        "rule-unreachable",
        rule,
        `\`${rule.id}\` never applies: \`${deny.id}\` denies every command that it ${rule.effect}s`,
        `remove \`${rule.id}\`, or give \`${deny.id}\` an \`unless\` for it`,
      );
      return;
    }
    const wider = rules.find(
      (other, place) =>
        other !== rule && subsumes(other, rule, kind) && (!subsumes(rule, other, kind) || place < index),
    );
    if (wider === undefined) return;
    findings.add(
      "rule-subsumed",
      rule,
      `\`${rule.id}\` adds nothing: \`${wider.id}\` ${wider.effect === "deny" ? "denies" : `${wider.effect}s`} every command that it matches`,
      `remove \`${rule.id}\`, or make \`${wider.id}\` narrower`,
    );
  });
}

/** Can an allow change anything? Not sure counts as yes. */
function allowWrites(rule             , kind          )          {
  if (rule.effect !== "allow") return false;
  // An exception over everything that is written.
  const excepted = rule.unless?.some((clause) => {
    const writes = clause.get("writes");
    return clause.size === 1 && writes !== undefined && patternsOf(writes).some(({ text }) => isAll(text));
  });
  if (excepted === true) return false;
  return (rule.match ?? [new Map()]).some((clause) => clauseWrites(clause, kind));
}

function clauseWrites(clause        , kind          )          {
  const fields = [kind.commandField, "sftp"].filter((field) => clause.has(field));
  if (fields.length === 0) return ![...clause.keys()].some((field) => ["pty", "agent", "x11"].includes(field));
  return fields.some((field) => {
    const reading = vocabulary/* READING */.rq.get(field) ?? [];
    return namesOf(clause, field).some(
      ({ text }) => !reading.some((name) => (0,patterns/* contains */.g)(name, text, styleOf(kind, field))),
    );
  });
}

function lintWidth(findings          , rule             , clause        , kind          )       {
  const field = kind.commandField;
  const named = clause.get(field);
  const open = namesOf(clause, field).find(({ text }) => isAll(text));
  if (named !== undefined && open !== undefined) {
    findings.add(
      "allow-everything",
      open,
      `\`${rule.id}\` allows whatever command there is`,
      `list the names of \`${field}\` one by one`,
    );
  }
}

function lintObjects(findings          , rule             , clause        , kind          )       {
  const field = kind.commandField;
  const names = namesOf(clause, field);
  const style = styleOf(kind, field);
  const bare = vocabulary/* WITHOUT_OBJECT */.Zb.get(field) ?? [];
  const objectless =
    (names.length > 0 && names.every(({ text }) => bare.some((name) => (0,patterns/* contains */.g)(name, text, style)))) ||
    vocabulary/* BARE_FIELDS */.r8.some((name) => clause.has(name));
  if (objectless) return;
  const objects = vocabulary/* OBJECT_FIELDS */.iF.filter((name) => kind.matchers.has(name));
  const present = objects.filter((name) => clause.has(name));
  const where = clause.get(field) ?? { at: rule.matchAt };
  if (present.length === 0) {
    findings.add(
      "allow-without-objects",
      where,
      `\`${rule.id}\` does not say on what: it has no ${orList(objects)}`,
      `add ${orList(objects.slice(0, 2))} with the names that the job needs`,
    );
    return;
  }
  for (const name of present) {
    const open = namesOf(clause, name).find(({ text }) => isAll(text));
    if (open === undefined || kind.matchers.get(name)?.type !== "set") continue;
    findings.add(
      "allow-without-objects",
      open,
      `\`${name}: ${open.text}\` of \`${rule.id}\` stands for everything`,
      "write the names that the job needs",
      severityOf(clause, kind),
    );
  }
  if (kind.matchers.has("namespace") && !clause.has("namespace")) {
    findings.add(
      "allow-without-objects",
      where,
      `\`${rule.id}\` is for every namespace`,
      "add `namespace:`",
      severityOf(clause, kind),
    );
  }
  if (!kind.matchers.has("reads")) return;
  const matching = (list                   ) =>
    names.length === 0 || names.some(({ text }) => list.some((each) => (0,patterns/* overlaps */.$)(text, each, style)));
  if (!clause.has("reads") && matching(vocabulary/* READS_ROWS */.Iw) && rule.unless === undefined) {
    findings.add(
      "allow-reads-omitted",
      where,
      `\`${rule.id}\` leaves out \`reads\`, which then means any relation`,
      "add `reads:` with the relations that it may take rows from",
    );
  }
  if (!clause.has("writes") && clauseWrites(clause, kind) && rule.unless === undefined) {
    findings.add(
      "allow-writes-omitted",
      where,
      `\`${rule.id}\` leaves out \`writes\`, which then means any relation`,
      "add `writes:` with the relations that it may change",
    );
  }
}

function lintEscapes(findings          , clause        , kind          )       {
  for (const [field, names] of vocabulary/* ESCAPES */.HY) {
    if (!kind.matchers.has(field)) continue;
    for (const written of namesOf(clause, field)) {
      const found = names.filter((name) => (0,patterns/* overlaps */.$)(written.text, name, styleOf(kind, field)));
      if (found.length === 0 || isAll(written.text)) continue;
      findings.add(
        "allow-escape",
        written,
        `\`${field}: ${written.text}\` allows ${orList(found.slice(0, 3))}`,
        "use `effect: hold` for it, or name only what the job needs",
      );
    }
  }
  for (const field of ["shell", "agent"]) {
    const flag = clause.get(field);
    if (flag?.node.type !== "scalar" || flag.node.value !== true || !kind.matchers.has(field)) continue;
    findings.add(
      "allow-escape",
      flag,
      `\`${field}: true\` is allowed`,
      "use `effect: hold` for it, or `exec` with fixed words",
    );
  }
  const exec = clause.get("exec");
  if (exec === undefined || kind.matchers.get("exec")?.type !== "argv") return;
  for (const line of commandLines(exec)) {
    const program = line[0] ?? "";
    const open = line.some((word) => word.includes("*"));
    const base = program.slice(program.lastIndexOf("/") + 1);
    if (!open || (!program.includes("*") && !vocabulary/* INTERPRETERS */.q1.includes(base))) continue;
    findings.add(
      "allow-escape",
      exec,
      `\`exec: [${line.join(", ")}]\` lets the job choose ${program.includes("*") ? "the program" : `what \`${base}\` runs`}`,
      "write the whole command line without `*`, or use `effect: hold`",
    );
  }
}

function lintCredentials(findings          , clause        , kind          )       {
  for (const [field, names] of vocabulary/* CREDENTIALS */.tG) {
    if (!kind.matchers.has(field)) continue;
    // Paths of requests are no files.
    if (field === "path" && !kind.matchers.has("sftp")) continue;
    for (const written of namesOf(clause, field)) {
      const found = names.find((name) => (0,patterns/* overlaps */.$)(written.text, name, styleOf(kind, field)));
      if (found === undefined || isAll(written.text)) continue;
      findings.add(
        "allow-credentials",
        written,
        `\`${field}: ${written.text}\` covers \`${found}\``,
        "name what the job needs, or deny it in a rule of its own",
      );
    }
  }
}

function lintImplied(findings          , clause        )       {
  const functions = clause.get("functions");
  if (functions !== undefined && patternsOf(functions).some(({ text }) => text === "any" || isAll(text))) {
    findings.add(
      "functions-any",
      functions,
      "any function may be called",
      "write `safe`, and beside it the functions that the job needs",
    );
  }
  const definition = clause.get("definition");
  if (definition !== undefined && patternsOf(definition).some(({ text }) => text !== "known")) {
    findings.add(
      "definition-open",
      definition,
      "tools that are new, or whose description changed, may be called",
      "write `known`, and let people look at the others with `effect: hold`",
    );
  }
}

/** True when the clause can never hold. */
function lintContradiction(findings          , rule             , clause        , kind          )          {
  for (const groups of vocabulary/* EXCLUSIVE */.PC) {
    const used = groups.filter((fields) => fields.some((field) => clause.has(field) && kind.matchers.has(field)));
    const [first, second] = used.map((fields) => fields.find((field) => clause.has(field)) ?? "");
    if (first === undefined || second === undefined) continue;
    findings.add(
      "rule-unreachable",
      clause.get(second) ?? rule,
      `\`${rule.id}\` never applies: no command has both \`${first}\` and \`${second}\``,
      "split it into two rules, or list both under `any:`",
    );
    return true;
  }
  const where = clause.get("where");
  const statements = namesOf(clause, "statement");
  const changing = statements.some(({ text }) =>
    ["UPDATE", "DELETE", "MERGE"].some((name) => (0,patterns/* overlaps */.$)(text, name, styleOf(kind, "statement"))),
  );
  if (where === undefined || rule.effect !== "allow" || statements.length === 0 || changing) return false;
  findings.add(
    "rule-unreachable",
    where,
    `\`${rule.id}\` never applies: only UPDATE, DELETE and MERGE have a \`where\``,
    "remove `where`, or add UPDATE or DELETE to `statement`",
  );
  return true;
}

function lintNames(findings          , clause        , kind          )       {
  const unknown = (written      , fix        ) =>
    findings.add("name-unknown", written, `no command is called \`${written.text}\``, fix);
  for (const written of namesOf(clause, "statement")) {
    const [verb = "", object] = written.text.toUpperCase().split(" ");
    const known = vocabulary/* STATEMENT_VERBS */.TE.some((name) => (0,patterns/* overlaps */.$)(verb, name, ANY));
    if (!known) unknown(written, `did you mean ${quoted((0,nearest/* nearest */.p)(verb, vocabulary/* STATEMENT_VERBS */.TE))}?`);
    else if (object !== undefined && ["CREATE", "ALTER", "DROP"].includes(verb)) {
      if (vocabulary/* STATEMENT_OBJECTS */.zZ.some((name) => (0,patterns/* overlaps */.$)(object, name, ANY))) continue;
      unknown(written, `did you mean ${quoted(`${verb} ${(0,nearest/* nearest */.p)(object, vocabulary/* STATEMENT_OBJECTS */.zZ) ?? "TABLE"}`)}?`);
    } else if (object !== undefined && verb === "COPY") {
      if (vocabulary/* COPY_FORMS */.cz.some((name) => (0,patterns/* overlaps */.$)(object, name, ANY))) continue;
      unknown(written, `did you mean ${quoted(`COPY ${(0,nearest/* nearest */.p)(object, vocabulary/* COPY_FORMS */.cz) ?? "PROGRAM"}`)}?`);
    }
  }
  if (kind.matchers.has("verb")) {
    for (const written of namesOf(clause, "verb")) {
      if (vocabulary/* REQUEST_VERBS */.BZ.some((name) => (0,patterns/* overlaps */.$)(written.text, name, ANY))) continue;
      unknown(written, `one of ${vocabulary/* REQUEST_VERBS */.BZ.slice(0, 8).join(", ")}; exec and its like are \`subresource\`s`);
    }
    for (const written of namesOf(clause, "resource")) {
      if (!written.text.includes("/")) continue;
      unknown(written, "what stands behind the slash is a `subresource`, a matcher of its own");
    }
  }
  if (kind.commandField !== "method") return;
  for (const written of namesOf(clause, "method")) {
    if (vocabulary/* METHODS */.J8.some((name) => (0,patterns/* overlaps */.$)(written.text, name, styleOf(kind, "method")))) continue;
    const near = (0,nearest/* nearest */.p)(written.text, vocabulary/* METHODS */.J8);
    if (near !== undefined) unknown(written, `did you mean ${quoted(near)}?`);
  }
}

function namesOf(clause        , field        )                  {
  const matcher                             = clause.get(field);
  return matcher === undefined ? [] : patternsOf(matcher);
}

/** Nothing but stars, dots between them, and the slash that every path begins with. */
function isAll(pattern        )          {
  return /^\/?\*[*./]*$/.test(pattern);
}

function severityOf(clause        , kind          )           {
  return clauseWrites(clause, kind) ? "error" : "warning";
}

function styleOf(kind          , field        )               {
  const spec                          = (0,src_kinds/* kindSpec */.KS)(kind.kind)?.matchers.get(field);
  if (spec?.type !== "set") return ANY;
  return { path: spec.glob === "path", upperCase: spec.upperCase === true };
}

function orList(names                   )         {
  return names.map((name) => `\`${name}\``).join(" or ");
}

function quoted(name                    )         {
  return name === undefined ? "another name" : `\`${name}\``;
}

const ANY               = { path: false, upperCase: false };

/** Rules of one grant that are compared pair by pair. */
const PAIR_RULES_MAX = 500;

;// CONCATENATED MODULE: ./packages/policy/src/lint/section-findings.js
/** Approvals that nobody can give, masks that hide nothing, and parts that nothing refers to. Pure. */

                                              
                                            



/** `session.max_ttl` and `timeout` where they are not written. */
const MAX_TTL_MS = 2 * 3_600_000;
const TIMEOUT_MS = 15 * 60_000;

function lintApprovals(findings          , policy               )       {
  for (const approval of policy.approvals.values()) {
    lintPeople(findings, approval);
    lintPatience(findings, approval, policy);
  }
}

function lintPeople(findings          , approval                 )       {
  const people = new Set(approval.from.map(({ text }) => text).filter((text) => /^(?:github-user|person):/.test(text)));
  const onlyPeople = approval.from.every(({ text }) => people.has(text));
  const count = approval.count === undefined ? 1 : Number(approval.count.text);
  if (onlyPeople && approval.from.length > 0 && count > people.size) {
    findings.add(
      "approval-too-few",
      approval.count ?? approval,
      `\`${approval.name}\` wants ${count} people, and \`from\` names ${people.size}`,
      "name more people or a team, or lower `count`",
    );
  } else if (onlyPeople && count === people.size && approval.exclude?.values.length !== 0) {
    findings.add(
      "approval-no-spare",
      approval.count ?? approval,
      `\`${approval.name}\` wants everybody whom \`from\` names (${count}), and excludes who had a hand in the command`,
      "name at least one person more, or a team",
    );
  }
  if (approval.exclude === undefined) return;
  const excluded = approval.exclude.values.map(({ text }) => text);
  const missing = ["actor", "triggering_actor", "pr_author", "commit_authors"].filter(
    (role) => !excluded.includes(role),
  );
  if (missing.length === 0) return;
  findings.add(
    "approval-own",
    approval.exclude,
    `\`${approval.name}\` lets ${missing.join(", ")} answer`,
    "remove `exclude`: without it all four may not answer",
  );
}

function lintPatience(findings          , approval                 , policy               )       {
  const timeout = approval.timeout === undefined ? TIMEOUT_MS : durationMs(approval.timeout);
  if (timeout === undefined) return;
  const sets = new Set(
    [...policy.sets.values()]
      .filter((set) => set.rules.some((rule) => rule.approval?.text === approval.name))
      .map((set) => set.name),
  );
  const grants = policy.grants.filter((grant) => grant.sets.some(({ text }) => sets.has(text))).map(({ name }) => name);
  for (const rule of policy.trust) {
    if (!rule.grants.some(({ text }) => grants.includes(text))) continue;
    const ttl = durationMs(rule.ttl) ?? 0;
    const life = durationMs(rule.maxTtl) ?? Math.max(ttl, MAX_TTL_MS);
    if (timeout <= life) continue;
    findings.add(
      "approval-outlives-session",
      approval.timeout ?? approval,
      `\`${approval.name}\` waits ${minutes(timeout)}, and a session of \`${rule.name}\` lives ${minutes(life)} at most`,
      "shorten `timeout`, or raise the session's `max_ttl`",
    );
    return;
  }
}

function lintMasks(
  findings          ,
  policy               ,
  { columns, nowMs }                                                                    ,
)       {
  for (const masks of policy.masks.values()) {
    for (const written of masks.predicates) {
      if (written.text !== "allow") continue;
      findings.add(
        "mask-predicate-open",
        written,
        "conditions over the masked column are allowed",
        "remove `on_predicate`, or use `hold` with an approval",
      );
    }
    for (const written of masks.expiries) lintExpiry(findings, written, nowMs);
    for (const { kind, what } of masks.masks) {
      if (kind !== "column") continue;
      if (columns === undefined) {
        findings.add(
          "mask-columns-unchecked",
          masks,
          `the columns of \`${masks.name}\` could not be checked: no list of the target's columns was given`,
          "give one with `--columns FILE` (a JSON list of `schema.table.column`)",
        );
        break;
      }
      if (columns.has(what.text)) continue;
      const near = (0,nearest/* nearest */.p)(what.text, columns);
      findings.add(
        "mask-column-unknown",
        what,
        `the target has no column \`${what.text}\``,
        near === undefined ? "remove the mask, or write the column's real name" : `did you mean \`${near}\`?`,
      );
    }
  }
}

function lintExpiry(findings          , written      , nowMs        )       {
  const endMs = /^\d{4}-\d{2}-\d{2}$/.test(written.text) ? Date.parse(`${written.text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(endMs) || endMs - nowMs > SOON_MS) return;
  const over = endMs <= nowMs;
  findings.add(
    over ? "mask-ignore-expired" : "mask-ignore-expiring",
    written,
    over ? `this ignore ended on ${written.text}` : `this ignore ends on ${written.text}`,
    "look again, and remove it or give it a new day",
  );
}

/** What the grant demands and its target's protocol cannot do. */
function lintCapability(
  findings          ,
  policy               ,
  grant              ,
  capability                        ,
  protocol        ,
)       {
  if (capability === undefined) return;
  for (const reference of grant.masks) {
    // One list may serve several kinds of targets: each applies what it has. A list that gives it nothing is a mistake.
    const masks = policy.masks.get(reference.text)?.masks ?? [];
    const others = masks.filter(({ kind }) => !capability.masks.includes(kind));
    const first = others[0];
    if (first === undefined || (others.length < masks.length && capability.refusesOthers !== true)) continue;
    findings.add(
      "rule-unenforceable",
      reference,
      `\`${grant.name}\` demands \`${first.kind}: ${first.what.text}\`, which ${protocol} targets cannot apply: its commands are refused`,
      capability.masks.length === 0
        ? `remove \`masks\`: ${protocol} targets have none`
        : `use a list with ${capability.masks.map((name) => `\`${name}\``).join(" or ")} masks for this grant`,
    );
  }
  for (const { text } of grant.sets) {
    for (const rule of policy.sets.get(text)?.rules ?? []) {
      for (const clause of rule.match ?? []) {
        const opaque = [...clause.values()].find(({ field }) => capability.unmaskable?.includes(field) === true);
        if (grant.masks.length > 0 && opaque !== undefined && rule.effect !== "deny") {
          findings.add(
            "rule-unenforceable",
            opaque,
            `\`${rule.id}\` is about \`${opaque.field}\`, and under the masks of \`${grant.name}\` such commands are refused`,
            "give them a grant of their own, without masks",
          );
        }
        const lacking = [...clause.values()].find(({ field }) => capability.lacks.includes(field));
        if (lacking === undefined) continue;
        findings.add(
          "rule-unenforceable",
          lacking,
          `\`${rule.id}\` asks for \`${lacking.field}\`, which ${protocol} targets do not tell`,
          "remove the matcher, or move the rule to a set for other targets",
        );
      }
    }
  }
}

function lintUnused(findings          , policy               )       {
  const used = (names                                      ) => new Set(names.map(({ text }) => text));
  const given = used(policy.trust.flatMap(({ grants }) => grants));
  for (const grant of policy.grants) {
    if (policy.trust.length === 0 || given.has(grant.name)) continue;
    findings.add(
      "grant-unused",
      grant,
      `no trust rule gives \`${grant.name}\``,
      "add it to the `grants` of a trust rule, or remove it",
    );
  }
  const sections                      
           
                                                        
                        
       = [
    ["rule set", policy.sets.values(), used(policy.grants.flatMap(({ sets }) => sets))],
    ["mask list", policy.masks.values(), used(policy.grants.flatMap(({ masks }) => masks))],
    ["limits", policy.limits.values(), used(policy.grants.flatMap(({ limits }) => limits))],
    [
      "approval",
      policy.approvals.values(),
      used([...policy.sets.values()].flatMap((set) => set.rules.flatMap((rule) => rule.approval ?? []))),
    ],
  ];
  for (const [what, all, names] of sections) {
    for (const one of all) {
      if (names.has(one.name)) continue;
      findings.add("section-unused", one, `nothing uses the ${what} \`${one.name}\``, "use it or remove it");
    }
  }
}

function lintModes(findings          , policy               )       {
  for (const grant of policy.grants) {
    if (grant.mode?.text !== "observe") continue;
    findings.add(
      "observe-mode",
      grant.mode,
      `the grant \`${grant.name}\` only observes`,
      "remove `mode` once its verdicts are what you want",
    );
  }
}

function minutes(ms        )         {
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000}h` : `${Math.round(ms / 60_000)}m`;
}

;// CONCATENATED MODULE: ./packages/policy/src/lint/trust-findings.js
/**
 * Trust rules that let in more than their author meant. Pure.
 *
 * GitHub's claims: https://docs.github.com/en/actions/reference/security/oidc
 */

                                              



                            
                              
                                 
                                        
                                              
 

function lintTrust(context           )       {
  context.policy.trust.forEach((rule, index) => {
    lintAudience(context, rule);
    lintIdentity(context, rule);
    lintEvents(context, rule);
    lintPlace(context, rule);
    lintTimes(context, rule);
    lintOrder(context, rule, context.policy.trust.slice(0, index));
  });
}

function lintAudience({ findings }           , rule              )       {
  if (rule.audience === undefined || rule.audience.values.length === 0) {
    findings.add(
      "audience-missing",
      rule.audience ?? rule,
      `the trust rule \`${rule.name}\` names no audience`,
      "write `audience:` with the gateway's public URL, and request that audience in the job (connect does)",
    );
  }
  for (const audience of rule.audience?.values ?? []) {
    const shared = SHARED_AUDIENCES.find((pattern) => pattern.test(audience.text));
    if (isOwnerUrl(audience.text)) {
      findings.add(
        "audience-default",
        audience,
        `\`${audience.text}\` is the URL of an owner, the default audience of GitHub's tokens`,
        "write the gateway's own public URL",
      );
    } else if (shared !== undefined) {
      findings.add(
        "audience-shared",
        audience,
        `\`${audience.text}\` is the audience of another service`,
        "write the gateway's own public URL",
      );
    } else if (audience.text.includes("*")) {
      findings.add(
        "audience-pattern",
        audience,
        `\`${audience.text}\` looks like a pattern, and audiences are compared exactly`,
        "write the whole audience",
      );
    }
  }
}

/** https://HOST/OWNER: github.com, a data residency host, or an Enterprise Server whose name nobody knows. */
function isOwnerUrl(audience        )          {
  const url = URL.canParse(audience) ? new URL(audience) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) return false;
  const host = url.hostname;
  const github =
    host === "github.com" || host === "www.github.com" || host.endsWith(".ghe.com") || /^github\./.test(host);
  return github && /^\/[^/]*\/?$/.test(url.pathname);
}

function lintIdentity({ findings }           , rule              )       {
  const claims = rule.claims;
  if (claims === undefined) return;
  const repositoryId = claims.by.get("repository_id");
  if (repositoryId === undefined) {
    findings.add(
      "repository-id-missing",
      claims,
      `the trust rule \`${rule.name}\` does not say which repository`,
      'add `repository_id: "<the number>"` (`gh api repos/OWNER/REPO --jq .id` prints it)',
    );
  }
  for (const glob of repositoryId?.globs ?? []) {
    if (!glob.text.includes("*")) continue;
    findings.add(
      "repository-id-wildcard",
      glob,
      `\`repository_id: ${glob.text}\` stands for more than one repository`,
      "list the ids one by one",
    );
  }
  for (const name of ["repository", "repository_owner", "repository_owner_id"]) {
    for (const glob of claims.by.get(name)?.globs ?? []) {
      const owner = glob.text.split("/")[0] ?? "";
      if (!owner.includes("*")) continue;
      findings.add(
        "owner-wildcard",
        glob,
        `\`${name}: ${glob.text}\` leaves the owner open`,
        "write the owner out, or better its `repository_owner_id`",
      );
    }
  }
  const sub = claims.by.get("sub");
  if (sub !== undefined) {
    findings.add(
      "claim-sub",
      sub,
      `the trust rule \`${rule.name}\` matches \`sub\``,
      "match the single claims instead: `repository_id`, `event_name`, `ref`, `environment`",
    );
  }
  if (isGitHub(rule)) lintClaimNames(findings, rule);
  for (const name of ["workflow_ref", "job_workflow_ref"]) {
    for (const glob of claims.by.get(name)?.globs ?? []) lintWorkflowRef(findings, name, glob);
  }
}

/** The public issuer, by its name or its address; what other issuers put into a token is theirs to know. */
function isGitHub({ issuer }              )          {
  return issuer?.text === "github" || issuer?.text.startsWith("https://token.actions.githubusercontent.com") === true;
}

/** Slips of the finger only: a claim that is like no other may be newer than this list. */
function lintClaimNames(findings          , rule              )       {
  for (const [name, claim] of rule.claims?.by ?? []) {
    const near = CLAIMS.includes(name) || name.startsWith("repo_property_") ? undefined : (0,nearest/* nearest */.p)(name, CLAIMS);
    if (near === undefined) continue;
    findings.add("claim-unknown", claim, `no token has a claim \`${name}\``, `did you mean \`${near}\`?`);
  }
}

function lintWorkflowRef(findings          , name        , glob      )       {
  const at = glob.text.lastIndexOf("@");
  const ref = at < 0 ? "" : glob.text.slice(at + 1);
  const owner = glob.text.split("/")[0] ?? "";
  if (owner.includes("*")) {
    findings.add(
      "owner-wildcard",
      glob,
      `\`${name}: ${glob.text}\` leaves the owner of the workflow open`,
      "write owner and repository out",
    );
    return;
  }
  const pinned = /^[0-9a-f]{40}$/.test(ref) || /^refs\/(?:heads\/[^*]+|tags\/[^*]+\*{0,2})$/.test(ref);
  if (pinned) return;
  findings.add(
    "workflow-ref-unpinned",
    glob,
    `\`${name}: ${glob.text}\` ${ref === "" ? "has no `@ref`" : `leaves the ref after \`@\` open`}`,
    "end it with one protected ref, as in `acme/ci/.github/workflows/deploy.yml@refs/heads/main`",
  );
}

function lintEvents({ findings, writes }           , rule              )       {
  const { claims } = rule;
  if (claims === undefined) return;
  const events = claims.by.get("event_name");
  if (events === undefined) {
    findings.add(
      "event-name-missing",
      claims,
      `the trust rule \`${rule.name}\` does not say which events`,
      "add `event_name: [push]`, or the events that this job really runs on",
    );
  }
  const writing = rule.grants.filter(({ text }) => writes(text)).map(({ text }) => text);
  for (const glob of events?.globs ?? []) {
    const untrusted = UNTRUSTED_EVENTS.filter((event) => (0,patterns/* overlaps */.$)(glob.text, event, CLAIM_STYLE));
    if (glob.text.includes("*")) {
      const known = untrusted.length === 0 ? "" : `, also ${untrusted.slice(0, 3).join(", ")}`;
      findings.add(
        "event-wildcard",
        glob,
        `\`event_name: ${glob.text}\` stands for more than one event${known}`,
        "list the events one by one",
      );
    } else if (untrusted.length > 0) {
      findings.add(
        "event-untrusted",
        glob,
        `jobs of \`${glob.text}\` may exchange their token`,
        "take it out, and do this work in a job on `push` or `workflow_dispatch`",
      );
    }
    if (writing.length > 0 && (0,patterns/* overlaps */.$)(glob.text, "pull_request", CLAIM_STYLE)) {
      findings.add(
        "pull-request-writes",
        glob,
        `jobs of pull requests get ${list(writing)}, which can change things`,
        "give pull requests a grant that only reads, in a trust rule of their own",
      );
    }
  }
  for (const glob of claims.by.get("runner_environment")?.globs ?? []) {
    if (writing.length === 0 || !(0,patterns/* overlaps */.$)(glob.text, "self-hosted", CLAIM_STYLE)) continue;
    findings.add(
      "self-hosted-writes",
      glob,
      `jobs on self-hosted runners get ${list(writing)}, which can change things`,
      "write `runner_environment: github-hosted`, or use runners that live for one job and say so in an ignore",
    );
  }
}

function lintPlace({ findings, writes }           , rule              )       {
  const { claims } = rule;
  if (claims === undefined) return;
  const writing = rule.grants.some(({ text }) => writes(text));
  const environment = claims.by.get("environment");
  const open = environment === undefined || environment.globs.some(({ text }) => /^\*+$/.test(text));
  if (open) {
    findings.add(
      "environment-missing",
      environment ?? claims,
      `the trust rule \`${rule.name}\` ${environment === undefined ? "names no environment" : "takes any environment"}`,
      "add `environment:` with one that has required reviewers or a branch rule, and set it in the job",
      writing ? "error" : "warning",
    );
  }
  const pinned = ["ref", "job_workflow_ref", "workflow_ref"].some((name) => {
    const globs = claims.by.get(name)?.globs ?? [];
    return globs.length > 0 && globs.every(({ text }) => !/^(?:refs\/(?:heads\/)?)?\*+$/.test(text));
  });
  if (writing && open && !pinned) {
    findings.add(
      "ref-unpinned",
      claims.by.get("ref") ?? claims,
      `the trust rule \`${rule.name}\` takes any branch`,
      "add `ref: refs/heads/main`, or an environment that only protected branches can use",
    );
  }
}

function lintTimes({ findings }           , rule              )       {
  const longest = [rule.maxTtl, rule.ttl].find((written) => (durationMs(written) ?? 0) > SESSION_WANTED_MS_MAX);
  if (longest === undefined) return;
  findings.add(
    "session-long",
    longest,
    `sessions of \`${rule.name}\` can live ${longest.text}`,
    "a hosted job lives six hours at most; renewals keep a short `ttl` going as long as the job does",
  );
}

/** The policy's order counts among trust rules: the first that fits is taken. */
function lintOrder({ findings }           , rule              , earlier                         )       {
  const wider = earlier.find((other) => takesAll(other, rule));
  if (wider === undefined) return;
  findings.add(
    "trust-unreachable",
    rule,
    `every job that fits \`${rule.name}\` fits \`${wider.name}\` first`,
    `put \`${rule.name}\` before it, or make \`${wider.name}\` narrower`,
  );
}

function takesAll(outer              , inner              )          {
  if (outer.issuer?.text !== inner.issuer?.text || outer.claims === undefined || inner.claims === undefined)
    return false;
  const audiences = outer.audience?.values.map(({ text }) => text) ?? [];
  if (!(inner.audience?.values ?? []).every(({ text }) => audiences.includes(text))) return false;
  const inside = inner.claims.by;
  return [...outer.claims.by].every(([name, claim]) => claimWithin(claim, inside.get(name)));
}

function claimWithin(outer              , inner                          )          {
  if (inner === undefined || inner.globs.length === 0) return false;
  return inner.globs.every(({ text }) => outer.globs.some((glob) => (0,patterns/* contains */.g)(glob.text, text, CLAIM_STYLE)));
}

function list(names                   )         {
  return [...new Set(names)].map((name) => `\`${name}\``).join(", ");
}

/** Events that somebody without write access can set off, and that run with the default branch's identity. */
const UNTRUSTED_EVENTS                    = [
  "pull_request_target",
  "issue_comment",
  "workflow_run",
  "issues",
  "discussion",
  "discussion_comment",
  "fork",
  "watch",
  "gollum",
  "pull_request_review",
  "pull_request_review_comment",
  "pull_request_comment",
];

/** Claims of a job's token. */
const CLAIMS                    = (
  "actor actor_id aud base_ref check_run_id enterprise enterprise_id environment environment_node_id event_name exp " +
  "head_ref iat iss job_workflow_ref job_workflow_sha jti nbf ref ref_protected ref_type repository repository_id " +
  "repository_owner repository_owner_id repository_visibility run_attempt run_id run_number runner_environment sha sub " +
  "triggering_actor workflow workflow_ref workflow_sha"
).split(" ");

/** Audiences under which well-known services take a job's token. */
const SHARED_AUDIENCES                    = [
  /^sts\.amazonaws\.com/,
  /^api:\/\/AzureADTokenExchange/i,
  /(?:^|\/\/)iam\.googleapis\.com\//,
  /^sigstore$/,
  /^(?:npm:|pypi$|testpypi$)/,
  /^https:\/\/(?:api\.)?github\.com\/?$/,
];

/** Claims are matched like paths: `*` stays between slashes. */
const CLAIM_STYLE = { path: true, upperCase: false };

/** A session longer than this is longer than any hosted job. */
const SESSION_WANTED_MS_MAX = 6 * 3_600_000;

;// CONCATENATED MODULE: ./packages/policy/src/lint/lint.js
/**
 * `gate policy lint`: everything that is wrong, dangerous or pointless in a policy file, each with its place. Pure.
 *
 * The parser's own mistakes are among the findings. Lint reads what is written and not what is compiled, so it also
 * says what else is wrong in a file that the parser refuses.
 */











/** What the targets of a protocol, or of every protocol of a kind, can do with a policy. */
                             
                                        
                                                            
                                                                   
                                    
                                                                                           
                                   
                                                                                                      
                                          
 

                              
                                                
                        
                                     
                         
                                                                                                 
                                                      
                                                                                         
                                                                                              
                                                                                               
                                                                                                                     
                                         
 

/** Never throws for what is in the file. */
function lint(text        , options             )                     {
  const findings = new Findings(options.file);
  const { root } = (0,yaml/* parseYamlDocument */.Iu)(text, options.file);
  const policy = readWritten(root);
  const kinds = new Map(policy.grants.map((grant) => [grant.name, rulesOf(policy, grant, options.targets)]));
  const writes = (name        )          => {
    const { kind, rules = [] } = kinds.get(name) ?? {};
    return kind !== undefined && rules.some((rule) => allowWrites(rule, kind));
  };
  lintTrust({ findings, policy, writes });
  lintRules(findings, policy, kinds, options);
  lintApprovals(findings, policy);
  lintMasks(findings, policy, options);
  lintModes(findings, policy);
  lintUnused(findings, policy);
  addProblems(findings, text, options);
  return inOrder(applyIgnores(text, findings, options.nowMs));
}

function lintRules(
  findings          ,
  policy               ,
  kinds                                                 ,
  options             ,
)       {
  const seen = new Set        ();
  for (const grant of policy.grants) {
    const { kind, rules = [] } = kinds.get(grant.name) ?? {};
    if (kind === undefined) continue;
    for (const rule of rules) lintRule(findings, rule, kind);
    lintPairs(findings, rules, kind);
    for (const { text } of grant.sets) seen.add(text);
    const target = grant.target?.text ?? "";
    const known = options.targets !== undefined && Object.hasOwn(options.targets, target);
    const protocol = known ? options.targets[target]?.protocol : undefined;
    const capability = options.capability?.(protocol, kind.kind);
    lintCapability(findings, policy, grant, capability, protocol ?? kind.kind);
  }
  for (const set of policy.sets.values()) {
    if (seen.has(set.name)) continue;
    const alone = rulesOf(
      policy,
      { name: "", at: set.at, sets: [{ text: set.name, at: set.at }], masks: [], limits: [] },
      undefined,
    );
    const kind                       = alone.kind && (0,src_kinds/* kindSpec */.KS)(alone.kind.kind);
    if (kind !== undefined) for (const rule of set.rules) lintRule(findings, rule, kind);
  }
}

/** What the parser refuses, unless a finding of its own already says the same. */
function addProblems(findings          , text        , options             )       {
  const { file, issuers, targets } = options;
  const said = new Set(findings.list.map((finding) => finding.code));
  try {
    (0,src_policy/* parsePolicy */.ON)(text, { file, ...(issuers && { issuers }), ...(targets && { targets }) });
  } catch (error) {
    if (!(error instanceof src_errors/* PolicyError */.p)) throw error;
    for (const problem of error.problems) {
      if (SAID.some(([pattern, code]) => pattern.test(problem.message) && said.has(code))) continue;
      findings.add("policy-invalid", { at: problem }, problem.message, "correct it: nothing of the file is in force");
    }
  }
}

/** Problems of the parser that have a finding of their own, with more to say. */
const SAID                                           = [
  [/^`claims` needs `event_name`/, "event-name-missing"],
  [/^a trust rule needs `audience`/, "audience-missing"],
  [/^`audience` is empty/, "audience-missing"],
  [/^`count` is \d+, but `from` names/, "approval-too-few"],
];

// EXTERNAL MODULE: ./packages/policy/src/suite/read-tests.js
var read_tests = __webpack_require__(98858);
// EXTERNAL MODULE: ./packages/policy/src/suite/run-tests.js
var run_tests = __webpack_require__(66609);
// EXTERNAL MODULE: ./packages/sql/src/parser.js + 1 modules
var parser = __webpack_require__(39207);
;// CONCATENATED MODULE: ./packages/job/src/policy/capability.js
/** What targets can do with a policy, for lint: by protocol, or by kind of facts where the target is not known. Pure data. */
                                               

const BY_PROTOCOL                                  = new Map([
  ["postgres", { masks: ["column", "json", "detect"], lacks: [] }],
  ["mysql", { masks: ["column", "json", "detect"], lacks: ["estimated_rows"] }],
  [
    "ssh",
    {
      masks: ["detect"],
      lacks: [],
      refusesOthers: true,
      unmaskable: ["sftp", "path", "subsystem", "forward", "listen", "socket", "agent", "x11"],
    },
  ],
  ["http", { masks: ["json", "detect"], lacks: [] }],
  ["mcp", { masks: ["json", "detect"], lacks: [] }],
  ["kubernetes", { masks: ["json", "detect"], lacks: [] }],
]);

/** Of a kind: what at least one of its protocols can do. */
const BY_KIND                                  = new Map([
  ["sql", { masks: ["column", "json", "detect"], lacks: [] }],
  ["line", { masks: [], lacks: [] }],
]);

function capability(protocol                    , kind        )                         {
  return protocol === undefined ? (BY_KIND.get(kind) ?? BY_PROTOCOL.get(kind)) : BY_PROTOCOL.get(protocol);
}

// EXTERNAL MODULE: ./packages/policy/src/reader.js
var reader = __webpack_require__(86408);
// EXTERNAL MODULE: ./packages/sql/src/catalogue-queries.js
var catalogue_queries = __webpack_require__(23385);
// EXTERNAL MODULE: ./packages/sql/src/catalogue.js + 2 modules
var catalogue = __webpack_require__(19620);
;// CONCATENATED MODULE: ./packages/job/src/policy/catalogue.js
/**
 * The database that a policy's tests run against: declared in the test file, or guessed from the names that policy and
 * test use. Pure.
 *
 * The gateway reads the real one from the server. Here it only has to say which names exist and what their keys are,
 * so that `where: keyed` and unqualified names mean what they mean in production.
 */



/** What a test file declares under `catalogue:`. */
                                    
                                                  
                       
                                        
                                         
 

                                   
                        
                                  
                                      
                                                
                                                 
                                    
 

/** Reads `catalogue: {tables: {public.orders: {columns: [id], keys: [[id]]}}, views: …, functions: …, search_path: …}`. */
function readCatalogue(problems          , node          )                                {
  const view = (0,reader/* readObject */.Ag)(problems, node, {
    what: "`catalogue`",
    keys: ["tables", "views", "functions", "search_path"],
  });
  if (view === undefined) return undefined;
  const functions = view.get("functions");
  const path = view.get("search_path");
  const names = (list          , what        ) =>
    (0,reader/* readList */.LD)(problems, list, what, (item) => (0,reader/* readString */.E3)(problems, item, `a name in ${what}`)) ?? [];
  return {
    relations: [
      ...readRelations(problems, view.get("tables"), "table"),
      ...readRelations(problems, view.get("views"), "view"),
    ],
    functions: functions === undefined ? [] : names(functions, "`functions`"),
    searchPath: path === undefined ? DEFAULT_PATH : names(path, "`search_path`"),
  };
}

function readRelations(problems          , node                      , kind                          ) {
  if (node === undefined) return [];
  if (node.type !== "map") {
    problems.add(node, `\`${kind}s\` must be a mapping of names such as \`public.orders\``);
    return [];
  }
  return [...node.entries.values()].flatMap(({ key, at, value })                              => {
    if (!/^[^.]+\.[^.]+$/.test(key)) {
      problems.add({ at }, `\`${key}\` needs its schema, as in \`public.${key}\``);
      return [];
    }
    const keys = kind === "table" ? (["columns", "keys"]         ) : (["columns", "reads"]         );
    const view = (0,reader/* readObject */.Ag)                              (problems, value, { what: `a ${kind}`, keys });
    const columns = nameList(problems, view?.get("columns"), "`columns`");
    const keyLists = view?.get("keys");
    const uniques =
      keyLists === undefined
        ? []
        : ((0,reader/* readList */.LD)(problems, keyLists, "`keys`", (item) => nameList(problems, item, "a key")) ?? []);
    const known = new Set(columns);
    for (const column of uniques.flat()) {
      if (!known.has(column))
        problems.add({ at }, `\`${key}\` has a key over \`${column}\`, which is none of its columns`);
    }
    return [{ name: key, kind, columns, keys: uniques, reads: nameList(problems, view?.get("reads"), "`reads`") }];
  });
}

function nameList(problems          , node                      , what        )                    {
  if (node === undefined) return [];
  return (0,reader/* readList */.LD)(problems, node, what, (item) => (0,reader/* readString */.E3)(problems, item, `a name in ${what}`)) ?? [];
}

/** Every table that the grant's rules and masks, or the statement, name: with a column `id` that is its key. */
function guessCatalogue(grant       , text        )                    {
  const columns = new Map                     ();
  const table = (name        )              => {
    const known = columns.get(name) ?? new Set(["id"]);
    columns.set(name, known);
    return known;
  };
  for (const mask of grant.masks) {
    if (mask.kind !== "column") continue;
    const [schema = "", name = "", column = ""] = mask.column.split(".");
    table(`${schema}.${name}`).add(column);
  }
  for (const name of namedIn(grant, ["reads", "writes"])) {
    if (/^[^.*@]+\.[^.*]+$/.test(name) && !/^(?:pg_catalog|information_schema)\./.test(name)) table(name);
  }
  for (const match of text.matchAll(RELATION)) {
    const [, schema, name = ""] = match;
    if (schema === undefined) table(`public.${unquoted(name)}`);
    else if (!/^(?:pg_catalog|information_schema|pg_temp)$/i.test(schema)) {
      table(`${unquoted(schema)}.${unquoted(name)}`);
    }
  }
  return {
    relations: [...columns].map(([name, names]) => ({
      name,
      kind: "table",
      columns: [...names],
      keys: [["id"]],
      reads: [],
    })),
    functions: namedIn(grant, ["functions"]).filter((name) => /^[^.*@]+\.[^.*]+$/.test(name)),
    searchPath: DEFAULT_PATH,
  };
}

/** Patterns that the grant's rules hold for these matchers, as written. */
function namedIn(grant       , fields                   )                    {
  const found           = [];
  const look = (matchers                                 )       => {
    for (const matcher of matchers) {
      if (matcher.type === "any") matcher.alternatives.forEach(look);
      if (matcher.type === "set" && fields.includes(matcher.name)) found.push(...matcher.patterns);
    }
  };
  for (const { match, unless } of grant.rules) {
    look(match);
    look(unless ?? []);
  }
  return found;
}

/** The catalogue as the classifier wants it. Declared functions of pg_catalog are the server's own. */
function toCatalogue(declared                   )            {
  const rows = Object.fromEntries(Object.keys(catalogue_queries/* CATALOGUE_QUERIES */.t).map((name) => [name, []         ]))           
                        
         
   ;
  let oid = FIRST_SYSTEM_OID;
  for (const name of SYSTEM_RELATIONS) {
    rows.relations.push([String((oid += 1)), ...splitName(name), name.startsWith("information_schema.") ? "v" : "r"]);
  }
  const schemas = new Set(["pg_catalog", "information_schema", ...declared.searchPath]);
  oid = FIRST_USER_OID;
  const oids = new Map                ();
  for (const { name } of declared.relations) oids.set(name, String((oid += 1)));
  for (const relation of declared.relations) {
    const own = oids.get(relation.name) ?? "";
    const [schema = "", table = ""] = splitName(relation.name);
    schemas.add(schema);
    rows.relations.push([own, schema, table, relation.kind === "table" ? "r" : "v"]);
    const inKeys = new Set(relation.keys.flat());
    relation.columns.forEach((column, place) => {
      rows.columns.push([own, String(place + 1), column, TEXT_OID, inKeys.has(column) ? "true" : "false", null, null]);
    });
    for (const key of relation.keys) {
      rows.keys.push([own, key.map((column) => relation.columns.indexOf(column) + 1).join(" ")]);
    }
    for (const read of relation.reads) {
      const base = oids.get(read);
      if (base !== undefined) rows.dependencies.push([own, "1", base, "r", null, null]);
    }
  }
  for (const name of declared.functions) {
    const [schema = "", own = ""] = splitName(name);
    schemas.add(schema);
    if (schema === "pg_catalog") rows.builtins.push([own, String((oid += 1))]);
    else rows.functions.push([schema, own, "f"]);
  }
  for (const name of SYSTEM_FUNCTIONS) rows.builtins.push([name, String((oid += 1))]);
  for (const schema of schemas) rows.schemas.push([schema, "true"]);
  return (0,catalogue/* buildCatalogue */.i)(rows);
}

function splitName(name        )                    {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function unquoted(name        )         {
  return name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase();
}

                                      

/** Names behind the words that a relation's name follows; good enough for a guess, and a declared catalogue is exact. */
const RELATION =
  /\b(?:FROM|JOIN|INTO|UPDATE|TABLE|ONLY|USING|COPY|TRUNCATE|VIEW|EXISTS)\s+(?:(?:IF\s+EXISTS|ONLY)\s+)?(?:("[^"]+"|[a-z_]\w*)\.)?("[^"]+"|[a-z_]\w*)(?!\s*[.(]|\w)/gi;

const DEFAULT_PATH                    = ["public"];
/** Any type will do: only whether two types are the same matters. */
const TEXT_OID = "25";
/** Oids below 16384 are the server's own (access/transam.h). */
const FIRST_SYSTEM_OID = 12_000;
const FIRST_USER_OID = 20_000;

const SYSTEM_RELATIONS                    = [
  ..."pg_am pg_attrdef pg_attribute pg_authid pg_class pg_collation pg_constraint pg_cursors pg_database pg_db_role_setting"
    .split(" ")
    .map((name) => `pg_catalog.${name}`),
  ..."pg_depend pg_description pg_enum pg_extension pg_foreign_data_wrapper pg_foreign_server pg_index pg_indexes pg_inherits"
    .split(" ")
    .map((name) => `pg_catalog.${name}`),
  ..."pg_language pg_largeobject pg_locks pg_matviews pg_namespace pg_operator pg_policy pg_proc pg_publication pg_range"
    .split(" ")
    .map((name) => `pg_catalog.${name}`),
  ..."pg_rewrite pg_roles pg_seclabel pg_sequence pg_sequences pg_settings pg_shadow pg_stat_activity pg_stat_user_tables"
    .split(" ")
    .map((name) => `pg_catalog.${name}`),
  ..."pg_statistic pg_stats pg_subscription pg_tables pg_tablespace pg_trigger pg_type pg_user pg_user_mapping pg_views"
    .split(" ")
    .map((name) => `pg_catalog.${name}`),
  ..."columns constraint_column_usage key_column_usage referential_constraints routines schemata table_constraints tables views"
    .split(" ")
    .map((name) => `information_schema.${name}`),
];

/** Functions of the server that do more than compute; those that only compute the classifier knows. */
const SYSTEM_FUNCTIONS                    =
  "currval lastval lo_export lo_get lo_import lo_put lo_unlink nextval pg_advisory_lock pg_backend_pid pg_cancel_backend pg_ls_dir pg_notify pg_read_binary_file pg_read_file pg_reload_conf pg_sleep pg_stat_file pg_terminate_backend query_to_xml set_config setval txid_current".split(
    " ",
  );

// EXTERNAL MODULE: ./packages/protocols/src/ssh/classify.js + 1 modules
var classify = __webpack_require__(51494);
// EXTERNAL MODULE: ./packages/protocols/src/http/classify.js + 1 modules
var http_classify = __webpack_require__(62828);
// EXTERNAL MODULE: ./packages/protocols/src/mcp/classify.js + 1 modules
var mcp_classify = __webpack_require__(89012);
// EXTERNAL MODULE: ./packages/protocols/src/web/request-head.js
var request_head = __webpack_require__(34407);
// EXTERNAL MODULE: ./packages/masking/src/json-read.js
var json_read = __webpack_require__(67320);
// EXTERNAL MODULE: ./packages/sql/src/analyse.js + 22 modules
var analyse = __webpack_require__(16085);
// EXTERNAL MODULE: ./packages/sql/src/masks.js
var src_masks = __webpack_require__(24112);
;// CONCATENATED MODULE: ./packages/job/src/policy/commands.js
/**
 * From what a test says of a command (`sql: …`, `http: …`) to its facts, through the classifiers that the gateway
 * itself uses. Pure, once the SQL grammar is loaded.
 */
                                                                    










/** The keys that a test may name its command with. */
const COMMAND_KEYS = ["sql", "http", "kube", "exec", "sftp", "ssh", "mcp"]         ;

                                                       

/** `catalogue`: declared by the test file; otherwise each statement gets one that is guessed. */
function commandReaders(catalogue                    )                                     {
  const declared = catalogue === undefined ? undefined : { ...catalogue, built: toCatalogue(catalogue) };
  const plain = (read                                                                         )                => {
    return ({ problems, node, grant }) => {
      const facts = read(problems, node, grant);
      return facts && { facts };
    };
  };
  return new Map                           ([
    ["sql", (context) => readSql(context.problems, context.node, context.grant, declared)],
    ["http", plain(readHttp)],
    ["kube", plain(readApiRequest)],
    ["exec", masked(plain(readExec))],
    ["sftp", masked(plain(readSftp))],
    ["ssh", masked(plain(readChannel))],
    ["mcp", plain(readToolCall)],
  ]);
}

/** What a program prints can be searched for values; files, connections and subsystems pass as they are. */
function masked(read               )                {
  return (context) => {
    const command = read(context);
    const { masks } = context.grant;
    if (command === undefined || masks.length === 0) return command;
    const { operation, sftp } = command.facts.fields;
    const names = (fact                  ) => (fact?.type === "set" ? fact.items.map(({ name }) => name) : []);
    const prints = names(operation).some((name) => name === "exec" || name === "shell");
    const other = masks.find(({ kind }) => kind !== "detect");
    if (prints && other === undefined) return command;
    if (prints) return { ...command, refusal: `a ${other?.kind} mask cannot be applied to what a program prints` };
    const silent = names(sftp).length > 0 && !names(sftp).some((name) => SHOWING.includes(name));
    return silent ? command : { ...command, refusal: "masks cannot be applied to what passes as it is" };
  };
}

function readSql(
  problems          ,
  node          ,
  grant       ,
  declared                                                                                      ,
)                           {
  const text = (0,reader/* readString */.E3)(problems, node, "`sql`");
  if (text === undefined) return undefined;
  const catalogue = declared?.built ?? toCatalogue(guessCatalogue(grant, text));
  const analysis = (0,analyse/* analyse */.KH)(text, {
    catalogue,
    searchPath: declared?.searchPath ?? ["public"],
    temporary: new Set(),
    prepared: () => undefined,
    cursor: () => undefined,
  });
  if (analysis.syntaxError !== undefined) {
    problems.add(node, `the SQL does not parse: ${analysis.syntaxError.message}`);
    return undefined;
  }
  const { masked, problems: unknown } = (0,src_masks/* resolveMasks */.A)(grant.masks, catalogue);
  if (masked.byColumn.size === 0 && unknown.length === 0) return { facts: analysis.facts };
  const masks = analysis.masks(masked);
  const refusal = unknown.length > 0 ? `a mask does not fit the catalogue: ${unknown.join("; ")}` : masks.refusal;
  const facts = withPredicates(analysis.facts, masks);
  return refusal === undefined ? { facts } : { facts, refusal };
}

/** Conditions over masked columns tell their values: the policy has rules about them. */
function withPredicates(facts       , masks                                                 )        {
  const add = (to       , names                   )        =>
    names.length === 0 ? to : { ...to, fields: { ...to.fields, predicates: set(names) } };
  const whole = add(facts, masks.predicates);
  if (facts.parts === undefined) return whole;
  const parts = facts.parts.map((part, place) => add(part, masks.statements[place]?.predicates ?? masks.predicates));
  return { ...whole, parts };
}

/** `"POST /v1/refunds?x=1"`, or `{method, path, query, headers, body, upgrade}`; a body is JSON. */
function readHttp(problems          , node          , grant       )                    {
  const request = httpRequest(problems, node);
  if (request === undefined) return undefined;
  const { method, target, headers, body, upgrade } = request;
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const rawHeaders = ["host", AUTHORITY, ...headers.flat()];
  const typed = headers.some(([name]) => name.toLowerCase() === "content-type");
  if (bytes !== undefined) {
    rawHeaders.push("content-length", String(bytes.length), ...(typed ? [] : ["content-type", "application/json"]));
  }
  const askedOf = (field        )                    => grant.asked.get(field) ?? [];
  return refusing(problems, node, () =>
    (0,http_classify/* classify */.L8)({
      head: (0,request_head/* readRequestHead */.mu)({ method, target, version: "1.1", rawHeaders }, AUTHORITY),
      upgrade: upgrade ? "websocket" : undefined,
      asked: { headers: askedOf("headers"), query: askedOf("query"), body: askedOf("body") },
      body: bytes ?? Buffer.alloc(0),
    }),
  );
}

function httpRequest(problems          , node          ) {
  if (node.type !== "map") {
    const text = (0,reader/* readString */.E3)(problems, node, "`http`");
    const match = text === undefined ? null : /^([A-Za-z]+) (\S+)$/.exec(text);
    if (text !== undefined && match === null)
      problems.add(node, "write a request as `GET /v1/orders`, or as a mapping");
    if (match === null) return undefined;
    return { method: match[1] ?? "", target: match[2] ?? "", headers: [], body: undefined, upgrade: false };
  }
  const view = (0,reader/* readObject */.Ag)(problems, node, {
    what: "`http`",
    keys: ["method", "path", "query", "headers", "body", "upgrade"],
    required: ["method", "path"],
  });
  const methodNode = view?.get("method");
  const pathNode = view?.get("path");
  const method = methodNode && (0,reader/* readString */.E3)(problems, methodNode, "`method`");
  const path = pathNode && (0,reader/* readString */.E3)(problems, pathNode, "`path`");
  const query = new URLSearchParams(pairs(problems, view?.get("query"), "`query`"));
  const headers = pairs(problems, view?.get("headers"), "`headers`");
  const upgradeNode = view?.get("upgrade");
  const upgrade = upgradeNode && (0,reader/* readWord */.pS)(problems, upgradeNode, "`upgrade`", ["websocket"]         );
  if (method === undefined || path === undefined) return undefined;
  const bodyNode = view?.get("body");
  const suffix = query.size === 0 ? "" : `${path.includes("?") ? "&" : "?"}${query.toString()}`;
  return {
    method,
    target: `${path}${suffix}`,
    headers,
    body: bodyNode === undefined ? undefined : plain(bodyNode),
    upgrade: upgrade === "websocket",
  };
}

/** A command line as one string, or as a list of words. */
function readExec(problems          , node          )                    {
  if (node.type === "list") {
    const words = (0,reader/* readOneOrMore */.BV)(problems, node, "`exec`", (item) => (0,reader/* readString */.E3)(problems, item, "a word of `exec`"));
    return words && (0,classify/* execFacts */.bO)(words.map(quoteWord).join(" "), { pty: false });
  }
  const text = (0,reader/* readString */.E3)(problems, node, "`exec`");
  return text === undefined ? undefined : (0,classify/* execFacts */.bO)(text, { pty: false });
}

/** `"read /var/log/app/x.log"`, or `{operation, path}`; both may be lists. */
function readSftp(problems          , node          )                    {
  if (node.type !== "map") {
    const [operation, path, ...rest] = ((0,reader/* readString */.E3)(problems, node, "`sftp`") ?? "").split(" ");
    if (operation === undefined || path === undefined || rest.length > 0) {
      if (node.type === "scalar") problems.add(node, "write an operation and its path, as in `read /var/log/x`");
      return undefined;
    }
    return sftpOf(problems, node, [operation], [path]);
  }
  const view = (0,reader/* readObject */.Ag)(problems, node, {
    what: "`sftp`",
    keys: ["operation", "path"],
    required: ["operation", "path"],
  });
  const operations = commands_texts(problems, view?.get("operation"), "`operation`");
  const paths = commands_texts(problems, view?.get("path"), "`path`");
  return operations === undefined || paths === undefined ? undefined : sftpOf(problems, node, operations, paths);
}

function sftpOf(problems          , node          , operations                   , paths                   ) {
  // A misspelt one would be denied, and a test that expects that would pass.
  const spec = (0,src_kinds/* kindSpec */.KS)("ssh")?.matchers.get("sftp");
  const known = (spec?.type === "set" ? spec.names : undefined) ?? [];
  const unknown = operations.find((name) => !known.includes(name) && !name.startsWith("extended:"));
  if (unknown !== undefined) {
    problems.add(node, `there is no operation \`${unknown}\`${(0,nearest/* suggestion */.h)(unknown, known)}`);
    return undefined;
  }
  const crooked = paths.find((path) => !path.startsWith("/") || /\/\.{0,2}(?:\/|$)/.test(path));
  if (crooked !== undefined) {
    problems.add(node, `\`${crooked}\` is not absolute and canonical, as paths are when they are judged`);
    return undefined;
  }
  return (0,classify/* sftpFacts */.J$)({ operations, paths });
}

/** What else a channel can be: exactly one of these. */
function readChannel(problems          , node          )                    {
  const keys = ["shell", "subsystem", "forward", "listen", "socket", "agent", "x11"]         ;
  const view = (0,reader/* readObject */.Ag)(problems, node, { what: "`ssh`", keys });
  const used = keys.filter((key) => view?.get(key) !== undefined);
  const [key] = used;
  const value = key && view?.get(key);
  if (key === undefined || value === undefined || used.length > 1) {
    if (view !== undefined) problems.add(node, `write exactly one of ${keys.join(", ")}`);
    return undefined;
  }
  if (key === "shell" || key === "agent" || key === "x11") {
    if ((0,reader/* readBoolean */.Vf)(problems, value, `\`${key}\``) !== true) return undefined;
    if (key === "shell") return (0,classify/* shellFacts */.kT)({ pty: true });
    return key === "agent" ? (0,classify/* agentFacts */.Ld)() : (0,classify/* x11Facts */.gp)();
  }
  const text = (0,reader/* readString */.E3)(problems, value, `\`${key}\``);
  if (text === undefined) return undefined;
  if (key === "subsystem") return (0,classify/* subsystemFacts */.r4)(text, { pty: false });
  if (key === "listen") return (0,classify/* listenFacts */.Xr)(text);
  if (key === "socket") return (0,classify/* socketFacts */.L6)(text);
  const port = /^(.*):(\d{1,5})$/.exec(text);
  if (port === null) {
    problems.add(value, "write host and port, as in `db.internal:5432`");
    return undefined;
  }
  return (0,classify/* forwardFacts */.B4)(port[1] ?? "", Number(port[2]));
}

/** Facts straight from the test: what a request on API objects says. */
function readApiRequest(problems          , node          )                    {
  const view = (0,reader/* readObject */.Ag)(problems, node, {
    what: "`kube`",
    keys: ["verb", "resource", "subresource", "namespace", "name"],
    required: ["verb", "resource"],
  });
  if (view === undefined) return undefined;
  const read = (key                                                            )          => {
    const value = view.get(key);
    const text = value && (0,reader/* readString */.E3)(problems, value, `\`${key}\``);
    return set(text === undefined ? [] : [text]);
  };
  const before = problems.count;
  const fields = {
    verb: read("verb"),
    resource: read("resource"),
    subresource: read("subresource"),
    namespace: read("namespace"),
    name: read("name"),
  };
  if (problems.count > before || view.get("verb") === undefined || view.get("resource") === undefined) return undefined;
  const reading = ["get", "list", "watch"].includes(fields.verb.items[0]?.name ?? "");
  return { kind: "kubernetes", classified: true, housekeeping: false, writes: !reading, fields };
}

/** `{tool: search, arguments: {…}}`, `{resource: uri}`, `{prompt: name}` or `{method: tools/list}`. */
function readToolCall(problems          , node          , grant       )                    {
  const view = (0,reader/* readObject */.Ag)(problems, node, {
    what: "`mcp`",
    keys: ["method", "tool", "arguments", "resource", "prompt", "definition"],
  });
  if (view === undefined) return undefined;
  const read = (key                                           ) => {
    const value = view.get(key);
    return value && (0,reader/* readString */.E3)(problems, value, `\`${key}\``);
  };
  const before = problems.count;
  const [tool, resource, prompt] = [read("tool"), read("resource"), read("prompt")];
  const implied =
    tool !== undefined
      ? "tools/call"
      : resource !== undefined
        ? "resources/read"
        : prompt !== undefined
          ? "prompts/get"
          : undefined;
  const method = read("method") ?? implied;
  const definitionNode = view.get("definition");
  const definition =
    definitionNode && (0,reader/* readWord */.pS)(problems, definitionNode, "`definition`", ["known", "new", "changed"]         );
  if (method === undefined) problems.add(node, "write `tool`, `resource`, `prompt` or `method`");
  if (problems.count > before || method === undefined) return undefined;
  const arguments_ = tool === undefined && prompt === undefined ? undefined : view.get("arguments");
  return (0,mcp_classify/* factsOf */.xS)({
    method,
    ...(tool === undefined ? {} : { tool, definition: definition ?? "known" }),
    ...(resource === undefined ? {} : { resources: [resource] }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(tool === undefined && prompt === undefined
      ? {}
      : { arguments: argumentFacts(arguments_, grant.asked.get("arguments") ?? []) }),
  });
}

function argumentFacts(node                      , asked                   )          {
  const bytes = Buffer.from(JSON.stringify(node === undefined ? {} : plain(node)));
  const { values, unknown, complete } = (0,json_read/* readJsonPaths */.Bg)(bytes, asked);
  return { type: "map", entries: values, unknown, complete };
}

/** What the classifier refuses outright is a mistake of the test. */
function refusing(problems          , node          , make             )                    {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof errors/* GateError */.ue)) throw error;
    problems.add(node, `the gateway refuses this before any rule: ${error.message}`);
    return undefined;
  }
}

function pairs(problems          , node                      , what        )                     {
  if (node === undefined) return [];
  if (node.type !== "map") {
    problems.add(node, `${what} must be a mapping`);
    return [];
  }
  return [...node.entries.values()].flatMap(({ key, value }) =>
    (commands_texts(problems, value, what) ?? []).map((text)                   => [key, text]),
  );
}

function commands_texts(problems          , node                      , what        )                                {
  if (node === undefined) return undefined;
  return (0,reader/* readOneOrMore */.BV)(problems, node, what, (item) =>
    item.type === "scalar" && item.value !== null ? item.text : (0,reader/* readString */.E3)(problems, item, what),
  );
}

/** A YAML node as JSON's value. */
function plain(node          )          {
  switch (node.type) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plain);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
    case "invalid":
      return null;
  }
}

/** A word that every shell reads as itself. */
function quoteWord(word        )         {
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function set(names                   )          {
  return { type: "set", items: names.map((name) => ({ name })), complete: true };
}

/** Operations on files whose answers show what is in them. */
const SHOWING                    = ["read", "list"];

/** The host of requests in tests; it stands in no fact. */
const AUTHORITY = "target.test";

// EXTERNAL MODULE: ./packages/identity/src/trust.js
var src_trust = __webpack_require__(71629);
;// CONCATENATED MODULE: ./packages/job/src/policy/exchange.js
/** Which trust rule lets a token in, for tests and diffs of policies. Pure. */
                                                

                                             

/**
 * The first rule that fits, as at the gateway. A test that says nothing of issuer or audience is about a token that
 * has the right ones: each rule is asked with its own.
 */
const exchange           = (trust, claims) => {
  let reason                    ;
  const { iss, aud, ...rest } = claims;
  for (const rule of trust) {
    const token = { issuer: issuerOf(rule, iss), audience: aud ?? rule.audience[0] ?? "", claims: rest };
    const match = (0,src_trust/* matchTrust */.AB)([rule], token);
    if (match.matched) return { rule };
    if (match.nearest !== undefined) reason ??= (0,src_trust/* describeNearest */.an)(match.nearest);
  }
  return { reason: reason ?? "the policy has no trust rules" };
};

/** The alias of GitHub's public issuer and its URL are the same. */
function issuerOf(rule           , given                    )         {
  if (given === undefined) return rule.issuer;
  const same = [given, rule.issuer].every((issuer) => issuer === "github" || issuer === GITHUB_ISSUER);
  return same ? rule.issuer : given;
}

const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

;// CONCATENATED MODULE: ./packages/job/src/policy/check.js
/** Lint and tests of policy files: everything that the `gate policy` commands and the action do with text. Pure. */








                                                                 

/** @see lint; with what the protocols of this gate can do. */
function lintPolicy(text        , options                                 )                     {
  return lint(text, { ...options, capability: capability });
}

/** What came of one file of tests. */
                              
                        
                              
                                          
                                                                               
                                        
 

/** Runs the tests that stand in a policy itself. */
async function testPolicy(text        , file        , context          = {})                       {
  return runSuite((0,read_tests/* readPolicyTests */.Kg)(text, file, COMMAND_KEYS), { text, file }, context);
}

/** Runs a `*.test.yaml` against its policy. */
async function testSuite(
  suite       ,
  policy                                                  ,
  context          = {},
)                       {
  return runSuite(suite, policy, context);
}

function parseSuite(text        , file        )        {
  return (0,read_tests/* readSuite */.xj)(text, file, COMMAND_KEYS);
}

/** Are there tests in the policy itself? */
function hasOwnTests(text        , file        )          {
  const { root } = (0,yaml/* parseYamlDocument */.Iu)(text, file);
  return root.type === "map" && root.entries.has("tests");
}

async function runSuite(
  suite       ,
  source                                                  ,
  context         ,
)                       {
  const report = (problems                    , results                        = [])              => ({
    file: suite.file,
    policyFile: source.file,
    results,
    problems,
  });
  if (suite.problems.length > 0) return report(suite.problems);
  let policy        ;
  try {
    policy = (0,src_policy/* parsePolicy */.ON)(source.text, { file: source.file, ...context });
  } catch (error) {
    if (error instanceof src_errors/* PolicyError */.p) return report(error.problems);
    return report([{ file: source.file, line: 1, column: 1, message: (0,errors/* messageOf */.bD)(error) }]);
  }
  const { problems } = (0,yaml/* parseYamlDocument */.Iu)("{}", suite.file);
  const catalogue = suite.catalogue && readCatalogue(problems, suite.catalogue);
  if (problems.count > 0) return report(problems.list);
  await (0,parser/* loadParser */.qd)();
  return report([], (0,run_tests/* runTests */.N$)(suite.tests, { file: suite.file, policy, readers: commandReaders(catalogue), exchange: exchange }));
}

// EXTERNAL MODULE: ./packages/policy/src/decide.js
var decide = __webpack_require__(75511);
// EXTERNAL MODULE: ./packages/policy/src/explain.js
var explain = __webpack_require__(88140);
;// CONCATENATED MODULE: ./packages/job/src/policy/explain-command.js
/** One command under one grant, explained: facts, verdict, every rule, and what is attached to an allow. Pure. */
                                                                 


                                                        


                            
                            
                                                                           
                             
                                         
                                              
                        
 

                                  
                       
                         
                           
                                                                                        
                           
                                         
 

/** Problems instead of an answer when names or the command are wrong. */
async function explainCommand(
  policy        ,
  question                 ,
)                                                                 {
  const grant = policy.grants.get(question.grant);
  if (grant === undefined) {
    return wrong(`there is no grant \`${question.grant}\`${(0,nearest/* suggestion */.h)(question.grant, [...policy.grants.keys()])}`);
  }
  if (question.as !== undefined) {
    const names = policy.trust.map(({ name }) => name);
    const rule = policy.trust.find(({ name }) => name === question.as);
    if (rule === undefined) return wrong(`there is no trust rule \`${question.as}\`${(0,nearest/* suggestion */.h)(question.as, names)}`);
    if (!rule.grants.includes(grant.name)) {
      return wrong(
        `the trust rule \`${rule.name}\` does not give the grant \`${grant.name}\`: its jobs cannot connect`,
      );
    }
  }
  return explainUnder(policy, grant, question);
}

async function explainUnder(
  policy        ,
  grant       ,
  { as, key, command, catalogue }                 ,
)                                                                 {
  await (0,parser/* loadParser */.qd)();
  const { problems } = (0,yaml/* parseYamlDocument */.Iu)("{}", `--${key}`);
  const { node, unread } = commandNode(key, command);
  if (unread.length > 0) return { problems: unread };
  const read = commandReaders(catalogue).get(key)?.({ problems, node, grant });
  if (read === undefined) return { problems: problems.list };
  const { facts, refusal } = read;
  if (facts.kind !== grant.kind) {
    return wrong(`\`${key}\` is no command of \`${grant.name}\`, whose rules are about ${grant.kind}`);
  }
  const session = as === undefined ? undefined : (0,run_tests/* sessionOf */.MC)(policy, as);
  const verdict = (0,run_tests/* refusing */.cK)((0,decide/* decide */.LD)(grant, facts, session), refusal);
  return {
    verdict,
    observed: grant.mode === "observe",
    rules: (0,explain/* explain */.W)(grant, facts, session),
    obligations: verdict.kind === "deny" ? [] : verdict.obligations,
    facts,
  };
}

/** SQL and command lines are text whatever they look like. */
function commandNode(
  key            ,
  command        ,
)                                                                   {
  if (key !== "sql" && /^\s*[{[]/.test(command)) {
    const { root, problems } = (0,yaml/* parseYamlDocument */.Iu)(command, `--${key}`);
    return { node: root, unread: problems.list };
  }
  return { node: { type: "scalar", at: { line: 1, column: 1 }, value: command, text: command }, unread: [] };
}

function wrong(message        )                                            {
  return { problems: [{ file: "", line: 1, column: 1, message }] };
}

;// CONCATENATED MODULE: ./packages/job/src/policy/files.js
/** Which files belong together: a policy, the tests in it and beside it, and what else a check looks at. Reads through a parameter. */




/** The text of a file; undefined when there is none. Throws for any other failure. */
                                                            

/**
 * The operator's file as far as a policy refers to it: names of issuers and targets, no addresses, no secrets.
 * @throws {PolicyError} where it cannot be read as a mapping: its names would only look unknown.
 */
function readGatewayNames(text        , file        )          {
  const { root, problems } = (0,yaml/* parseYamlDocument */.Iu)(text, file);
  if (root.type !== "invalid" && root.type !== "map") problems.add(root, "a gateway's configuration must be a mapping");
  if (root.type !== "map") throw new src_errors/* PolicyError */.p("POLICY_INVALID", problems.list);
  const issuers                         = {};
  const targets                                                = {};
  for (const [name, node] of entries(root, "issuers")) {
    const issuer = scalar(node, "issuer");
    if (issuer !== undefined) issuers[name] = issuer;
  }
  for (const [name, node] of entries(root, "targets")) {
    const protocol = scalar(node, "protocol");
    if (protocol !== undefined) targets[name] = { protocol };
  }
  return { issuers, targets };
}

/**
 * Names of columns: a list of `schema.table.column`, a mapping of tables to columns, or a test file's `catalogue`.
 * Undefined for anything else.
 */
function readColumns(text        , file        )                                  {
  const { root } = (0,yaml/* parseYamlDocument */.Iu)(text, file);
  const columns = new Set        ();
  const add = (table        , node                      )       => {
    const list = node?.type === "map" ? node.entries.get("columns")?.value : node;
    for (const item of list?.type === "list" ? list.items : []) {
      if (item.type === "scalar") columns.add(`${table}${item.text}`);
    }
  };
  if (root.type === "list") add("", root);
  if (root.type === "map") {
    const inner = root.entries.get("catalogue")?.value ?? root;
    const sections = ["tables", "views"].map((name) => entries(inner, name)).flat();
    for (const [table, node] of sections.length > 0 ? sections : mapEntries(inner)) add(`${table}.`, node);
  }
  return columns.size === 0 ? undefined : columns;
}

/** The tests that a path stands for: a `*.test.yaml`, or a policy with its own tests and those beside it. */
async function testPath(path        , read          , context          = {})                                  {
  const text = read(path);
  if (text === undefined) return [missing(path, path)];
  if (isTestFile(path)) {
    const suite = parseSuite(text, path);
    const policyPath = suite.policy === undefined ? path.replace(TEST_FILE, "$1") : beside(path, suite.policy.path);
    const policy = read(policyPath);
    if (policy === undefined) return [missing(path, policyPath)];
    return [await testSuite(suite, { text: policy, file: policyPath }, context)];
  }
  const reports                = [];
  if (hasOwnTests(text, path)) reports.push(await testPolicy(text, path, context));
  const sibling = path.replace(/(\.ya?ml)$/, ".test$1");
  if (sibling !== path && read(sibling) !== undefined) reports.push(...(await testPath(sibling, read, context)));
  return reports;
}

/** A file that is no YAML has no tests that anybody could see: what is wrong with it, or undefined. */
function unreadable(text        , file        )                          {
  const { root, problems } = (0,yaml/* parseYamlDocument */.Iu)(text, file);
  return root.type === "invalid" ? { file, policyFile: file, results: [], problems: problems.list } : undefined;
}

/** The declared catalogue of a test file; undefined when it has none. */
function catalogueOf(
  text        ,
  file        ,
)                                                                                    {
  const suite = parseSuite(text, file);
  const { problems } = (0,yaml/* parseYamlDocument */.Iu)("{}", file);
  const catalogue = suite.catalogue && readCatalogue(problems, suite.catalogue);
  return { problems: [...suite.problems, ...problems.list], ...(catalogue === undefined ? {} : { catalogue }) };
}

/** Lints a policy; the columns of a test file beside it count as known, unless a list was given. */
function lintPath(
  path        ,
  read          ,
  options                                          ,
)                                 {
  const text = read(path);
  if (text === undefined) return undefined;
  const sibling = path.replace(/(\.ya?ml)$/, ".test$1");
  const tests = options.columns === undefined && sibling !== path ? read(sibling) : undefined;
  const declared = tests === undefined ? undefined : catalogueOf(tests, sibling).catalogue;
  const columns =
    options.columns ??
    (declared &&
      new Set(declared.relations.flatMap(({ name, columns: own }) => own.map((column) => `${name}.${column}`))));
  return lintPolicy(text, { ...options, file: path, ...(columns === undefined ? {} : { columns }) });
}

function isTestFile(path        )          {
  return TEST_FILE.test(path);
}

function missing(file        , path        )              {
  const problem = { file, line: 1, column: 1, message: `there is no file ${path}` };
  return { file, policyFile: path, results: [], problems: [problem] };
}

/** A path that is written relative to the file that names it. */
function beside(file        , path        )         {
  if (path.startsWith("/")) return path;
  const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
  const parts           = [];
  for (const part of `${folder}${path}`.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function entries(node          , section        )                                           {
  const inner = node.type === "map" ? node.entries.get(section)?.value : undefined;
  return inner === undefined ? [] : mapEntries(inner);
}

function mapEntries(node          )                                           {
  return node.type === "map" ? [...node.entries.values()].map(({ key, value }) => [key, value]         ) : [];
}

function scalar(node          , key        )                     {
  const value = node.type === "map" ? node.entries.get(key)?.value : undefined;
  return value?.type === "scalar" ? value.text : undefined;
}

const TEST_FILE = /\.test(\.ya?ml)$/;

;// CONCATENATED MODULE: ./packages/job/src/policy/index.js
/** Policy files against this gate's own classifiers: lint, tests, explanations, diffs, and the pull request's check. */







/***/ })

};
