export const id = 870;
export const ids = [870];
export const modules = {

/***/ 95870:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  PolicyError: () => (/* reexport */ errors/* PolicyError */.p),
  decide: () => (/* reexport */ decide/* decide */.LD),
  diffPolicies: () => (/* reexport */ diffPolicies),
  formatProblems: () => (/* reexport */ errors/* formatProblems */.C),
  parsePolicy: () => (/* reexport */ policy/* parsePolicy */.ON),
  policySchema: () => (/* reexport */ policySchema)
});

// UNUSED EXPORTS: FORMAT_VERSION, KINDS, LINT_CODES, POLICY_BYTES_MAX, Problems, checkName, checkVersion, eachMatcher, explain, isLoopback, isSafeUrl, kindOfProtocol, kindSpec, lint, nearest, parseDuration, parseRate, parseSize, parseYamlDocument, positionIn, possible, readBoolean, readDuration, readEntries, readInteger, readList, readObject, readOneOrMore, readPolicyTests, readRate, readSize, readString, readSuite, readText, readWord, refusing, runTests, sessionOf, suggestion

// EXTERNAL MODULE: ./packages/policy/src/decide.js
var decide = __webpack_require__(75511);
// EXTERNAL MODULE: ./packages/policy/src/kinds.js
var src_kinds = __webpack_require__(46456);
// EXTERNAL MODULE: ./packages/policy/src/suite/run-tests.js
var run_tests = __webpack_require__(66609);
;// CONCATENATED MODULE: ./packages/policy/src/diff/attachments.js
/** What is attached to a grant or to an approval, compared: masks, limits, times, people. Pure. */
                                                                             
                                          

/** wider: more is possible than before. changed: not comparable, so treated as wider. */
                                                         

                             
                                
                        
                        
                      
 

function compareMasks(before                 , after                 )                        {
  const [old, fresh] = [byPlace(before), byPlace(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].toSorted().flatMap((place)                        => {
    const [a, b] = [old.get(place), fresh.get(place)];
    const [from, to] = [describeAction(a), describeAction(b)];
    if (from === to) return [];
    const [x, y] = [strength(a), strength(b)];
    return [{ direction: y < x ? "wider" : y > x ? "narrower" : "changed", what: `mask ${place}`, from, to }];
  });
}

function compareLimits(before        , after        )                        {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()                    ;
  return names.flatMap((name) => number(`limit ${name}`, before[name] ?? Infinity, after[name] ?? Infinity));
}

/** Everything of a grant that is no rule. */
function compareGrants(before       , after       )                        {
  const differences               = [
    ...compareMasks(before.masks, after.masks),
    ...compareMaskRules(before.masks, after.masks),
    ...compareLimits(before.limits, after.limits),
  ];
  if (before.target !== after.target) {
    differences.push({ direction: "changed", what: "target", from: before.target, to: after.target });
  }
  if (before.mode !== after.mode) {
    const direction = after.mode === "observe" ? "wider" : "narrower";
    differences.push({ direction, what: "mode", from: before.mode, to: after.mode });
  }
  differences.push(...number("ttl in seconds", (before.ttlMs ?? Infinity) / 1000, (after.ttlMs ?? Infinity) / 1000));
  differences.push(...number("delegate depth", before.delegate?.depth ?? 0, after.delegate?.depth ?? 0));
  differences.push(...number("delegate children", before.delegate?.children ?? 0, after.delegate?.children ?? 0));
  return differences;
}

function compareApprovals(before              , after              )                        {
  const differences               = [];
  differences.push(...number("people needed", -before.count, -after.count).map(positive));
  const list = (names                   ) => (names.length === 0 ? "nobody" : names.toSorted().join(", "));
  const more = (a                   , b                   ) => b.some((name) => !a.includes(name));
  if (more(before.from, after.from) || more(after.from, before.from)) {
    const direction = more(before.from, after.from) ? "wider" : "narrower";
    differences.push({ direction, what: "who may answer", from: list(before.from), to: list(after.from) });
  }
  if (more(before.exclude, after.exclude) || more(after.exclude, before.exclude)) {
    const direction = more(after.exclude, before.exclude) ? "wider" : "narrower";
    differences.push({ direction, what: "who may not answer", from: list(before.exclude), to: list(after.exclude) });
  }
  differences.push(...number("timeout in seconds", before.timeoutMs / 1000, after.timeoutMs / 1000));
  return differences;
}

/** More is wider. */
function number(what        , before        , after        )                        {
  if (before === after) return [];
  const say = (value        ) => (Number.isFinite(value) ? String(value) : "none");
  return [{ direction: after > before ? "wider" : "narrower", what, from: say(before), to: say(after) }];
}

function positive({ from, to, ...rest }            )             {
  return { ...rest, from: from.replace(/^-/, ""), to: to.replace(/^-/, "") };
}

/** The strongest action of each place; a detector, a pattern and a dictionary are places of their own. */
function byPlace(masks                 )                                  {
  const places = new Map                    ();
  for (const mask of masks) {
    for (const name of placesOf(mask)) {
      const known = places.get(name);
      if (known === undefined || strength(mask.action) > strength(known)) places.set(name, mask.action);
    }
  }
  return places;
}

function placesOf(mask      )                    {
  if (mask.kind === "column") return [mask.column];
  if (mask.kind === "json") return [mask.path];
  const near = mask.context === undefined ? "" : ` near ${mask.context.toSorted().join("|")}`;
  return [
    ...mask.detectors.map((name) => `detect ${name}${near}`),
    ...(mask.patterns ?? []).map(({ re2 }) => `pattern ${re2}${near}`),
    ...(mask.dictionaries ?? []).flatMap(({ words }) => words.map((word) => `word ${word}${near}`)),
  ];
}

/** Conditions over masked columns, results of unknown origin, and what detectors ignore. */
function compareMaskRules(before                 , after                 )                        {
  const [old, fresh] = [columnRules(before), columnRules(after)];
  const rules = [...fresh].flatMap(([column, rule])                        => {
    const known = old.get(column);
    if (known === undefined || known.text === rule.text) return [];
    const direction = rule.strictness < known.strictness ? "wider" : "narrower";
    return [{ direction, what: `mask ${column}`, from: known.text, to: rule.text }];
  });
  const [had, has] = [ignoresOf(before), ignoresOf(after)];
  const says = (list                     ) => (list.size === 0 ? "none" : [...list].toSorted().join(", "));
  const more = [...has].some((ignore) => !had.has(ignore));
  const less = [...had].some((ignore) => !has.has(ignore));
  if (!more && !less) return rules;
  const ignores = { what: "masks ignore", from: says(had), to: says(has) };
  return [...rules, { direction: more ? "wider" : "narrower", ...ignores }];
}

function columnRules(
  masks                 ,
)                                                                              {
  const rules = new Map                                                                ();
  for (const mask of masks) {
    if (mask.kind !== "column") continue;
    const { onPredicate = "deny", onUnknownOrigin = "redact" } = mask;
    const strictness = ["allow", "hold", "deny"].indexOf(onPredicate) * 2 + ["redact", "deny"].indexOf(onUnknownOrigin);
    rules.set(mask.column, { text: `on_predicate ${onPredicate}, on_unknown_origin ${onUnknownOrigin}`, strictness });
  }
  return rules;
}

function ignoresOf(masks                 )                      {
  return new Set(
    masks.flatMap((mask) =>
      mask.kind !== "detect"
        ? []
        : (mask.ignore ?? []).map(({ column, detectors, expiresMs }) => {
            const until = new Date(expiresMs).toISOString().slice(0, 10);
            return `${column} (${detectors?.join("|") ?? "all"} until ${until})`;
          }),
    ),
  );
}

/** null > redact > hash > tokenize > partial > nothing, as masks are applied. */
function strength(action                        )         {
  switch (action?.kind) {
    case undefined:
      return 0;
    case "partial":
      return 1 - (action.keepFirst + action.keepLast) / 1000;
    case "tokenize":
      // A token of the whole gateway joins what several sessions saw.
      return action.scope === "session" ? 2.5 : 2;
    case "hash":
      return 3;
    case "redact":
      return 4;
    case "null":
      return 5;
  }
}

function describeAction(action                        )         {
  if (action === undefined) return "none";
  if (action.kind === "partial") return `partial (first ${action.keepFirst}, last ${action.keepLast})`;
  return action.kind === "tokenize" ? `tokenize (${action.scope})` : action.kind;
}

;// CONCATENATED MODULE: ./packages/policy/src/diff/exchanges.js
/** Tokens that show where two versions' trust rules differ. Pure. */
                                                
                                                  


                               
                                           
                                     
                        
                      
                                              
                                                     
                         
 

/** Every token variant under both versions: which grants does it get only before, which only after? */
function compareExchanges(
  before                      ,
  after                      ,
  exchange          ,
)                                                                       {
  const flips = new Map                      ();
  const tokens = tokensOf([...before, ...after]);
  for (const claims of tokens) {
    const [old, fresh] = [exchange(before, claims).rule, exchange(after, claims).rule];
    const gained = (fresh?.grants ?? []).filter((grant) => old?.grants.includes(grant) !== true);
    const lost = (old?.grants ?? []).filter((grant) => fresh?.grants.includes(grant) !== true);
    for (const [direction, grants] of [
      ["wider", gained],
      ["narrower", lost],
    ]         ) {
      if (grants.length === 0) continue;
      const from = describe(old);
      const to = describe(fresh);
      const key = JSON.stringify([direction, grants, from, to]);
      const known = flips.get(key);
      flips.set(key, {
        direction,
        grants,
        from,
        to,
        example: known?.example ?? claims,
        count: (known?.count ?? 0) + 1,
      });
    }
  }
  return { flips: [...flips.values()], tokens: tokens.length };
}

/** Rules of the same name: how long their sessions live. */
function compareSessions(before           , after           )                        {
  return [
    ...number("session ttl in seconds", before.ttlMs / 1000, after.ttlMs / 1000),
    ...number("session max_ttl in seconds", before.maxTtlMs / 1000, after.maxTtlMs / 1000),
  ];
}

/** Each rule's own token, then each claim through every value that any rule knows, and without it. */
function tokensOf(rules                      )                                              {
  const values = new Map                     ();
  const add = (claim        , value        )       => {
    const known = values.get(claim) ?? new Set        ();
    if (known.size < CLAIM_VALUES_MAX) known.add(value);
    values.set(claim, known);
  };
  for (const rule of rules) {
    add("iss", rule.issuer);
    for (const audience of rule.audience) add("aud", audience);
    for (const [claim, globs] of Object.entries(rule.claims)) {
      for (const glob of globs) {
        add(claim, fill(glob));
        if (!glob.endsWith("*")) add(claim, `${fill(glob)}-other`);
        if (glob.includes("*") && !glob.includes("**")) add(claim, fill(glob.replaceAll("*", "some/thing")));
      }
    }
  }
  for (const event of EVENTS) if (values.has("event_name")) add("event_name", event);
  const found = new Map                                          ();
  const keep = (claims                                  )       => {
    if (found.size < TOKENS_MAX) found.set(JSON.stringify(Object.entries(claims).toSorted()), claims);
  };
  const base = rules.flatMap((rule) => ownTokens(rule));
  for (const claims of base) keep(claims);
  for (const claims of base) {
    for (const [claim, options] of values) {
      for (const value of options) keep({ ...claims, [claim]: value });
      const { [claim]: _without, ...rest } = claims;
      if (claim !== "iss" && claim !== "aud") keep(rest);
    }
  }
  return [...found.values()];
}

/** One token for each of the rule's alternatives, one claim at a time. */
function ownTokens(rule           )                                              {
  const first = Object.fromEntries(Object.entries(rule.claims).map(([claim, globs]) => [claim, fill(globs[0] ?? "")]));
  const token = { iss: rule.issuer, aud: rule.audience[0] ?? "", ...first };
  const others = Object.entries(rule.claims).flatMap(([claim, globs]) =>
    globs.slice(1).map((glob) => ({ ...token, [claim]: fill(glob) })),
  );
  return [token, ...rule.audience.slice(1).map((aud) => ({ ...token, aud })), ...others];
}

function fill(glob        )         {
  return glob.replace(/\*\*+/g, "some/thing").replace(/\*/g, "something");
}

function describe(rule                       )         {
  return rule === undefined ? "denied" : `\`${rule.name}\` (${rule.grants.join(", ")})`;
}

const EVENTS                    = [
  "push",
  "pull_request",
  "pull_request_target",
  "workflow_dispatch",
  "workflow_run",
  "issue_comment",
  "schedule",
];

/** Values that are tried for one claim. */
const CLAIM_VALUES_MAX = 60;
/** Tokens that two versions are compared with. */
const TOKENS_MAX = 20_000;

// EXTERNAL MODULE: ./packages/policy/src/lint/patterns.js
var lint_patterns = __webpack_require__(29814);
// EXTERNAL MODULE: ./packages/policy/src/lint/vocabulary.js
var vocabulary = __webpack_require__(53601);
;// CONCATENATED MODULE: ./packages/policy/src/diff/vocabulary.js
/**
 * What two versions of a grant talk about, as facts: for every matcher the values at which one of its patterns begins
 * or ends to match. Pure.
 *
 * From each pattern come texts inside of it and texts just outside; from each comparison the numbers around its bound.
 * Values of both versions are pooled, so wherever the two differ some value lies between them.
 */
                                                                                 
                                                         

                                                  
                                          
                                                         

/** One fact that a field may have, and how an example says it; the empty text for nothing. */
                         
                      
                        
 

/** By field: the most telling first. */
                                                                

function vocabularyOf(kind          , grants                                )             {
  const matchers = grants.flatMap((grant) =>
    (grant?.rules ?? []).flatMap((rule) => [...flatten(rule.match), ...flatten(rule.unless ?? [])]),
  );
  const literals = literalsOf(grants);
  const choices = new Map                           ();
  for (const [field, spec] of kind.matchers) {
    const own = matchers.filter((matcher) => matcher.name === field);
    const several = SEVERAL.includes(field) || (field === "path" && kind.matchers.has("sftp"));
    const made = choicesOf(field, spec, own, literals).filter(({ fact }) => several || !isSeveral(fact));
    choices.set(field, dedupe(made).slice(0, FIELD_CHOICES_MAX));
  }
  return choices;
}

function flatten(match       )                     {
  return match.flatMap((matcher) => (matcher.type === "any" ? matcher.alternatives.flatMap(flatten) : [matcher]));
}

/** Texts and numbers inside of `when` expressions: what they compare with. */
                    
                                    
                                      
 

function literalsOf(grants                                )           {
  const sources = grants.flatMap((grant) => (grant?.rules ?? []).map((rule) => rule.when?.source ?? ""));
  const texts = sources.flatMap((source) =>
    [...source.matchAll(/"([^"\\]{1,100})"|'([^'\\]{1,100})'/g)].map((m) => m[1] ?? m[2] ?? ""),
  );
  const numbers = sources.flatMap((source) => (source.match(/\b\d{1,12}(?:\.\d{1,6})?\b/g) ?? []).map(Number));
  return { texts: [...new Set(texts)].slice(0, LITERALS_MAX), numbers: [...new Set(numbers)].slice(0, LITERALS_MAX) };
}

function choicesOf(field        , spec             , own                    , literals          )                    {
  switch (spec.type) {
    case "set":
      return setChoices(field, spec, own, literals);
    case "word":
      return [...spec.values.map((value) => scalar(value, value)), NO_VALUE, UNKNOWN_SCALAR];
    case "flag":
      return [scalar(true, field), scalar(false, "")];
    case "number": {
      const bounds = own.flatMap((matcher) => (matcher.type === "number" ? boundsOf(matcher.test) : []));
      const numbers = around([...bounds, ...literals.numbers]);
      return [...numbers.map((value) => scalar(value, `${field} ${value}`)), NO_VALUE, UNKNOWN_SCALAR];
    }
    case "argv":
      return argvChoices(own);
    case "map":
      return mapChoices(field, own, literals);
  }
}

function setChoices(
  field        ,
  spec                                       ,
  own                    ,
  literals          ,
)                    {
  const sets = own.filter((matcher) => matcher.type === "set");
  const patterns = [...new Set(sets.flatMap((matcher) => matcher.patterns))];
  const labels = new Set([...(spec.labels ?? []), ...Object.values(spec.words ?? {})]);
  const known = spec.names ?? ESSENTIAL.get(field) ?? [];
  const style = { path: spec.glob === "path", upperCase: spec.upperCase === true };
  const inside = patterns.filter(isName).map((pattern) => {
    const named = known.filter((name) => pattern.includes("*") && (0,lint_patterns/* overlaps */.$)(pattern, name, style));
    const filled = vocabulary_fill(pattern);
    return named.length > 0 && spec.upperCase === true ? named.slice(0, 3) : [filled, ...named.slice(0, 2)];
  });
  const outside = patterns.filter(isName).flatMap((pattern) => beyond(pattern, spec));
  const names = [...new Set([...inside.flat(), ...known.slice(0, KNOWN_NAMES_MAX), ...literals.texts, ...outside])];
  const one = (name        )         => ({ fact: set([{ name }]), says: name });
  const grouped = [...labels].map((label)         => {
    const name = LABELLED.get(label) ?? `pg_catalog.${label.slice(1)}`;
    return { fact: set([{ name, labels: [label] }]), says: name };
  });
  // Names that one rule lists together, and one name of each of two rules: a command may hold them at once.
  const together = sets.map((matcher) => matcher.patterns.filter(isName).map(vocabulary_fill)).filter((list) => list.length > 1);
  const pairs = inside
    .flatMap((a, index) => inside.slice(index + 1).map((b) => [a[0] ?? "", b[0] ?? ""]))
    .slice(0, PAIRS_MAX);
  const several = [...together, ...pairs].map((list)         => {
    const distinct = [...new Set(list)].slice(0, TOGETHER_MAX);
    return { fact: set(distinct.map((name) => ({ name }))), says: distinct.join(", ") };
  });
  const none         = { fact: set([]), says: "" };
  const unknown         = { fact: { ...set([]), complete: false }, says: `${field} unknown` };
  return [none, ...grouped, ...names.map(one), ...several, unknown];
}

function argvChoices(own                    )                    {
  const lines = own
    .flatMap((matcher) => (matcher.type === "argv" ? matcher.patterns : []))
    .flatMap(({ words, rest }) => {
      const fixed = (rest ? words.slice(0, -1) : words).map(vocabulary_fill);
      const last = fixed.at(-1) ?? "";
      return [fixed, [...fixed, "extra"], fixed.slice(0, -1), [...fixed.slice(0, -1), `${last}x`]];
    })
    .filter((line) => line.length > 0);
  const one = (line                   )         => ({ fact: argv([line]), says: line.join(" ") });
  const [first, second] = lines;
  const both =
    first !== undefined && second !== undefined
      ? [{ fact: argv([first, second]), says: `${first.join(" ")} && ${second.join(" ")}` }]
      : [];
  const unknown         = { fact: { ...argv([]), complete: false }, says: "a command line that cannot be known" };
  return [...lines.map(one), one(["id"]), ...both, unknown];
}

function mapChoices(field        , own                    , literals          )                    {
  const tests = own.flatMap((matcher) => (matcher.type === "map" ? matcher.keys : []));
  const keys = [...new Set(tests.map(({ key }) => key))];
  const empty         = { fact: map({}), says: "" };
  const unknown         = { fact: { ...map({}), complete: false }, says: `${field} unknown` };
  const byKey = keys.map((key) => {
    const values = new Set       (tests.filter((test) => test.key === key).flatMap(({ test }) => valuesOf(test)));
    for (const literal of [...literals.texts, ...literals.numbers]) values.add(literal);
    return [...values].slice(0, KEY_VALUES_MAX).map((value)                           => [key, value]);
  });
  const say = (pairs                                       )         => ({
    fact: map(Object.fromEntries(pairs.map(([key, value]) => [key, [value]]))),
    says: pairs.map(([key, value]) => `${field} ${key}=${JSON.stringify(value)}`).join(", "),
  });
  const product = byKey.reduce                                                    (
    (before, values) =>
      before.flatMap((pairs) => [pairs, ...values.map((value) => [...pairs, value])]).slice(0, MAP_CHOICES_MAX),
    [[]],
  );
  return [empty, ...product.filter((pairs) => pairs.length > 0).map(say), unknown];
}

function valuesOf(test           )                   {
  const values = test.checks.flatMap((check)                   => {
    if (check.op === "glob") return [vocabulary_fill(check.pattern), `${vocabulary_fill(check.pattern)}x`, "other"];
    if (check.op !== "in") return around([check.bound]);
    const beside = check.values.flatMap((value)                   =>
      typeof value === "number" ? around([value]) : [`${String(value)}x`],
    );
    return [...check.values, ...beside];
  });
  return (values.length === 0 ? ["x"] : values).map((value) => (test.text ? String(value) : value));
}

function boundsOf(test           )                    {
  return test.checks.flatMap((check) => {
    if (check.op === "in") return check.values.filter((value) => typeof value === "number");
    return check.op === "glob" ? [] : [check.bound];
  });
}

function around(bounds                   )                    {
  return [...new Set(bounds.flatMap((bound) => [bound, bound - 1, bound + 1]))];
}

/** A text that the pattern matches; a star becomes something that nobody else names. */
function vocabulary_fill(pattern        )         {
  return pattern.replace(/\*\*+/g, "some/thing").replace(/\*/g, "something");
}

/** Texts that look like the pattern's and lie just outside of it. */
function beyond(pattern        , spec                                       )                    {
  const text = vocabulary_fill(pattern);
  if (spec.upperCase === true) return [];
  if (spec.qualified !== undefined) {
    const [schema = "", ...rest] = text.split(".");
    return [`other.${rest.join(".")}`, ...(pattern.endsWith("*") ? [] : [`${schema}.something_else`])];
  }
  if (spec.glob === "path") {
    const parent = text.slice(0, text.lastIndexOf("/"));
    return [`${text}/below`, ...(parent === "" ? [] : [`${parent}/beside`]), "/elsewhere"];
  }
  return pattern.endsWith("*") ? [] : [`${text}-other`];
}

function isName(pattern        )          {
  return !pattern.startsWith("@") && !["any", "none", "safe"].includes(pattern);
}

function isSeveral(fact      )          {
  return fact.type === "set" && fact.items.length > 1;
}

function dedupe(choices                   )                    {
  const seen = new Set        ();
  return choices.filter(({ fact }) => {
    const key = JSON.stringify(fact);
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}

function set(items                     )          {
  return { type: "set", items, complete: true };
}

function argv(items                                )           {
  return { type: "argv", items, complete: true };
}

function map(entries                    )          {
  return { type: "map", entries, complete: true };
}

function scalar(value                           , says        )         {
  return { fact: { type: "scalar", value }, says };
}

const NO_VALUE         = { fact: { type: "scalar", value: null }, says: "" };
const UNKNOWN_SCALAR         = { fact: { type: "scalar", value: undefined }, says: "unknown" };

/** Something that carries a group's label. */
const LABELLED                              = new Map([
  ["@catalog", "pg_catalog.pg_class"],
  ["@safe", "pg_catalog.lower"],
]);

/** Sets of which one command has several elements: a transfer has one verb, a statement many relations. */
const SEVERAL                    = ["statement", "reads", "writes", "functions"];

/** Commands that are worth asking about whatever the policy says. */
const ESSENTIAL                                         = new Map([
  [
    "statement",
    [
      "SELECT",
      "INSERT",
      "UPDATE",
      "DELETE",
      "DROP TABLE",
      "TRUNCATE TABLE",
      "ALTER TABLE",
      "CREATE TABLE",
      "COPY",
      "COPY PROGRAM",
      "DO",
      "CALL",
      "GRANT",
      "SET ROLE",
      "MERGE",
      "CREATE FUNCTION",
      "EXPLAIN",
      "LOCK TABLE",
    ],
  ],
  ["functions", ["pg_catalog.pg_read_file", "public.something"]],
  ["method", ["GET", "POST", "PUT", "DELETE", "PATCH"]],
  ["verb", ["get", "list", "create", "update", "patch", "delete", "deletecollection"]],
  ["subresource", ["exec", "portforward", "log", "status"]],
]);

/** Facts that one field of a witness may have. */
const FIELD_CHOICES_MAX = 80;
/** Essential names that join what the policy names. */
const KNOWN_NAMES_MAX = 18;
/** Pairs of names of two rules. */
const PAIRS_MAX = 12;
/** Names of one command that several rules or one list name. */
const TOGETHER_MAX = 6;
/** Values that are tried for one key of a map. */
const KEY_VALUES_MAX = 12;
/** Combinations of keys and values of one map. */
const MAP_CHOICES_MAX = 120;
/** Texts and numbers that are taken out of `when` expressions. */
const LITERALS_MAX = 16;

;// CONCATENATED MODULE: ./packages/policy/src/diff/witnesses.js
/**
 * Commands that show where two versions of a policy differ: combinations of what they talk about, bounded. Pure.
 *
 * First every rule by itself: its own patterns, with each other field going through all of its values. Then the whole
 * product of all fields, as far as the bound allows. Combinations that no command can have are left out.
 */
                                                           
                                            


                                          


                          
                        
                                  
                           
                                              
                           
                                   
                        
 

                            
                                    
                                             
                            
 

function synthesise(kind          , grants                                )            {
  const all = relevant(kind, vocabularyOf(kind, grants), grants);
  const found = new Map                 ();
  const ids = new Map                ();
  const idOf = (choice                    )         => {
    if (choice === undefined) return -1;
    const id = ids.get(choice) ?? ids.size;
    ids.set(choice, id);
    return id;
  };
  let bounded = false;
  const add = (chosen                             )       => {
    if (found.size >= WITNESSES_MAX) {
      bounded = true;
      return;
    }
    // By which choices they are made of, not by their text: two choices may say the same.
    const key = [...kind.matchers.keys()].map((field) => idOf(chosen.get(field))).join();
    if (found.has(key)) return;
    const witness = witnessOf(kind, chosen);
    if (witness !== undefined) found.set(key, witness);
  };
  for (const shape of shapesOf(kind)) {
    const vocabulary = new Map([...all].filter(([field]) => shape.fields.includes(field)));
    for (const [field, name] of Object.entries(shape.fixed)) vocabulary.set(field, [named(name)]);
    byRule(vocabulary, grants, add);
    const { fields, trimmed } = trim(vocabulary, PRODUCT_MAX / shapesOf(kind).length);
    bounded ||= trimmed;
    product([...fields], add);
  }
  // What could not be classified: only holds and denies can see it.
  const [first] = found.values();
  if (first !== undefined) {
    found.set("unclassified", {
      ...first,
      facts: { ...first.facts, classified: false },
      example: "a command that cannot be classified",
      command: "unclassified",
    });
  }
  return { list: [...found.values()], bounded };
}

/** A field that no rule looks at decides nothing: it only has to make the command one that can be. */
function relevant(kind          , vocabulary            , grants                                )             {
  const rules = grants.flatMap((grant) => grant?.rules ?? []);
  if (rules.some((rule) => rule.when !== undefined)) return vocabulary;
  const looked = new Set(
    rules.flatMap((rule) => [...flatten(rule.match), ...flatten(rule.unless ?? [])].map(({ name }) => name)),
  );
  return new Map(
    [...vocabulary].map(([field, choices]) => {
      if (looked.has(field) || field === kind.commandField) return [field, choices];
      const [nothing, something] = [choices.find(isNothing), choices.find((choice) => !isNothing(choice))];
      return [field, [nothing, something].filter((choice) => choice !== undefined)];
    }),
  );
}

/** Each rule's own values, every other field varied one at a time. */
function byRule(
  vocabulary            ,
  grants                                ,
  add                                               ,
)       {
  for (const rule of grants.flatMap((grant) => grant?.rules ?? []).slice(0, RULES_MAX)) {
    for (const resting of restingPlaces(vocabulary)) {
      const base = new Map(resting);
      for (const matcher of flatten(rule.match)) {
        const own = ownChoice(vocabulary, matcher.name, matcher.type === "set" ? matcher.patterns : undefined);
        if (own !== undefined) base.set(matcher.name, own);
      }
      add(base);
      for (const [field, choices] of vocabulary) for (const choice of choices) add(new Map([...base, [field, choice]]));
    }
  }
}

/** What a command has of the fields that a rule does not name: as little as it can, and for some commands more. */
function restingPlaces(vocabulary            )                                         {
  const least = new Map(
    [...vocabulary].map(([field, choices]) => {
      const some = choices.find((choice) => !isNothing(choice));
      const none = choices.find(isNothing);
      return [field, (OBJECTS.includes(field) ? (some ?? none) : (none ?? some)) ?? NOTHING];
    }),
  );
  const more = ["writes", "where"].flatMap((field) => {
    const some = vocabulary.get(field)?.find((choice) => !isNothing(choice));
    return some === undefined ? [] : [[field, some]         ];
  });
  if (more.length === 0) return [least];
  return [least, ...more.map((one) => new Map([...least, one])), new Map([...least, ...more])];
}

function isNothing({ fact }        )          {
  if (fact.type === "set") return fact.items.length === 0 && fact.complete;
  if (fact.type === "scalar") return fact.value === null || fact.value === false;
  return fact.type === "map" && fact.complete && Object.keys(fact.entries).length === 0;
}

/** The first choice that the matcher's own patterns gave. */
function ownChoice(vocabulary            , field        , patterns                               )                     {
  const choices = vocabulary.get(field);
  if (choices === undefined) return undefined;
  if (patterns === undefined) return choices.find(({ says }) => says !== "") ?? choices[0];
  const style = { path: false, upperCase: true };
  const inside = ({ fact }        )          =>
    fact.type === "set" &&
    fact.items.length === 1 &&
    patterns.some((pattern) => (0,lint_patterns/* contains */.g)(pattern, fact.items[0]?.name ?? "", style));
  return choices.find(inside);
}

/** Takes the tail off the longest lists until the product fits. */
function trim(vocabulary            , max        )                                                               {
  const fields = new Map(vocabulary);
  const size = () => [...fields.values()].reduce((count, choices) => count * Math.max(1, choices.length), 1);
  let trimmed = false;
  while (size() > max) {
    const [field, choices] = [...fields].reduce((a, b) => (b[1].length > a[1].length ? b : a));
    if (choices.length <= 1) break;
    fields.set(field, choices.slice(0, Math.max(1, Math.floor(choices.length * 0.8))));
    trimmed = true;
  }
  return { fields, trimmed };
}

/** `chosen` is one and the same map all the time: whoever keeps it copies it. */
function product(
  fields                                                   ,
  add                                               ,
  chosen = new Map                (),
  place = 0,
)       {
  const field = fields[place];
  if (field === undefined) {
    add(chosen);
    return;
  }
  for (const choice of field[1]) {
    chosen.set(field[0], choice);
    product(fields, add, chosen, place + 1);
  }
}

function witnessOf(kind          , chosen                             )                      {
  const commandChoice = chosen.get(kind.commandField);
  const command = commandChoice?.fact;
  if (command?.type !== "set" || (command.items.length === 0 && command.complete)) return undefined;
  if (kind.matchers.has("where") && !isPossibleStatement(command, chosen)) return undefined;
  for (const field of OBJECTS) {
    const fact = chosen.get(field)?.fact;
    if (fact?.type === "set" && fact.items.length === 0 && fact.complete) return undefined;
  }
  const fields                       = {};
  for (const field of kind.matchers.keys()) fields[field] = chosen.get(field)?.fact ?? { type: "none" };
  const facts        = {
    kind: kind.kind,
    classified: true,
    housekeeping: false,
    writes: !isReading(kind.commandField, command),
    fields,
  };
  const said = [...kind.matchers.keys()]
    .map((field) => ({ field, says: chosen.get(field)?.says ?? "" }))
    .filter(({ says }) => says !== "");
  const example = said.map(({ field, says }) => `${WORDS.get(field) ?? ""}${says}`).join(" ");
  return { facts, example, command: commandChoice?.says ?? "", size: example.length };
}

/** Only UPDATE, DELETE and MERGE have a condition, and what only reads writes nothing. */
function isPossibleStatement(command         , chosen                             )          {
  if (!command.complete) return true;
  const names = command.items.map(({ name }) => name);
  const conditional = names.some((name) => /^(?:UPDATE|DELETE|MERGE)$/.test(name));
  const where = chosen.get("where")?.fact;
  if (conditional === (where?.type === "scalar" && where.value === null)) return false;
  const writes = chosen.get("writes")?.fact;
  if (writes?.type !== "set") return true;
  const locks = names.includes("LOCK TABLE");
  if (!locks && isReading("statement", command)) return writes.items.length === 0 && writes.complete;
  const rows = names.some((name) => /^(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE.*)$/.test(name));
  return !rows || writes.items.length > 0 || !writes.complete;
}

function isReading(field        , { items }         )          {
  const reading = vocabulary/* READING */.rq.get(field) ?? [];
  return items.every(({ name }) => reading.some((pattern) => (0,lint_patterns/* contains */.g)(pattern, name, EXACT)));
}

/** Which fields a command has at once; the others it does not have at all. */
                 
                                     
                                   
                                                   
 

function shapesOf(kind          )                   {
  if (kind.matchers.has("operation")) return CHANNELS;
  if (kind.matchers.has("tool")) return CALLS;
  return [{ fields: [...kind.matchers.keys()], fixed: {} }];
}

const CHANNELS                   = [
  { fields: ["exec", "pty"], fixed: { operation: "exec" } },
  { fields: ["shell", "pty"], fixed: { operation: "shell" } },
  { fields: ["sftp", "path"], fixed: { operation: "sftp" } },
  { fields: ["subsystem"], fixed: { operation: "subsystem" } },
  { fields: ["forward"], fixed: { operation: "forward" } },
  { fields: ["listen"], fixed: { operation: "listen" } },
  { fields: ["socket"], fixed: { operation: "socket" } },
  { fields: ["agent"], fixed: { operation: "agent" } },
  { fields: ["x11"], fixed: { operation: "x11" } },
];

const CALLS                   = [
  { fields: ["tool", "arguments", "definition"], fixed: { method: "tools/call" } },
  { fields: ["resource"], fixed: { method: "resources/read" } },
  { fields: ["prompt", "arguments"], fixed: { method: "prompts/get" } },
  { fields: ["method"], fixed: {} },
];

/** What stands before a field's value in an example. */
const WORDS                              = new Map([
  ["reads", "reading "],
  ["writes", "writing "],
  ["functions", "calling "],
  ["where", "where "],
  ["subresource", "/ "],
  ["namespace", "in namespace "],
  ["name", "named "],
  ["definition", "definition "],
  ["forward", "to "],
  ["listen", "on "],
]);

/** Sets of which a command that has them at all has at least one element. */
const OBJECTS = ["sftp", "path", "resource", "tool", "prompt", "subsystem", "forward", "listen", "socket"];

const EXACT = { path: false, upperCase: false };

const NOTHING         = { fact: { type: "none" }, says: "" };

function named(name        )         {
  return { fact: { type: "set", items: [{ name }], complete: true }, says: name };
}

/** Commands that one grant is compared with. */
const WITNESSES_MAX = 20_000;
/** Combinations of all fields of one grant. */
const PRODUCT_MAX = 8_000;
/** Rules of both versions that are varied one by one. */
const RULES_MAX = 400;

;// CONCATENATED MODULE: ./packages/policy/src/diff/diff.js
/**
 * What a change of a policy makes possible, and what it takes away. Pure.
 *
 * Not a comparison of texts: commands and tokens are made from both versions and decided under both. What is reported
 * is therefore true and has an example; what is not reported may still differ somewhere that no example reached.
 */
                                              


                                                  
                                                          





                         
                                
                          
                                                                              
                                 
                        
                        
                      
                                               
                            
                                                                                
                                        
                         
 

                             
                     
                                      
                          
                                                                   
                            
                          
                                                              
                                      
 

function diffPolicies(before        , after        , exchange          )             {
  const changes           = [];
  const bounded           = [];
  let commands = 0;
  for (const name of [...new Set([...before.grants.keys(), ...after.grants.keys()])].toSorted()) {
    const [old, fresh] = [before.grants.get(name), after.grants.get(name)];
    const compared = compareVerdicts(name, old, fresh, sessionsOf(name, [before, after]));
    changes.push(...compared.changes);
    commands += compared.commands;
    if (compared.bounded) bounded.push(name);
    if (old === undefined || fresh === undefined) continue;
    for (const difference of compareGrants(old, fresh)) changes.push(asChange("grant", name, difference));
  }
  const trust = compareExchanges(before.trust, after.trust, exchange);
  for (const { direction, grants, from, to, example, count } of trust.flips) {
    const token = Object.entries(example).map(([claim, value]) => `${claim}=${value}`);
    changes.push({
      direction,
      subject: "exchange",
      name: grants.join(", "),
      from,
      to,
      example: token.join(" "),
      count,
    });
  }
  for (const rule of after.trust) {
    const old = before.trust.find(({ name }) => name === rule.name);
    if (old === undefined) continue;
    for (const difference of compareSessions(old, rule)) changes.push(asChange("session", rule.name, difference));
  }
  const rank = ({ direction }        ) => ["wider", "changed", "narrower"].indexOf(direction);
  return {
    changes: changes.toSorted((a, b) => rank(a) - rank(b)).slice(0, CHANGES_MAX),
    wider: changes.some(({ direction }) => direction !== "narrower"),
    commands,
    tokens: trust.tokens,
    bounded,
  };
}

/** What one command meets under one version. */
               
                                           
                        
                             
 

/** Who may ask, where some condition of the grant depends on it: a job of each trust rule. */
function sessionsOf(grant        , policies                   )                                        {
  const rules = policies.flatMap((policy) => policy.grants.get(grant)?.rules ?? []);
  if (!rules.some((rule) => rule.when?.ofSession === true)) return [undefined];
  const sessions = policies.flatMap((policy) =>
    policy.trust.filter(({ grants }) => grants.includes(grant)).map(({ name }) => (0,run_tests/* sessionOf */.MC)(policy, name)),
  );
  const distinct = new Map(sessions.map((session) => [JSON.stringify(session), session]));
  return [...distinct.values()].slice(0, SESSIONS_MAX);
}

function compareVerdicts(
  name        ,
  old                   ,
  fresh                   ,
  sessions                                       ,
) {
  const groups = new Map                                                                 ();
  const kinds = new Set([old?.kind, fresh?.kind].filter((kind) => kind !== undefined));
  let bounded = false;
  let commands = 0;
  for (const kindName of kinds) {
    const kind = (0,src_kinds/* kindSpec */.KS)(kindName);
    if (kind === undefined) continue;
    const witnesses = synthesise(kind, [old, fresh]);
    bounded ||= witnesses.bounded;
    commands += witnesses.list.length;
    for (const witness of witnesses.list) {
      for (const session of sessions) {
        const [a, b] = [meet(old, witness, session), meet(fresh, witness, session)];
        for (const change of changesBetween(name, a, b)) note(groups, change, witness);
      }
    }
  }
  const changes = [...groups.values()].map(({ change, commands: named }) => ({
    ...change,
    commands: [...named].toSorted().slice(0, COMMANDS_SHOWN_MAX),
  }));
  return { changes, bounded, commands };
}

function meet(grant                   , { facts }         , session                          )      {
  if (grant === undefined) return { kind: "deny", says: "deny (no such grant)" };
  const verdict = (0,decide/* decide */.LD)(grant, facts, session);
  return { kind: verdict.kind, says: `${verdict.kind} by ${verdict.rules.join(", ")}`, verdict };
}

function changesBetween(name        , a     , b     )                    {
  const common = { name, from: a.says, to: b.says, count: 1 };
  if (a.kind !== b.kind) {
    return [{ ...common, subject: "verdict", direction: RANK[b.kind] < RANK[a.kind] ? "wider" : "narrower" }];
  }
  if (a.verdict?.kind !== "hold" || b.verdict?.kind !== "hold") return [];
  return compareApprovals(a.verdict.approval, b.verdict.approval).map((difference) =>
    asChange("approval", name, difference),
  );
}

/** The same change for the same reason is one line, with its shortest example. */
function note(
  groups                                                                      ,
  change        ,
  witness         ,
)       {
  const key = JSON.stringify([change.subject, change.direction, change.from, change.to]);
  const known = groups.get(key);
  const commands = known?.commands ?? new Set        ();
  commands.add(witness.command);
  const shorter = known === undefined || witness.size < known.size;
  const example = shorter ? witness.example : known.change.example;
  groups.set(key, {
    change: { ...change, ...(example === undefined ? {} : { example }), count: (known?.change.count ?? 0) + 1 },
    size: shorter ? witness.size : known.size,
    commands,
  });
}

function asChange(subject                   , name        , { direction, what, from, to }            )         {
  return { direction, subject, name, from: `${what} ${from}`, to: `${what} ${to}`, count: 1 };
}

const RANK = { allow: 0, hold: 1, deny: 2 }         ;

/** Changes that one comparison lists. */
const CHANGES_MAX = 500;
/** Kinds of sessions that every command of a grant is decided for. */
const SESSIONS_MAX = 8;
/** Names of commands that one change lists. */
const COMMANDS_SHOWN_MAX = 8;

// EXTERNAL MODULE: ./packages/policy/src/errors.js
var errors = __webpack_require__(74500);
// EXTERNAL MODULE: ./packages/policy/src/policy.js + 2 modules
var policy = __webpack_require__(35415);
// EXTERNAL MODULE: ./packages/policy/src/read-set.js
var read_set = __webpack_require__(28370);
// EXTERNAL MODULE: ./packages/policy/src/read-values.js
var read_values = __webpack_require__(5202);
// EXTERNAL MODULE: ./packages/policy/src/rules.js + 99 modules
var rules = __webpack_require__(40456);
// EXTERNAL MODULE: ./packages/policy/src/sections.js
var sections = __webpack_require__(88859);
// EXTERNAL MODULE: ./packages/policy/src/masks.js
var masks = __webpack_require__(56002);
;// CONCATENATED MODULE: ./packages/policy/src/schema/schema.js
/**
 * JSON Schema (draft 2020-12) of policy.yaml, for editors. Pure; generated from the registry of kinds.
 *
 * It knows shapes and words, not references: that a grant names rules which exist only the parser says. What the parser
 * accepts the schema accepts; the other way round there are files that only the parser refuses.
 */








                                                             

/** `commands`: the keys that a test may name its command with. */
function policySchema(commands                   )             {
  const kinds = src_kinds/* KINDS */.GW.filter(({ kind }) => kind !== "line");
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Gate policy",
    description: "Who may do what: reviewed like code, names targets, never addresses or credentials.",
    ...object(
      {
        version: { const: policy/* FORMAT_VERSION */.Hp },
        trust: schema_named(ref("trustRule"), "Which jobs get a session, and with which grants"),
        grants: { ...schema_named(ref("grant"), "A target, and what may be done with it"), minProperties: 1 },
        rules: schema_named({ type: "array", items: ref("rule") }, "Named lists of rules, which grants refer to"),
        approvals: schema_named(ref("approval"), "Who may answer a held command, which rules refer to"),
        masks: schema_named({ type: "array", items: ref("mask") }, "Named lists of values to hide, which grants refer to"),
        limits: schema_named(ref("limits"), "Named bounds, which grants refer to"),
        tests: { type: "array", items: ref("test"), description: "What `gate policy test` runs" },
      },
      ["version", "grants"],
    ),
    $defs: {
      name: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" },
      duration: { type: "string", pattern: "^[1-9][0-9]{0,15}(?:ms|s|m|h|d)$", description: "500ms, 60s, 20m, 2h, 1d" },
      size: { type: "string", pattern: "^[1-9][0-9]{0,15}(?:B|[KMGT]i?B)$", description: "64KiB, 8MiB, 10MB" },
      pattern: { type: "string", minLength: 1, maxLength: read_set/* PATTERN_CHARS_MAX */.mf },
      value: { type: ["string", "number", "boolean"] },
      comparison: comparisons(),
      valueTest: valueTest(),
      trustRule: trustRule(),
      grant: grant(),
      rule: rule(kinds),
      approval: approval(),
      mask: mask(),
      limits: limits(),
      test: test(commands),
      ...Object.fromEntries(kinds.map((kind) => [matchName(kind), match(kind)])),
    },
  };
}

function trustRule()             {
  const claim = oneOrMore(ref("value"));
  return object(
    {
      issuer: schema_text("`github`, a name of gateway.yaml's `issuers`, or an https URL"),
      audience: {
        ...oneOrMore(schema_text()),
        description: "What the token must have been issued for: the gateway's own URL",
      },
      claims: {
        type: "object",
        required: ["event_name"],
        additionalProperties: claim,
        properties: Object.fromEntries(CLAIMS.map((name) => [name, claim])),
        description: "Every claim must match one of its patterns; `*` stays between slashes, `**` does not",
      },
      session: object({ ttl: ref("duration"), max_ttl: ref("duration") }),
      grants: oneOrMore(ref("name")),
    },
    ["issuer", "audience", "claims", "grants"],
  );
}

function grant()             {
  return object(
    {
      target: schema_text("A name of gateway.yaml's `targets`"),
      ttl: ref("duration"),
      rules: oneOrMore(ref("name")),
      masks: oneOrMore(ref("name")),
      limits: { anyOf: [ref("name"), ref("limits")] },
      delegate: object({ depth: integer(1, policy/* DELEGATE_DEPTH_MAX */.HN), children: integer(1, policy/* DELEGATE_CHILDREN_MAX */.t8) }, [
        "depth",
        "children",
      ]),
      mode: { enum: ["enforce", "observe"] },
    },
    ["target", "rules"],
  );
}

function rule(kinds                     )             {
  const anyKind = { anyOf: kinds.map((kind) => ref(matchName(kind))) };
  return {
    ...object(
      {
        id: ref("name"),
        effect: { enum: ["allow", "hold", "deny"] },
        match: anyKind,
        unless: { ...anyKind, minProperties: 1 },
        when: schema_text("A CEL expression over the facts"),
        approval: ref("name"),
        message: { type: "string", minLength: 1, maxLength: rules/* MESSAGE_CHARS_MAX */.rW },
      },
      ["id", "effect", "match"],
    ),
    allOf: [
      { if: effectIs("hold"), then: { required: ["approval"] }, else: { properties: { approval: false } } },
      { if: effectIs("deny"), else: { properties: { message: false } } },
    ],
  };
}

function effectIs(effect        )             {
  return { properties: { effect: { const: effect } }, required: ["effect"] };
}

function match(kind          )             {
  const matchers = [...kind.matchers].map(([name, spec])                                => [name, matcher(spec)]);
  return object({
    ...Object.fromEntries(matchers),
    classified: { type: "boolean" },
    any: { type: "array", minItems: 1, items: { ...ref(matchName(kind)), minProperties: 1 } },
  });
}

function matcher(spec             )             {
  switch (spec.type) {
    case "set":
      return oneOrMore(ref("pattern"));
    case "word":
      return oneOrMore({ enum: [...spec.values, ...(spec.implied === undefined ? [] : ["any"])] });
    case "flag":
      return { type: "boolean" };
    case "number":
      return { anyOf: [{ type: "number" }, { ...ref("comparison"), minProperties: 1 }] };
    case "argv": {
      const line = { type: "array", minItems: 1, maxItems: read_values/* ARGV_WORDS_MAX */.a0, items: ref("value") };
      return { anyOf: [ref("value"), line, { type: "array", minItems: 1, items: { anyOf: [ref("value"), line] } }] };
    }
    case "map":
      return {
        type: "object",
        minProperties: 1,
        ...(spec.keys === "path" ? { propertyNames: { pattern: "^\\$" } } : {}),
        additionalProperties: ref("valueTest"),
      };
  }
}

function comparisons()             {
  const number = { type: "number" };
  return object({ gt: number, gte: number, lt: number, lte: number });
}

function valueTest()             {
  const number = { type: "number" };
  const test = object({
    eq: ref("value"),
    in: oneOrMore(ref("value")),
    gt: number,
    gte: number,
    lt: number,
    lte: number,
    glob: ref("value"),
    present: { type: "boolean" },
  });
  return { anyOf: [ref("value"), { type: "array", minItems: 1, items: ref("value") }, { ...test, minProperties: 1 }] };
}

function approval()             {
  return object(
    {
      from: oneOrMore({
        type: "string",
        pattern: "^(?:github-team:[^/]+/[^/]+|(?:github-user|oidc-group|saml-group|person):.+)$",
      }),
      count: integer(1, sections/* APPROVERS_MAX */.KG),
      timeout: ref("duration"),
      exclude: {
        type: "array",
        items: { enum: ["actor", "triggering_actor", "pr_author", "commit_authors", "last_pusher"] },
      },
    },
    ["from"],
  );
}

function mask()             {
  const keep = integer(0, masks/* KEEP_CHARS_MAX */.Nn);
  return object(
    {
      column: { type: "string", pattern: "^[^.*]+\\.[^.*]+\\.[^.*]+$", description: "schema.table.column" },
      json: { type: "string", pattern: "^\\$", description: "$.customer.ssn, $.items[*].card" },
      detect: oneOrMore({ enum: [...masks/* DETECTORS */.c$] }),
      pattern: oneOrMore(schema_text("RE2")),
      dictionary: oneOrMore(schema_text()),
      action: { enum: [...masks/* ACTIONS */.kl, null] },
      keep_first: keep,
      keep_last: keep,
      scope: { enum: ["session", "gateway"] },
      on_unknown_origin: { enum: ["redact", "deny"] },
      on_predicate: { enum: ["allow", "hold", "deny"] },
      approval: ref("name"),
      name: ref("name"),
      context: oneOrMore(schema_text()),
      ignore: {
        type: "array",
        items: object(
          {
            column: schema_text(),
            detect: oneOrMore(schema_text()),
            reason: schema_text(),
            expires: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" },
          },
          ["column", "reason", "expires"],
        ),
      },
    },
    ["action"],
  );
}

function limits()             {
  const count = integer(1, Number.MAX_SAFE_INTEGER);
  return object({
    rows: count,
    affected: count,
    bytes: ref("size"),
    rate: { type: "string", pattern: "^[1-9][0-9]{0,15}/s$" },
    concurrent: count,
    statement_time: ref("duration"),
    idle_time: ref("duration"),
    session_bytes: ref("size"),
  });
}

function test(commands                   )             {
  return object(
    {
      name: schema_text(),
      as: ref("name"),
      grant: ref("name"),
      claims: { type: "object", additionalProperties: ref("value") },
      ...Object.fromEntries(commands.map((key) => [key, { type: ["string", "object", "array"] }])),
      expect: object({
        effect: { enum: ["allow", "hold", "deny"] },
        rule: schema_text(),
        rules: oneOrMore(schema_text()),
        approval: ref("name"),
        exchange: { enum: ["allowed", "denied"] },
        grants: oneOrMore(ref("name")),
      }),
    },
    ["expect"],
  );
}

function object(properties            , required                    = [])             {
  return {
    type: "object",
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties,
  };
}

function schema_named(items            , description        )             {
  return { type: "object", description, propertyNames: ref("name"), additionalProperties: items };
}

function oneOrMore(items            )             {
  return { anyOf: [items, { type: "array", minItems: 1, items }] };
}

function schema_text(description         )             {
  return { type: "string", minLength: 1, ...(description === undefined ? {} : { description }) };
}

function integer(minimum        , maximum        )             {
  return { type: "integer", minimum, maximum };
}

function ref(name        )             {
  return { $ref: `#/$defs/${name}` };
}

function matchName({ kind }          )         {
  return `match-${kind}`;
}

/** GitHub's claims that policies match; others are allowed too. */
const CLAIMS                    = [
  "repository_id",
  "event_name",
  "ref",
  "environment",
  "job_workflow_ref",
  "repository_owner_id",
  "runner_environment",
  "actor_id",
];

;// CONCATENATED MODULE: ./packages/policy/src/index.js
                                                         
                                                










                                                       







/***/ })

};
