import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 598:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");

/***/ }),

/***/ 24:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 30:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");

/***/ }),

/***/ 760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 587:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   SK: () => (/* binding */ constantTimeEqual),
/* harmony export */   fg: () => (/* binding */ sha256Hex),
/* harmony export */   r0: () => (/* binding */ base64url)
/* harmony export */ });
/* unused harmony exports hmacSha256, decodeUtf8 */
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(598);
/** Digests, comparisons and text in bytes. Touches node:crypto only. */


/** Lower-case hex SHA-256. */
function sha256Hex(data                     )         {
  return oneShot === undefined ? (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(data).digest("hex") : oneShot("sha256", data, "hex");
}

/** HMAC-SHA-256, 32 bytes. */
function hmacSha256(key            , data                     )             {
  return new Uint8Array(createHmac("sha256", key).update(data).digest());
}

function base64url(data                     )         {
  return Buffer.from(data              ).toString("base64url");
}

/** Compares two strings in time that depends only on their lengths' equality. */
function constantTimeEqual(a        , b        )          {
  const left = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(a).digest();
  const right = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(b).digest();
  return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.timingSafeEqual)(left, right) && a.length === b.length;
}

/**
 * Decodes UTF-8 and refuses anything malformed; U+FEFF is kept, because the server sees it too.
 * @throws {TypeError} on malformed input.
 */
function decodeUtf8(bytes            )         {
  return UTF8.decode(bytes);
}

// crypto.hash is younger than Node 20.0, where the job's bundle may still have to run; it takes half the time.
const oneShot = node_crypto__WEBPACK_IMPORTED_MODULE_0__.hash                                  ;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });


/***/ }),

/***/ 278:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   m: () => (/* binding */ systemClock)
/* harmony export */ });
/* unused harmony export ManualClock */
/** Time as a parameter: composition roots pass `systemClock`, tests pass a `ManualClock`. */

                        
                                                      
                
                                                       
                      
                                                                                                                  
                                                      
 

const systemClock        = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    // setTimeout takes at most 2^31-1 ms; a longer delay would fire at once.
    const timer = setTimeout(run, Math.min(delayMs, 2_147_483_647));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A clock that moves only when told to. */
class ManualClock                  {
  #now        ;
  #timers                                    = [];

  constructor(startMs = 1_700_000_000_000) {
    this.#now = startMs;
  }

  now()         {
    return this.#now;
  }

  monotonic()         {
    return this.#now;
  }

  after(delayMs        , run            )             {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time forward and runs what falls due, in order of time. */
  advance(ms        )       {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }
}


/***/ }),

/***/ 489:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   bD: () => (/* binding */ messageOf),
/* harmony export */   ue: () => (/* binding */ GateError)
/* harmony export */ });
/* unused harmony export assertNever */
/**
 * The base of every error that gate throws on purpose. Pure.
 *
 * Each package derives one class with a closed union of codes; a code never changes its meaning.
 * Messages say what to do next and never hold peer bytes or secrets.
 */

/** Whose fault it is: decides the exit code, the log level and whether a retry makes sense. */
                                                                               

class GateError extends Error {
                                 
           kind           ;

            constructor(kind           , message        , options                      ) {
    super(message, options);
    this.name = new.target.name;
    this.kind = kind;
  }
}

/** Ends an exhaustive `switch`: a value that reaches it is a bug of ours. */
function assertNever(value       )        {
  throw new TypeError(`unreachable: ${typeof value}`);
}

/** The message of anything thrown, without assuming that it is an Error. */
function messageOf(thrown         )         {
  return thrown instanceof Error ? thrown.message : String(thrown);
}


/***/ }),

/***/ 901:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  xe: () => (/* binding */ createDpopKey),
  hI: () => (/* binding */ createProof)
});

// UNUSED EXPORTS: PROOF_AGE_MS_MAX, PROOF_BYTES_MAX, PROOF_JTI_CHARS_MAX, exportDpopKey, importDpopKey, tokenHash, verifyProof

// EXTERNAL MODULE: ./packages/base/src/bytes.js
var bytes = __nccwpck_require__(587);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __nccwpck_require__(598);
;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/util/errors.js
class JOSEError extends Error {
  static code = "ERR_JOSE_GENERIC";
  code = "ERR_JOSE_GENERIC";
  constructor(message, options) {
    super(message, options), this.name = this.constructor.name, Error.captureStackTrace?.(this, this.constructor);
  }
}
class errors_JWTClaimValidationFailed extends JOSEError {
  static code = "ERR_JWT_CLAIM_VALIDATION_FAILED";
  code = "ERR_JWT_CLAIM_VALIDATION_FAILED";
  claim;
  reason;
  payload;
  constructor(message, payload, claim = "unspecified", reason = "unspecified") {
    super(message, { cause: { claim, reason, payload } }), this.claim = claim, this.reason = reason, this.payload = payload;
  }
}
class errors_JWTExpired extends JOSEError {
  static code = "ERR_JWT_EXPIRED";
  code = "ERR_JWT_EXPIRED";
  claim;
  reason;
  payload;
  constructor(message, payload, claim = "unspecified", reason = "unspecified") {
    super(message, { cause: { claim, reason, payload } }), this.claim = claim, this.reason = reason, this.payload = payload;
  }
}
class JOSEAlgNotAllowed extends (/* unused pure expression or super */ null && (JOSEError)) {
  static code = (/* unused pure expression or super */ null && ("ERR_JOSE_ALG_NOT_ALLOWED"));
  code = "ERR_JOSE_ALG_NOT_ALLOWED";
}
class errors_JOSENotSupported extends JOSEError {
  static code = "ERR_JOSE_NOT_SUPPORTED";
  code = "ERR_JOSE_NOT_SUPPORTED";
}
class JWEDecryptionFailed extends JOSEError {
  static code = "ERR_JWE_DECRYPTION_FAILED";
  code = "ERR_JWE_DECRYPTION_FAILED";
  constructor(message = "decryption operation failed", options) {
    super(message, options);
  }
}
class JWEInvalid extends (/* unused pure expression or super */ null && (JOSEError)) {
  static code = (/* unused pure expression or super */ null && ("ERR_JWE_INVALID"));
  code = "ERR_JWE_INVALID";
}
class JWSInvalid extends JOSEError {
  static code = "ERR_JWS_INVALID";
  code = "ERR_JWS_INVALID";
}
class errors_JWTInvalid extends JOSEError {
  static code = "ERR_JWT_INVALID";
  code = "ERR_JWT_INVALID";
}
class JWKInvalid extends JOSEError {
  static code = "ERR_JWK_INVALID";
  code = "ERR_JWK_INVALID";
}
class JWKSInvalid extends (/* unused pure expression or super */ null && (JOSEError)) {
  static code = (/* unused pure expression or super */ null && ("ERR_JWKS_INVALID"));
  code = "ERR_JWKS_INVALID";
}
class JWKSNoMatchingKey extends JOSEError {
  static code = "ERR_JWKS_NO_MATCHING_KEY";
  code = "ERR_JWKS_NO_MATCHING_KEY";
  constructor(message = "no applicable key found in the JSON Web Key Set", options) {
    super(message, options);
  }
}
class JWKSMultipleMatchingKeys extends JOSEError {
  [Symbol.asyncIterator] = async function* () {
  };
  static code = "ERR_JWKS_MULTIPLE_MATCHING_KEYS";
  code = "ERR_JWKS_MULTIPLE_MATCHING_KEYS";
  constructor(message = "multiple matching keys found in the JSON Web Key Set", options) {
    super(message, options);
  }
}
class JWKSTimeout extends JOSEError {
  static code = "ERR_JWKS_TIMEOUT";
  code = "ERR_JWKS_TIMEOUT";
  constructor(message = "request timed out", options) {
    super(message, options);
  }
}
class JWSSignatureVerificationFailed extends JOSEError {
  static code = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
  code = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
  constructor(message = "signature verification failed", options) {
    super(message, options);
  }
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/validate.js



function assertUint8Array(input, label) {
  if (!(input instanceof Uint8Array))
    throw new TypeError(`${label} must be an instance of Uint8Array`);
}
function validate_isObject(input) {
  if (typeof input != "object" || input === null || Object.prototype.toString.call(input) !== "[object Object]")
    return !1;
  const prototype = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
function isJwkSet(input) {
  return validate_isObject(input) && Array.isArray(input.keys) && Array.from(input.keys).every(validate_isObject);
}
function isDisjoint(...headers) {
  const parameters = /* @__PURE__ */ new Set();
  for (const header of headers)
    if (header)
      for (const parameter of Object.keys(header)) {
        if (parameters.has(parameter))
          return !1;
        parameters.add(parameter);
      }
  return !0;
}
function assertNotSet(value, name) {
  if (value !== void 0)
    throw new TypeError(`${name} can only be called once`);
}
function decodeBase64url(value, label, ErrorClass) {
  try {
    return decode(value);
  } catch (cause) {
    throw new ErrorClass(`Failed to base64url decode the ${label}`, { cause });
  }
}
function encodeAsciiMember(value, label, ErrorClass) {
  try {
    return encode(value);
  } catch (cause) {
    throw new ErrorClass(`The ${label} is not a valid base64url string`, { cause });
  }
}
function parseJoseHeader(encodedProtectedHeader, ErrorClass, message) {
  let parsed;
  try {
    parsed = JSON.parse(strictDecoder.decode(decode(encodedProtectedHeader)));
  } catch (cause) {
    throw new ErrorClass(message, { cause });
  }
  if (!validate_isObject(parsed))
    throw new ErrorClass(message);
  return parsed;
}
const JWS_RECOGNIZED = { __proto__: null, b64: !0 }, JWE_RECOGNIZED = { __proto__: null };
function validateAlgorithms(option, algorithms) {
  if (algorithms !== void 0 && (!Array.isArray(algorithms) || algorithms.some((s) => typeof s != "string")))
    throw new TypeError(`"${option}" option must be an array of strings`);
  return algorithms === void 0 ? void 0 : new Set(algorithms);
}
function validateCritDuplicates(Err, protectedHeader) {
  const { crit } = protectedHeader ?? {};
  if (Array.isArray(crit) && new Set(crit).size !== crit.length)
    throw new Err('"crit" (Critical) Header Parameter MUST NOT contain duplicate values');
}
function validateCrit(Err, recognizedDefault, recognizedOption, protectedHeader, joseHeader) {
  if (joseHeader.crit !== void 0 && protectedHeader?.crit === void 0)
    throw new Err('"crit" (Critical) Header Parameter MUST be integrity protected');
  if (!protectedHeader || protectedHeader.crit === void 0)
    return [];
  if (!Array.isArray(protectedHeader.crit) || protectedHeader.crit.length === 0 || protectedHeader.crit.some((input) => typeof input != "string" || input.length === 0))
    throw new Err('"crit" (Critical) Header Parameter MUST be an array of non-empty strings when present');
  const recognized = recognizedOption === void 0 ? recognizedDefault : { __proto__: null, ...recognizedOption, ...recognizedDefault };
  for (const parameter of protectedHeader.crit) {
    if (!(parameter in recognized))
      throw new errors_JOSENotSupported(`Extension Header Parameter "${parameter}" is not recognized`);
    if (!Object.hasOwn(joseHeader, parameter) || joseHeader[parameter] === void 0)
      throw new Err(`Extension Header Parameter "${parameter}" is missing`);
    if (recognized[parameter] && (!Object.hasOwn(protectedHeader, parameter) || protectedHeader[parameter] === void 0))
      throw new Err(`Extension Header Parameter "${parameter}" MUST be integrity protected`);
  }
  return protectedHeader.crit;
}
function validateB64(protectedHeader, extensions) {
  if (extensions.includes("b64")) {
    const b64 = protectedHeader.b64;
    if (typeof b64 != "boolean")
      throw new JWSInvalid('The "b64" (base64url-encode payload) Header Parameter must be a boolean');
    return b64;
  }
  return !0;
}
function serializeJoseHeader(Err, header) {
  let serialized, parsed;
  try {
    serialized = JSON.stringify(header), parsed = JSON.parse(serialized);
  } catch (cause) {
    throw new Err("JOSE Header is not valid JSON", { cause });
  }
  if (!validate_isObject(parsed))
    throw new Err("JOSE Header is not a JSON object");
  return [parsed, serialized];
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/buffer_utils.js
const encoder = new TextEncoder(), decoder = new TextDecoder(), buffer_utils_strictDecoder = new TextDecoder("utf-8", { fatal: !0 }), UINT32_RANGE = (/* unused pure expression or super */ null && (2 ** 32));
function concat(...buffers) {
  const size = buffers.reduce((acc, { length }) => acc + length, 0), buf = new Uint8Array(size);
  let i = 0;
  for (const buffer of buffers)
    buf.set(buffer, i), i += buffer.length;
  return buf;
}
function writeUInt32BE(buf, value, offset) {
  if (value < 0 || value >= UINT32_RANGE)
    throw new RangeError(`value must be >= 0 and <= ${UINT32_RANGE - 1}. Received ${value}`);
  buf.set([value >>> 24, value >>> 16, value >>> 8, value & 255], offset);
}
function uint64be(value) {
  const high = Math.floor(value / UINT32_RANGE), low = value % UINT32_RANGE, buf = new Uint8Array(8);
  return writeUInt32BE(buf, high, 0), writeUInt32BE(buf, low, 4), buf;
}
function uint32be(value) {
  const buf = new Uint8Array(4);
  return writeUInt32BE(buf, value), buf;
}
const NON_ASCII = /[^\x00-\x7f]/;
function buffer_utils_encode(string) {
  if (typeof string == "string" && string.length >= 128) {
    if (NON_ASCII.test(string))
      throw new TypeError("non-ASCII string encountered in encode()");
    return encoder.encode(string);
  }
  const bytes = new Uint8Array(string.length);
  for (let i = 0; i < string.length; i++) {
    const code = string.charCodeAt(i);
    if (code > 127)
      throw new TypeError("non-ASCII string encountered in encode()");
    bytes[i] = code;
  }
  return bytes;
}
function encodeBase64(input, url = !1) {
  if (Uint8Array.prototype.toBase64)
    return input.toBase64({ alphabet: url ? "base64url" : "base64", omitPadding: url });
  const CHUNK_SIZE = 32768, arr = [];
  for (let i = 0; i < input.length; i += CHUNK_SIZE)
    arr.push(String.fromCharCode.apply(null, input.subarray(i, i + CHUNK_SIZE)));
  const encoded = btoa(arr.join(""));
  return url ? encoded.replace(/=/g, "").replace(/\+/g, "-").replace(/\//g, "_") : encoded;
}
function decodeBase64(encoded, url = !1) {
  if (Uint8Array.fromBase64)
    return Uint8Array.fromBase64(encoded, { alphabet: url ? "base64url" : "base64" });
  if (url) {
    if (encoded.includes("+") || encoded.includes("/"))
      throw new TypeError("Invalid base64url");
    encoded = encoded.replace(/-/g, "+").replace(/_/g, "/");
  }
  const binary = atob(encoded), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++)
    bytes[i] = binary.charCodeAt(i);
  return bytes;
}
async function digest(algorithm, data) {
  const subtleDigest = `SHA-${algorithm.slice(-3)}`;
  return new Uint8Array(await crypto.subtle.digest(subtleDigest, data));
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/util/base64url.js

const invalid = "The input to be decoded is not correctly encoded.";
function base64url_decode(input) {
  try {
    return decodeBase64(typeof input == "string" ? input : decoder.decode(input), !0);
  } catch (cause) {
    throw new TypeError(invalid, { cause });
  }
}
function base64url_encode(input) {
  return encodeBase64(typeof input == "string" ? encoder.encode(input) : input, !0);
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/key.js



const tag = (key) => key[Symbol.toStringTag], jwkMatchesOp = (entry, key, usage) => {
  const { alg } = entry;
  if (key.use !== void 0) {
    const expected = usage === "sign" || usage === "verify" ? "sig" : "enc";
    if (key.use !== expected)
      throw new TypeError(`Invalid key for this operation, its "use" must be "${expected}" when present`);
  }
  if (key.alg !== void 0 && key.alg !== alg)
    throw new TypeError(`Invalid key for this operation, its "alg" must be "${alg}" when present`);
  if (Array.isArray(key.key_ops)) {
    const expectedKeyOp = usage === "encrypt" || usage === "decrypt" ? entry.ops?.[usage === "encrypt" ? 0 : 1] : usage;
    if (expectedKeyOp && !key.key_ops.includes(expectedKeyOp))
      throw new TypeError(`Invalid key for this operation, its "key_ops" must include "${expectedKeyOp}" when present`);
  }
};
async function prepareKey(entry, key, usage) {
  const { alg, secret } = entry, requiresPrivateKey = usage === "decrypt" || usage === "sign";
  if (secret && key instanceof Uint8Array)
    return key;
  let normalized, keyObject;
  if (validate_isObject(key)) {
    if (normalized = normalizeJwk(key), typeof normalized.kty != "string")
      throw invalidKeyType(alg, key, secret);
    if (!(secret ? normalized.kty === "oct" && typeof normalized.k == "string" : normalized.kty !== "oct" && (requiresPrivateKey ? normalized.kty === "AKP" && typeof normalized.priv == "string" || typeof normalized.d == "string" : normalized.d === void 0 && normalized.priv === void 0)))
      throw new TypeError(secret ? 'JSON Web Key for symmetric algorithms must have JWK "kty" (Key Type) equal to "oct" and the JWK "k" (Key Value) present' : `JSON Web Key for this operation must be a ${requiresPrivateKey ? "private" : "public"} JWK`);
    if (jwkMatchesOp(entry, normalized, usage), normalized.kty === "oct")
      return base64url_decode(normalized.k);
    if (!Object.isFrozen(key)) {
      const { key_ops } = key;
      Array.isArray(key_ops) && Object.freeze(key_ops), Object.freeze(key);
    }
  } else {
    if (!isKeyLike(key))
      throw invalidKeyType(alg, key, secret);
    const expectedType = secret ? "secret" : requiresPrivateKey ? "private" : "public";
    if (key.type !== expectedType && (secret || ["secret", "public", "private"].includes(key.type)))
      throw new TypeError(`${tag(key)} instances must be of type "${expectedType}" for the ${alg} algorithm`);
    if (isCryptoKey(key))
      return key;
    if (keyObject = key, keyObject.type === "secret")
      return keyObject.export();
  }
  cache ||= /* @__PURE__ */ new WeakMap();
  const cacheKey = key;
  let cached = cache.get(cacheKey);
  if (cached?.[alg])
    return cached[alg];
  if (cached || cache.set(cacheKey, cached = {}), keyObject && typeof keyObject.toCryptoKey == "function") {
    const isPublic = keyObject.type === "public", crv = nist[keyObject.asymmetricKeyDetails?.namedCurve], params = entry.resolve?.({ crv, asymmetricKeyType: keyObject.asymmetricKeyType }) ?? entry.subtle;
    return cached[alg] = keyObject.toCryptoKey(params, isPublic, entry.usages[isPublic ? 0 : 1]);
  }
  return normalized ??= keyObject.export({ format: "jwk" }), normalized.alg = alg, cached[alg] = await jwkToKey(entry, normalized);
}
let cache;
const nist = {
  __proto__: null,
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521"
};
function assertCryptoKey(key) {
  if (!isCryptoKey(key))
    throw new Error("CryptoKey instance expected");
}
const isCryptoKey = (key) => {
  if (key?.[Symbol.toStringTag] === "CryptoKey")
    return !0;
  try {
    return key instanceof CryptoKey;
  } catch {
    return !1;
  }
}, isKeyObject = (key) => key?.[Symbol.toStringTag] === "KeyObject", isKeyLike = (key) => isCryptoKey(key) || isKeyObject(key);
function message(msg, actual, ...types) {
  if (types.length > 2) {
    const last = types.pop();
    msg += `one of type ${types.join(", ")}, or ${last}.`;
  } else types.length === 2 ? msg += `one of type ${types[0]} or ${types[1]}.` : msg += `of type ${types[0]}.`;
  return actual == null ? msg += ` Received ${actual}` : typeof actual == "function" && actual.name ? msg += ` Received function ${actual.name}` : typeof actual == "object" && actual != null && actual.constructor?.name && (msg += ` Received an instance of ${actual.constructor.name}`), msg;
}
const invalidKeyInput = (actual, ...types) => message("Key must be ", actual, ...types);
function invalidKeyType(alg, actual, secret) {
  const types = ["CryptoKey", "KeyObject", "JSON Web Key"];
  return secret && types.push("Uint8Array"), new TypeError(message(`Key for the ${alg} algorithm must be `, actual, ...types));
}
const unusable = (name, prop = "algorithm.name") => new TypeError(`CryptoKey does not support this operation, its ${prop} must be ${name}`);
function checkUsage(key, usage) {
  if (usage && !key.usages.includes(usage))
    throw new TypeError(`CryptoKey does not support this operation, its usages must include ${usage}.`);
}
function checkModulusLength(alg, key) {
  const { modulusLength } = key.algorithm;
  if (typeof modulusLength != "number" || modulusLength < 2048)
    throw new TypeError(`${alg} requires key modulusLength to be 2048 bits or larger`);
}
function checkCryptoKey(key, expected, usage) {
  const algorithm = key.algorithm;
  if (algorithm.name !== expected.name)
    throw unusable(expected.name);
  if (expected.hash && algorithm.hash?.name !== expected.hash)
    throw unusable(expected.hash, "algorithm.hash");
  if (expected.namedCurve && algorithm.namedCurve !== expected.namedCurve)
    throw unusable(expected.namedCurve, "algorithm.namedCurve");
  if (expected.length !== void 0 && algorithm.length !== expected.length)
    throw unusable(expected.length, "algorithm.length");
  checkUsage(key, usage);
}
function snapshotJwk(jwk) {
  return { __proto__: null, ...jwk };
}
function normalizeJwk(jwk) {
  const normalized = snapshotJwk(jwk);
  if (normalized.ext !== void 0 && typeof normalized.ext != "boolean")
    throw new TypeError('"ext" (Extractable) Parameter must be a boolean');
  if (normalized.key_ops !== void 0) {
    const value = normalized.key_ops, keyOps = Array.isArray(value) ? [...value] : void 0;
    if (!keyOps || keyOps.some((operation) => typeof operation != "string") || new Set(keyOps).size !== keyOps.length)
      throw new TypeError('"key_ops" (Key Operations) Parameter must be an array of unique strings');
    normalized.key_ops = keyOps;
  }
  return normalized;
}
function validateExtractableOption(extractable) {
  if (extractable !== void 0 && typeof extractable != "boolean")
    throw new TypeError('"extractable" option must be a boolean');
  return extractable;
}
async function jwkToKey(entry, jwk, extractable) {
  if (!entry.kty.includes(jwk.kty))
    throw new errors_JOSENotSupported('Invalid or unsupported JWK "alg" (Algorithm) Parameter value');
  const algorithm = entry.resolve?.({ kty: jwk.kty, crv: jwk.crv }) ?? entry.subtle, isPrivate = !!(jwk.d || jwk.priv), keyData = { ...jwk, ext: extractable ?? jwk.ext };
  return keyData.kty !== "AKP" && delete keyData.alg, delete keyData.use, crypto.subtle.importKey("jwk", keyData, algorithm, keyData.ext ?? !isPrivate, jwk.key_ops ?? entry.usages[isPrivate ? 1 : 0]);
}
async function rawKey(key, expected, usage, extractable = !1) {
  return key instanceof Uint8Array && (key = await crypto.subtle.importKey("raw", key, expected, extractable, [usage])), checkCryptoKey(key, expected, usage), key;
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/key_descriptor.js
function table(entries) {
  const out = { __proto__: null };
  for (const alg in entries)
    out[alg] = { ...entries[alg], alg };
  return out;
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/jws_algorithms.js


const sig = [["verify"], ["sign"]];
function hmac(bits) {
  const subtle = { name: "HMAC", hash: `SHA-${bits}` };
  return { kty: ["oct"], secret: !0, subtle, signing: subtle, usages: sig };
}
function rsa(bits, saltLength) {
  const subtle = { name: saltLength ? "RSA-PSS" : "RSASSA-PKCS1-v1_5", hash: `SHA-${bits}` };
  return {
    kty: ["RSA"],
    subtle,
    signing: saltLength ? { ...subtle, saltLength } : subtle,
    usages: sig,
    minRsaBits: 2048
  };
}
function ecdsa(crv, bits) {
  return {
    kty: ["EC"],
    crv,
    subtle: { name: "ECDSA", namedCurve: crv },
    signing: { name: "ECDSA", hash: `SHA-${bits}` },
    usages: sig
  };
}
function eddsa() {
  const subtle = { name: "Ed25519" };
  return {
    kty: ["OKP"],
    crv: "Ed25519",
    subtle,
    signing: subtle,
    usages: sig
  };
}
function mldsa(parameterSet) {
  const subtle = { name: `ML-DSA-${parameterSet}` };
  return {
    kty: ["AKP"],
    subtle,
    signing: subtle,
    usages: sig
  };
}
const JWS = table({
  HS256: hmac(256),
  HS384: hmac(384),
  HS512: hmac(512),
  RS256: rsa(256),
  RS384: rsa(384),
  RS512: rsa(512),
  PS256: rsa(256, 32),
  PS384: rsa(384, 48),
  PS512: rsa(512, 64),
  ES256: ecdsa("P-256", 256),
  ES384: ecdsa("P-384", 384),
  ES512: ecdsa("P-521", 512),
  EdDSA: eddsa(),
  Ed25519: eddsa(),
  "ML-DSA-44": mldsa(44),
  "ML-DSA-65": mldsa(65),
  "ML-DSA-87": mldsa(87)
});
function jwsAlgorithm(alg) {
  const entry = typeof alg == "string" ? JWS[alg] : void 0;
  if (!entry)
    throw new errors_JOSENotSupported(`alg ${alg} is not supported either by JOSE or your javascript runtime`);
  return entry;
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/jwe_algorithms.js


const wrap = [
  ["encrypt", "wrapKey"],
  ["decrypt", "unwrapKey"]
], derive = [[], ["deriveBits"]], none = [[], []];
function rsaes(bits) {
  return {
    kty: ["RSA"],
    mode: "key-encryption",
    subtle: { name: "RSA-OAEP", hash: `SHA-${bits}` },
    usages: wrap,
    ops: ["wrapKey", "unwrapKey"]
  };
}
function ecdh(mode) {
  return {
    kty: ["EC", "OKP"],
    mode,
    subtle: { name: "ECDH" },
    resolve: ({ kty, crv, asymmetricKeyType }) => {
      if (crv === "X25519" || asymmetricKeyType === "x25519")
        return { name: "X25519" };
      if (kty === "OKP")
        throw new errors_JOSENotSupported('Invalid or unsupported JWK "alg" (Algorithm) Parameter value');
      return { name: "ECDH", namedCurve: crv };
    },
    usages: derive,
    ops: [void 0, "deriveBits"]
  };
}
function aeskw(bits, gcm = !1) {
  return {
    kty: ["oct"],
    mode: "key-wrapping",
    secret: !0,
    subtle: { name: gcm ? "AES-GCM" : "AES-KW", length: bits },
    usages: none,
    ops: gcm ? ["encrypt", "decrypt"] : ["wrapKey", "unwrapKey"]
  };
}
function pbes2() {
  return {
    kty: ["oct"],
    mode: "key-wrapping",
    secret: !0,
    subtle: { name: "PBKDF2" },
    usages: none,
    ops: ["deriveBits", "deriveBits"]
  };
}
const JWE = table({
  dir: {
    kty: ["oct"],
    mode: "direct-encryption",
    secret: !0,
    subtle: { name: "AES-GCM" },
    usages: none,
    ops: ["encrypt", "decrypt"]
  },
  "RSA-OAEP": rsaes(1),
  "RSA-OAEP-256": rsaes(256),
  "RSA-OAEP-384": rsaes(384),
  "RSA-OAEP-512": rsaes(512),
  "ECDH-ES": ecdh("direct-key-agreement"),
  "ECDH-ES+A128KW": ecdh("key-agreement-with-key-wrapping"),
  "ECDH-ES+A192KW": ecdh("key-agreement-with-key-wrapping"),
  "ECDH-ES+A256KW": ecdh("key-agreement-with-key-wrapping"),
  A128KW: aeskw(128),
  A192KW: aeskw(192),
  A256KW: aeskw(256),
  A128GCMKW: aeskw(128, !0),
  A192GCMKW: aeskw(192, !0),
  A256GCMKW: aeskw(256, !0),
  "PBES2-HS256+A128KW": pbes2(),
  "PBES2-HS384+A192KW": pbes2(),
  "PBES2-HS512+A256KW": pbes2()
}), contentOps = ["encrypt", "decrypt"];
function contentEncryption(bits, cbc = !1) {
  return {
    kty: ["oct"],
    secret: !0,
    subtle: { name: cbc ? "AES-CBC" : "AES-GCM", length: bits },
    usages: none,
    ops: contentOps,
    cekBits: bits,
    ivBits: cbc ? 128 : 96,
    cbc
  };
}
const ENC = table({
  A128GCM: contentEncryption(128),
  A192GCM: contentEncryption(192),
  A256GCM: contentEncryption(256),
  "A128CBC-HS256": contentEncryption(256, !0),
  "A192CBC-HS384": contentEncryption(384, !0),
  "A256CBC-HS512": contentEncryption(512, !0)
});
function unsupported(parameter, name) {
  throw new JOSENotSupported(`Invalid or unsupported "${parameter}" (JWE ${name}) header value`);
}
function jweAlgorithm(alg) {
  return (typeof alg == "string" ? JWE[alg] : void 0) ?? unsupported("alg", "Algorithm");
}
function isJWECEKTransport(algorithm) {
  return algorithm.mode === "key-wrapping" || algorithm.mode === "key-encryption" || algorithm.mode === "key-agreement-with-key-wrapping";
}
function jweEncryption(enc) {
  return (typeof enc == "string" ? ENC[enc] : void 0) ?? unsupported("enc", "Encryption Algorithm");
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/key_algorithm.js



const algArgument = '"alg" (Algorithm)';
function unsupportedAlg(source = 'JWK "alg" (Algorithm) Parameter') {
  throw new errors_JOSENotSupported(`Invalid or unsupported ${source} value`);
}
function keyAlgorithm(alg, source) {
  return (typeof alg == "string" ? JWS[alg] ?? JWE[alg] : void 0) ?? unsupportedAlg(source);
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/key/generate_key_pair.js



function getModulusLengthOption(options) {
  const modulusLength = options?.modulusLength ?? 2048;
  if (typeof modulusLength != "number" || !Number.isInteger(modulusLength) || modulusLength < 2048)
    throw new errors_JOSENotSupported("Invalid or unsupported modulusLength option provided, 2048 bits or larger keys must be used");
  return modulusLength;
}
async function generateKeyPair(alg, options) {
  const extractable = validateExtractableOption(options?.extractable), entry = keyAlgorithm(alg, algArgument);
  entry.secret && unsupportedAlg(algArgument);
  let algorithm;
  if (entry.resolve) {
    const crv = options?.crv ?? "P-256";
    if (!["P-256", "P-384", "P-521", "X25519"].includes(crv))
      throw new errors_JOSENotSupported("Invalid or unsupported crv option provided, supported values are P-256, P-384, P-521, and X25519");
    algorithm = entry.resolve({ crv });
  } else {
    if (entry.crv !== void 0 && options?.crv !== void 0 && options.crv !== entry.crv)
      throw new errors_JOSENotSupported(`Invalid or unsupported crv option provided, the only supported value for ${alg} is ${entry.crv}`);
    algorithm = entry.kty[0] === "RSA" ? {
      ...entry.subtle,
      publicExponent: Uint8Array.of(1, 0, 1),
      modulusLength: getModulusLengthOption(options)
    } : entry.subtle;
  }
  return crypto.subtle.generateKey(algorithm, extractable ?? !1, [
    ...entry.usages[1],
    ...entry.usages[0]
  ]);
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/key/export.js



function exportSPKI(key) {
  return exportPublic(key);
}
function exportPKCS8(key) {
  return exportPrivate(key);
}
async function export_exportJWK(key) {
  if (isKeyObject(key))
    if (key.type === "secret")
      key = key.export();
    else
      return key.export({ format: "jwk" });
  if (key instanceof Uint8Array)
    return {
      kty: "oct",
      k: base64url_encode(key)
    };
  if (!isCryptoKey(key))
    throw new TypeError(invalidKeyInput(key, "CryptoKey", "KeyObject", "Uint8Array"));
  if (!key.extractable)
    throw new TypeError("non-extractable CryptoKey cannot be exported as a JWK");
  const jwk = await crypto.subtle.exportKey("jwk", key);
  delete jwk.ext, delete jwk.key_ops, delete jwk.use, jwk.kty !== "AKP" && delete jwk.alg;
  for (const parameter of Object.keys(jwk))
    jwk[parameter] === void 0 && delete jwk[parameter];
  return jwk;
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/jws_sign.js






async function createSignature(input, key, rejectUnencoded) {
  let [payload, protectedHeader, unprotectedHeader, crit] = input, encodedProtectedHeader = "";
  if (protectedHeader !== void 0) {
    const normalized = serializeJoseHeader(JWSInvalid, protectedHeader);
    protectedHeader = normalized[0], encodedProtectedHeader = base64url_encode(normalized[1]);
  }
  if (unprotectedHeader !== void 0 && (unprotectedHeader = serializeJoseHeader(JWSInvalid, unprotectedHeader)[0]), !protectedHeader && !unprotectedHeader)
    throw new JWSInvalid("either setProtectedHeader or setUnprotectedHeader must be called before #sign()");
  if (!isDisjoint(protectedHeader, unprotectedHeader))
    throw new JWSInvalid("JWS Protected and JWS Unprotected Header Parameter names must be disjoint");
  const joseHeader = { ...protectedHeader, ...unprotectedHeader };
  validateCritDuplicates(JWSInvalid, protectedHeader);
  const b64 = validateB64(protectedHeader, validateCrit(JWSInvalid, JWS_RECOGNIZED, crit, protectedHeader, joseHeader));
  b64 || rejectUnencoded?.();
  const { alg } = joseHeader;
  if (typeof alg != "string" || !alg)
    throw new JWSInvalid('JWS "alg" (Algorithm) Header Parameter missing or invalid');
  const entry = jwsAlgorithm(alg);
  let encodedPayload = "", signingPayload = payload, signingInput;
  if (b64) {
    const encodedPayloadCache = input[4];
    encodedPayloadCache ? (encodedPayload = encodedPayloadCache[0] ??= base64url_encode(payload), signingPayload = encodedPayloadCache[1] ??= buffer_utils_encode(encodedPayload)) : (encodedPayload = base64url_encode(payload), signingInput = encoder.encode(`${encodedProtectedHeader}.${encodedPayload}`));
  }
  signingInput ??= concat(buffer_utils_encode(encodedProtectedHeader), buffer_utils_encode("."), signingPayload);
  const signingKey = await rawKey(await prepareKey(entry, key, "sign"), entry.subtle, "sign");
  entry.minRsaBits && checkModulusLength(entry.alg, signingKey);
  const jws = {
    signature: base64url_encode(new Uint8Array(await crypto.subtle.sign(entry.signing, signingKey, signingInput))),
    payload: encodedPayload
  };
  return protectedHeader && (jws.protected = encodedProtectedHeader), unprotectedHeader && (jws.header = unprotectedHeader), [jws, b64];
}
async function createCompactSignature(payload, protectedHeader, crit, key, rejectUnencoded) {
  const [jws] = await createSignature([payload, protectedHeader, void 0, crit], key, rejectUnencoded);
  return `${jws.protected}.${jws.payload}.${jws.signature}`;
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/jwt_claims_set.js



const epoch = (date) => Math.floor(date.getTime() / 1e3), multipliers = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86400,
  w: 604800,
  y: 31557600
}, REGEX = /^(\+|\-)? ?(\d+|\d+\.\d+) ?(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|years?|yrs?|y)(?: (ago|from now))?$/i, checkFailed = "check_failed";
function invalidDuration() {
  throw new TypeError("Invalid time period format");
}
function secs(str) {
  typeof str != "string" && invalidDuration();
  const matched = REGEX.exec(str);
  (!matched || matched[4] && matched[1]) && invalidDuration();
  const value = parseFloat(matched[2]), durationSeconds = Math.round(value * multipliers[matched[3][0].toLowerCase()]);
  return Number.isFinite(durationSeconds) || invalidDuration(), matched[1] === "-" || matched[4] === "ago" ? -durationSeconds : durationSeconds;
}
function validateInput(label, input) {
  if (!Number.isFinite(input))
    throw new TypeError(`Invalid ${label} input`);
  return input;
}
function validateStringClaim(claim, value) {
  if (typeof value != "string")
    throw new TypeError(`"${claim}" claim must be a string`);
}
function validateAudienceClaim(value) {
  if (typeof value != "string" && (!Array.isArray(value) || Array.from(value).some((member) => typeof member != "string")))
    throw new TypeError('"aud" claim must be a string or an array of strings');
}
function numericDate(value, label) {
  return typeof value == "number" ? validateInput(label, value) : value instanceof Date ? validateInput(label, epoch(value)) : epoch(/* @__PURE__ */ new Date()) + secs(value);
}
const normalizeTyp = (value) => {
  const normalized = value.toLowerCase();
  return value.includes("/") ? normalized : `application/${normalized}`;
}, checkAudiencePresence = (audPayload, audOption) => typeof audPayload == "string" ? audOption.includes(audPayload) : Array.isArray(audPayload) ? audOption.some((aud) => audPayload.includes(aud)) : !1;
function validateNumericDate(claimsSet, claim, required = !1) {
  const value = claimsSet[claim];
  if (!(value === void 0 && !required)) {
    if (typeof value != "number")
      throw new JWTClaimValidationFailed(`"${claim}" claim must be a number`, claimsSet, claim, "invalid");
    return value;
  }
}
function unexpectedClaim(claimsSet, claim) {
  throw new JWTClaimValidationFailed(`unexpected "${claim}" claim value`, claimsSet, claim, checkFailed);
}
function validateClaimsSet(protectedHeader, claimsSetBytes, options = {}) {
  let claimsSet;
  try {
    claimsSet = JSON.parse(strictDecoder.decode(claimsSetBytes));
  } catch (cause) {
    throw new JWTInvalid("JWT Claims Set must be a top-level JSON object", { cause });
  }
  if (!isObject(claimsSet))
    throw new JWTInvalid("JWT Claims Set must be a top-level JSON object");
  const { typ } = options;
  if (typ !== void 0 && (typeof protectedHeader.typ != "string" || normalizeTyp(protectedHeader.typ) !== normalizeTyp(typ)))
    throw new JWTClaimValidationFailed('unexpected "typ" JWT header value', claimsSet, "typ", checkFailed);
  const { requiredClaims = [], issuer, subject, audience, maxTokenAge } = options, presenceCheck = [...requiredClaims];
  maxTokenAge !== void 0 && presenceCheck.push("iat"), audience !== void 0 && presenceCheck.push("aud"), subject !== void 0 && presenceCheck.push("sub"), issuer !== void 0 && presenceCheck.push("iss");
  for (const claim of new Set(presenceCheck.reverse()))
    if (!Object.hasOwn(claimsSet, claim))
      throw new JWTClaimValidationFailed(`missing required "${claim}" claim`, claimsSet, claim, "missing");
  issuer !== void 0 && !(Array.isArray(issuer) ? issuer : [issuer]).includes(claimsSet.iss) && unexpectedClaim(claimsSet, "iss"), subject !== void 0 && claimsSet.sub !== subject && unexpectedClaim(claimsSet, "sub"), audience !== void 0 && !checkAudiencePresence(claimsSet.aud, typeof audience == "string" ? [audience] : audience) && unexpectedClaim(claimsSet, "aud");
  const { clockTolerance } = options;
  let tolerance = 0;
  if (typeof clockTolerance == "string")
    tolerance = secs(clockTolerance);
  else if (clockTolerance !== void 0) {
    if (typeof clockTolerance != "number")
      throw new TypeError("Invalid clockTolerance option type");
    tolerance = clockTolerance;
  }
  if (validateInput("clockTolerance option", tolerance), tolerance < 0)
    throw new TypeError("Invalid clockTolerance option input");
  const { currentDate } = options, now = validateInput("currentDate option", epoch(currentDate === void 0 ? /* @__PURE__ */ new Date() : currentDate)), iat = validateNumericDate(claimsSet, "iat", maxTokenAge !== void 0), nbf = validateNumericDate(claimsSet, "nbf");
  if (nbf !== void 0 && nbf > now + tolerance)
    throw new JWTClaimValidationFailed('"nbf" claim timestamp check failed', claimsSet, "nbf", checkFailed);
  const exp = validateNumericDate(claimsSet, "exp");
  if (exp !== void 0 && exp <= now - tolerance)
    throw new JWTExpired('"exp" claim timestamp check failed', claimsSet, "exp", checkFailed);
  if (maxTokenAge !== void 0) {
    const age = now - iat, max = validateInput("maxTokenAge option", typeof maxTokenAge == "number" ? maxTokenAge : secs(maxTokenAge));
    if (max < 0)
      throw new TypeError("Invalid maxTokenAge option input");
    if (age - tolerance > max)
      throw new JWTExpired('"iat" claim timestamp check failed (too far in the past)', claimsSet, "iat", checkFailed);
    if (age < -tolerance)
      throw new JWTClaimValidationFailed('"iat" claim timestamp check failed (it should be in the past)', claimsSet, "iat", checkFailed);
  }
  return claimsSet;
}
let producerClaimsSets;
function producerClaimsSet(producer) {
  return producerClaimsSets.get(producer);
}
function jwtClaimsSetBytes(producer) {
  const claimsSet = producerClaimsSet(producer);
  for (const claim of ["iat", "nbf", "exp"]) {
    const value = claimsSet[claim];
    if (typeof value == "number" && !Number.isFinite(value))
      throw new TypeError(`"${claim}" claim must be a finite number`);
  }
  return encoder.encode(JSON.stringify(claimsSet));
}
function jwtClaim(producer, claim) {
  return producerClaimsSet(producer)[claim];
}
class JWTClaimsBuilder {
  constructor(claimsSet = {}) {
    if (!validate_isObject(claimsSet))
      throw new TypeError("JWT Claims Set MUST be an object");
    (producerClaimsSets ||= /* @__PURE__ */ new WeakMap()).set(this, structuredClone(claimsSet));
  }
  setIssuer(value) {
    return validateStringClaim("iss", value), producerClaimsSet(this).iss = value, this;
  }
  setSubject(value) {
    return validateStringClaim("sub", value), producerClaimsSet(this).sub = value, this;
  }
  setAudience(value) {
    return validateAudienceClaim(value), producerClaimsSet(this).aud = value, this;
  }
  setJti(value) {
    return validateStringClaim("jti", value), producerClaimsSet(this).jti = value, this;
  }
  setNotBefore(value) {
    return producerClaimsSet(this).nbf = numericDate(value, "setNotBefore"), this;
  }
  setExpirationTime(value) {
    return producerClaimsSet(this).exp = numericDate(value, "setExpirationTime"), this;
  }
  setIssuedAt(value) {
    const claimsSet = producerClaimsSet(this);
    return value === void 0 ? claimsSet.iat = epoch(/* @__PURE__ */ new Date()) : typeof value == "string" ? claimsSet.iat = validateInput("setIssuedAt", epoch(/* @__PURE__ */ new Date()) + secs(value)) : claimsSet.iat = numericDate(value, "setIssuedAt"), this;
  }
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/jwt/sign.js




const SignJWT_base = JWTClaimsBuilder;
class SignJWT extends SignJWT_base {
  #protectedHeader;
  setProtectedHeader(protectedHeader) {
    return assertNotSet(this.#protectedHeader, "setProtectedHeader"), this.#protectedHeader = protectedHeader, this;
  }
  async sign(key, options) {
    return createCompactSignature(jwtClaimsSetBytes(this), this.#protectedHeader, options?.crit, key, () => {
      throw new errors_JWTInvalid("JWTs MUST NOT use unencoded payload");
    });
  }
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/jwk/thumbprint.js






const check = (value, description) => {
  if (typeof value != "string" || !value)
    throw new JWKInvalid(`${description} missing or invalid`);
};
async function thumbprint_calculateJwkThumbprint(key, digestAlgorithm) {
  let jwk;
  if (validate_isObject(key)) {
    if (jwk = snapshotJwk(key), typeof jwk.kty != "string")
      throw new TypeError(invalidKeyInput(key, "CryptoKey", "KeyObject", "JSON Web Key"));
  } else if (isKeyLike(key))
    jwk = snapshotJwk(await export_exportJWK(key));
  else
    throw new TypeError(invalidKeyInput(key, "CryptoKey", "KeyObject", "JSON Web Key"));
  if (digestAlgorithm ??= "sha256", digestAlgorithm !== "sha256" && digestAlgorithm !== "sha384" && digestAlgorithm !== "sha512")
    throw new TypeError('digestAlgorithm must one of "sha256", "sha384", or "sha512"');
  let requiredMembers;
  switch (jwk.kty) {
    case "AKP":
      check(jwk.alg, '"alg" (Algorithm) Parameter'), check(jwk.pub, '"pub" (Public key) Parameter'), requiredMembers = { alg: jwk.alg, kty: jwk.kty, pub: jwk.pub };
      break;
    case "EC":
      check(jwk.crv, '"crv" (Curve) Parameter'), check(jwk.x, '"x" (X Coordinate) Parameter'), check(jwk.y, '"y" (Y Coordinate) Parameter'), requiredMembers = { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
      break;
    case "OKP":
      check(jwk.crv, '"crv" (Subtype of Key Pair) Parameter'), check(jwk.x, '"x" (Public Key) Parameter'), requiredMembers = { crv: jwk.crv, kty: jwk.kty, x: jwk.x };
      break;
    case "RSA":
      check(jwk.e, '"e" (Exponent) Parameter'), check(jwk.n, '"n" (Modulus) Parameter'), requiredMembers = { e: jwk.e, kty: jwk.kty, n: jwk.n };
      break;
    case "oct":
      if (typeof jwk.k != "string")
        throw new JWKInvalid('"k" (Key Value) Parameter missing or invalid');
      requiredMembers = { k: jwk.k, kty: jwk.kty };
      break;
    default:
      throw new errors_JOSENotSupported('"kty" (Key Type) Parameter missing or unsupported');
  }
  const thumbprintInput = buffer_utils_encode(JSON.stringify(requiredMembers));
  return base64url_encode(await digest(digestAlgorithm, thumbprintInput));
}
async function calculateJwkThumbprintUri(key, digestAlgorithm) {
  digestAlgorithm ??= "sha256";
  const thumbprint = await thumbprint_calculateJwkThumbprint(key, digestAlgorithm);
  return `urn:ietf:params:oauth:jwk-thumbprint:sha-${digestAlgorithm.slice(-3)}:${thumbprint}`;
}


// EXTERNAL MODULE: ./packages/base/src/errors.js
var src_errors = __nccwpck_require__(489);
;// CONCATENATED MODULE: ./packages/identity/src/errors.js
/** Every way in which proving an identity fails. Pure. */


/**
 * The codes never change their meaning:
 * - TOKEN_*: the subject token (RFC 8693) cannot be accepted
 * - ISSUER_*: its issuer cannot be used: not configured, unreachable, or it contradicts itself
 * - PROOF_*: the DPoP proof (RFC 9449)
 * - SESSION_TOKEN_*: our own token
 * - MISSING_CLAIM, AUTHORIZATION_DETAILS_INVALID, GRANT_UNKNOWN: what the token or the request asks for
 */
                               
                     
                     
                     
                       
                     
                    
                   
                 
                    
                        
                     
                
                     
                     
                    
                 
                    
               
                           
                           
                   
                                   
                    

class errors_IdentityError extends src_errors/* GateError */.ue {
           code                   ;
  /** The claim or member at fault, where there is one. */
           claim         ;

  constructor(
    code                   ,
    message        ,
    options                                                                                   = {},
  ) {
    super(options.kind ?? "peer-wrong", message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.claim !== undefined) this.claim = options.claim;
  }
}

;// CONCATENATED MODULE: ./packages/identity/src/dpop.js
/**
 * Proof of possession (RFC 9449): the job's daemon signs every request with a key that never leaves it, so a stolen
 * session token alone opens nothing. Pure over jose; time and the jti's single use arrive as parameters.
 */





/** The job's side of a proof. */
                          
                                 
                                                                                                            
                                                                  
                       
 

                                
                       
                       
 

/** Bytes of a DPoP proof. */
const PROOF_BYTES_MAX = (/* unused pure expression or super */ null && (4 * 1024));
/** Milliseconds, before or after now, within which a proof was made. */
const PROOF_AGE_MS_MAX = 60_000;
/** Characters of a proof's jti. */
const PROOF_JTI_CHARS_MAX = 128;

/** A new ES256 key; `extractable` only where it must cross a process boundary. */
async function createDpopKey(options                                     = {})                   {
  const pair = await generateKeyPair("ES256", { extractable: options.extractable ?? false });
  return describeKey(pair.privateKey, await export_exportJWK(pair.publicKey));
}

/** Takes a private JWK that `exportDpopKey` gave. */
async function importDpopKey(jwk     )                   {
  const { d: _d, ...publicJwk } = jwk;
  return describeKey((await importJWK(jwk, "ES256"))             , publicJwk);
}

/** The private JWK of an extractable key: a secret. */
async function exportDpopKey(key         )               {
  return exportJWK(key.privateKey);
}

/**
 * A proof for one request.
 * @param request `url` is taken without query and fragment; `accessToken` where one is presented; `jti` is random
 */
async function createProof(
  key         ,
  request   
                            
                         
                                  
                           
                         
   ,
)                  {
  const payload = {
    htm: request.method,
    htu: withoutQuery(request.url),
    iat: Math.floor(request.nowMs / 1000),
    jti: request.jti,
    ...(request.accessToken === undefined ? {} : { ath: tokenHash(request.accessToken) }),
  };
  return new SignJWT(payload)
    .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: key.publicJwk })
    .sign(key.privateKey);
}

/**
 * Checks a proof against the request that carried it (RFC 9449 §4.3); the jti is used up last.
 * @param expected `useJti` answers false when the jti was seen before; `jkt` is the key that the token is bound to
 * @throws {IdentityError} PROOF_*
 */
async function verifyProof(
  proof        ,
  expected   
                            
                         
                                  
                          
                           
                                                                                         
   ,
)                         {
  if (proof.length > PROOF_BYTES_MAX) throw malformed(`is over ${PROOF_BYTES_MAX} bytes`);
  let jkt = "";
  let payload                                   ;
  try {
    const verified = await jwtVerify(
      proof,
      async (header) => {
        const jwk = readPublicJwk(header.jwk);
        jkt = await calculateJwkThumbprint(jwk, "sha256");
        return importJWK(jwk, "ES256");
      },
      {
        algorithms: ["ES256"],
        typ: "dpop+jwt",
        requiredClaims: ["jti", "htm", "htu", "iat"],
        maxTokenAge: PROOF_AGE_MS_MAX / 1000,
        clockTolerance: PROOF_AGE_MS_MAX / 1000,
        currentDate: new Date(expected.nowMs),
      },
    );
    payload = verified.payload;
  } catch (error) {
    throw proofError(error);
  }
  const iatMs = (payload["iat"]          ) * 1000;
  if (Math.abs(expected.nowMs - iatMs) > PROOF_AGE_MS_MAX) throw stale();
  if (payload["htm"] !== expected.method) throw mismatch("htm", `the request's method ${expected.method}`);
  if (payload["htu"] !== withoutQuery(expected.url)) throw mismatch("htu", withoutQuery(expected.url));
  if (expected.accessToken !== undefined) {
    const ath = Object.hasOwn(payload, "ath") ? payload["ath"] : undefined;
    if (typeof ath !== "string" || !constantTimeEqual(ath, tokenHash(expected.accessToken))) {
      throw mismatch("ath", "the hash of the token that was presented");
    }
  }
  if (expected.jkt !== undefined && !constantTimeEqual(jkt, expected.jkt)) {
    throw new IdentityError("PROOF_KEY", "the DPoP proof was made with another key than the session's");
  }
  const jti = payload["jti"];
  if (typeof jti !== "string" || jti === "" || jti.length > PROOF_JTI_CHARS_MAX) throw malformed("has no usable jti");
  // Remembered until no clock that we accept could present it again.
  if (!(await expected.useJti(jkt, jti, iatMs + 2 * PROOF_AGE_MS_MAX + 1_000))) {
    throw new IdentityError("PROOF_REPLAYED", "the DPoP proof was used before: make a fresh one for every request");
  }
  return { jkt, jti };
}

/** RFC 9449 §4.2 `ath`. */
function tokenHash(accessToken        )         {
  return (0,bytes/* base64url */.r0)((0,external_node_crypto_.createHash)("sha256").update(accessToken, "ascii").digest());
}

/** Only the public members of a P-256 key: a proof that shows a private one has given its key away (RFC 9449 §4.3). */
function readPublicJwk(jwk         )      {
  if (jwk === null || typeof jwk !== "object" || Array.isArray(jwk)) throw malformed("has no jwk in its header");
  const members = jwk                           ;
  for (const name of Object.keys(members)) {
    if (!PUBLIC_MEMBERS.has(name)) throw malformed("has a jwk with members other than a public P-256 key's");
  }
  const { kty, crv, x, y } = members;
  if (kty !== "EC" || crv !== "P-256" || typeof x !== "string" || typeof y !== "string") {
    throw malformed("must carry a P-256 key");
  }
  return { kty, crv, x, y };
}

async function describeKey(privateKey           , jwk     )                   {
  const { kty, crv, x, y } = readPublicJwk(jwk);
  const publicJwk = { kty, crv, x, y }                        ;
  return { privateKey, publicJwk, jkt: await thumbprint_calculateJwkThumbprint(publicJwk, "sha256") };
}

function withoutQuery(url        )         {
  return url.replace(/[?#].*$/s, "");
}

function proofError(error         )                {
  if (error instanceof IdentityError) return error;
  if (error instanceof errors.JWTExpired) return stale();
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === "iat" && error.reason === "check_failed"
      ? stale()
      : malformed(`has no acceptable ${JSON.stringify(error.claim)}`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new IdentityError("PROOF_SIGNATURE", "the DPoP proof's signature does not verify");
  }
  return new IdentityError("PROOF_MALFORMED", "the DPoP proof is not a JWT signed with ES256", { cause: error });
}

function malformed(what        )                {
  return new errors_IdentityError("PROOF_MALFORMED", `the DPoP proof ${what}`);
}

function mismatch(claim        , needed        )                {
  return new IdentityError("PROOF_MISMATCH", `the DPoP proof's ${claim} must be ${needed}`, { claim });
}

function stale()                {
  return new IdentityError(
    "PROOF_STALE",
    `the DPoP proof was not made within ${PROOF_AGE_MS_MAX / 1000} s of the gateway's time: check the clocks`,
    { claim: "iat" },
  );
}

const PUBLIC_MEMBERS = new Set(["kty", "crv", "x", "y", "alg", "use", "kid", "key_ops", "ext"]);


/***/ }),

/***/ 280:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(598);
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_8__ = __nccwpck_require__(278);
/* harmony import */ var _gate_identity__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(901);
/* harmony import */ var _daemon_process_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(47);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(175);
/* harmony import */ var _gateway_client_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(799);
/* harmony import */ var _gateway_url_js__WEBPACK_IMPORTED_MODULE_6__ = __nccwpck_require__(904);
/* harmony import */ var _oidc_js__WEBPACK_IMPORTED_MODULE_7__ = __nccwpck_require__(209);
/* harmony import */ var _remote_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(18);
/** Entry of the proxy bundle: sessions at a gateway. It holds no parser and no store. */










await (0,_daemon_process_js__WEBPACK_IMPORTED_MODULE_1__/* .runDaemonProcess */ .T)("gateway", async (config, log) => {
  const { subjectToken, audience, ca } = config;
  if (subjectToken === undefined) throw new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .JobError */ .CR("bug", "JOB_DAEMON_FAILED", "no source of subject tokens");
  const key = await (0,_gate_identity__WEBPACK_IMPORTED_MODULE_3__/* .createDpopKey */ .xe)();
  return (0,_remote_js__WEBPACK_IMPORTED_MODULE_4__/* .remoteBackend */ .Z)({
    client: (0,_gateway_client_js__WEBPACK_IMPORTED_MODULE_5__/* .createGatewayClient */ .kU)({ url: (0,_gateway_url_js__WEBPACK_IMPORTED_MODULE_6__/* .parseGatewayUrl */ .R)(config.gateway), ...(ca === undefined ? {} : { ca }) }),
    audience,
    grants: config.grants,
    subjectToken: () => (0,_oidc_js__WEBPACK_IMPORTED_MODULE_7__/* .fetchSubjectToken */ .GR)(subjectToken, audience, _gate_base__WEBPACK_IMPORTED_MODULE_8__/* .systemClock */ .m),
    prove: ({ htm, htu, ...rest }) =>
      (0,_gate_identity__WEBPACK_IMPORTED_MODULE_3__/* .createProof */ .hI)(key, { method: htm, url: htu, ...rest, nowMs: _gate_base__WEBPACK_IMPORTED_MODULE_8__/* .systemClock */ .m.now(), jti: (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)() }),
    clock: _gate_base__WEBPACK_IMPORTED_MODULE_8__/* .systemClock */ .m,
    log,
  });
});

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 47:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  T: () => (/* binding */ runDaemonProcess)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __nccwpck_require__(598);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
// EXTERNAL MODULE: ./packages/base/src/errors.js
var errors = __nccwpck_require__(489);
// EXTERNAL MODULE: ./packages/base/src/clock.js
var clock = __nccwpck_require__(278);
// EXTERNAL MODULE: ./packages/job/src/errors.js
var src_errors = __nccwpck_require__(175);
;// CONCATENATED MODULE: ./packages/job/src/daemon-config.js
/** What connect hands to the daemon over stdin, and what comes back over the ready pipe. Types and their reading; pure. */
                                                
                                                      
                                                   

                                                    

                  
                                          
                                                                                                                              
                             
                           
                                                
                              
                                     
                                                                      
                             
                                             
                                                                                                    
                                                                   
 

                                              
                           
                           
                            
             
                       
 

                                                
                            
                                                                    
                                              
                           
                                                 
                             
                                                                             
                                                 
                                                                
                                                    
                                                                    
                             
 

                                                         

const CONFIG_VERSION = 1;

                   
     
                           
                           
                                    
                                                  
     
                                                                               

/** Written beside the control socket when the session ended without `close`. */
                        
                          
                              
                            
 

const ENDED_FILE = "ended.json";
const LOG_FILE = "daemon.log";

/** Reads the one JSON document on stdin. It comes from our own connect, so a wrong one is a bug. */
function parseDaemonConfig                                   (
  text        ,
  mode      ,
)                                        {
  const config = JSON.parse(text)                ;
  if (config.version === CONFIG_VERSION && config.mode === mode) return config                                         ;
  throw new src_errors/* JobError */.CR("bug", "JOB_DAEMON_FAILED", "the daemon and connect are of different versions");
}

;// CONCATENATED MODULE: ./packages/job/src/commit-status.js
/**
 * The commit status `gate/session`, set with the job's own token where no GitHub App of the gateway tells of sessions.
 * https://docs.github.com/en/rest/commits/statuses. Touches the network through `fetch`.
 */



/** Which commit of which repository, and through which API; no secret. */
                              
                                  
                          
                              
                       
                                                                               
                          
 

                               
                                                    
                               
                       
 

                          
                                                                                                                

/** What to do when GitHub answers that the token may not. */
const STATUS_FORBIDDEN =
  (/* unused pure expression or super */ null && ("the commit status gate/session could not be set: the job's token lacks a permission. Add `statuses: write` to the " +
  'job\'s `permissions`, or give connect `github-token: ""` to do without the status. The session itself is not affected'));

                                                        

/**
 * The commit that required checks look at: the pull request's head where the event is about one, not the merge commit
 * that GITHUB_SHA names then.
 * @param event the webhook payload; undefined when it cannot be read
 */
function readStatusPlace(env     , event         )                                             {
  const { GITHUB_API_URL = "", GITHUB_REPOSITORY = "", GITHUB_SERVER_URL = "", GITHUB_RUN_ID = "" } = env;
  if (!URL.canParse(GITHUB_API_URL)) return { problem: "GITHUB_API_URL is not a URL" };
  const api = new URL(GITHUB_API_URL);
  if (api.protocol !== "https:" && !(api.protocol === "http:" && isLoopback(api.hostname))) {
    return { problem: "GITHUB_API_URL is not https: the token is not sent there" };
  }
  if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(GITHUB_REPOSITORY)) return { problem: "GITHUB_REPOSITORY is no name" };
  const aboutPull = (env["GITHUB_EVENT_NAME"] ?? "").startsWith("pull_request");
  const sha = aboutPull ? member(member(member(event, "pull_request"), "head"), "sha") : env["GITHUB_SHA"];
  if (typeof sha !== "string" || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(sha)) {
    return { problem: aboutPull ? "the event does not name the pull request's head" : "GITHUB_SHA is no commit" };
  }
  return {
    apiUrl: api.href.replace(/\/+$/, ""),
    repository: GITHUB_REPOSITORY,
    sha,
    runUrl: `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`,
  };
}

/** Sets it, with a bounded number of tries. Never throws; what GitHub says in its answer is not repeated. */
async function setStatus(
  place             ,
  token        ,
  status              ,
  how                                                                                     ,
)                        {
  const path = `/repos/${place.repository}/statuses/${place.sha}`;
  const body = JSON.stringify({
    state: status.state,
    context: STATUS_CONTEXT,
    description: status.description.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, DESCRIPTION_CHARS_MAX),
    target_url: status.url,
  });
  let why = "";
  for (let tries = 1; ; tries += 1) {
    let waitMs = RETRY_MS * 2 ** tries;
    try {
      const response = await how.fetch(`${place.apiUrl}${path}`, {
        method: "POST",
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
        headers: {
          accept: "application/vnd.github+json",
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "user-agent": "gate",
          "x-github-api-version": "2022-11-28",
        },
        body,
      });
      await response.body?.cancel();
      const { status: code, headers } = response;
      if (response.ok) return { kind: "set" };
      const after = Number(headers.get("retry-after") ?? "");
      const limited = code === 429 || (code === 403 && (after > 0 || headers.get("x-ratelimit-remaining") === "0"));
      // GitHub answers 404 for what a token may not even see.
      if (!limited && (code === 403 || code === 404)) return { kind: "forbidden" };
      why = limited ? "GitHub's rate limit is used up" : `GitHub answered ${code}`;
      if (!limited && code < 500) return { kind: "failed", why };
      if (after > 0) waitMs = after * 1000;
    } catch (error) {
      why = error instanceof Error && error.name === "TimeoutError" ? "no answer in time" : (0,errors/* messageOf */.bD)(error);
    }
    if (tries >= (how.triesMax ?? TRIES_MAX) || waitMs > WAIT_MS_MAX) return { kind: "failed", why };
    await new Promise      ((resolve) => void how.clock.after(waitMs, resolve));
  }
}

function member(of         , name        )          {
  return of !== null && typeof of === "object" && Object.hasOwn(of, name)
    ? (of                           )[name]
    : undefined;
}

const STATUS_CONTEXT = "gate/session";
/** Tries to set one commit status. */
const TRIES_MAX = 3;
/** Milliseconds for one answer of GitHub's API to a commit status. */
const ANSWER_MS_MAX = 10_000;
/** Milliseconds that a rate limit is waited out before a commit status is given up. */
const WAIT_MS_MAX = 15_000;
/** Characters of a commit status's description: GitHub takes 140. */
const DESCRIPTION_CHARS_MAX = 140;
const RETRY_MS = 250;

// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __nccwpck_require__(30);
// EXTERNAL MODULE: ./packages/base/src/bytes.js
var bytes = __nccwpck_require__(587);
;// CONCATENATED MODULE: ./packages/job/src/control.js
/**
 * The daemon's control socket: one line of JSON in, one line of JSON out, then it closes.
 * `status` is open to every process of the user and holds no secret; `close` needs the token that connect kept in the
 * action's state, so that a nested step cannot end the session in silence. Touches a Unix socket (a named pipe on
 * Windows).
 */


                                                                                              
                                                   


                            
                             
                                                                                                                 
                           
                                                                       
                                                                                                           

/** Everything about the session that is not a secret. */
                                                      
                             
                                     
                             
                       
                                                                                                              
                                                     
                              
 

                         
                                
                                        
                                                                                                           
                                       
 

                                  
                                   
                                                                        
 

/** @throws {JobError} JOB_DAEMON_FAILED when the socket cannot be made. */
function serveControl(path        , token        , handlers                 )                  {
  const server = (0,external_node_net_.createServer)((socket) => {
    socket.on("error", () => socket.destroy());
    readLine(socket, REQUEST_BYTES_MAX, REQUEST_MS_MAX)
      .then(async (line) => {
        const request = parseRequest(line);
        if (request.op === "status") return handlers.status();
        if (request.op === "ping") return {};
        if (!(0,bytes/* constantTimeEqual */.SK)(request.token, token)) {
          throw new src_errors/* JobError */.CR("peer-wrong", "JOB_CONTROL", "close needs the token that connect kept in its state");
        }
        return handlers.close(request.reason, request.directory);
      })
      .then(
        (result) => answer(socket, { ok: true, result }),
        (error         ) => answer(socket, { ok: false, error: (0,errors/* messageOf */.bD)(error) }),
      );
  });
  server.maxConnections = CLIENTS_MAX;
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new src_errors/* JobError */.CR("operator", "JOB_DAEMON_FAILED", `cannot make the control socket: ${(0,errors/* messageOf */.bD)(error)}`, {
          cause: error,
        }),
      ),
    );
    server.listen(path, () => resolve(server));
  });
}

/** A client that keeps its side open holds no place of the few there are. */
function answer(socket        , reply         )       {
  socket.end(`${JSON.stringify(reply)}\n`, () => socket.destroy());
}

/** @throws {JobError} JOB_DAEMON_GONE when nobody answers, JOB_CONTROL with the daemon's own words. */
                                 
               
                                     
                
                          
                                                                                                                  
                                 
               
                                                    
                
                   
async function askControl(path        , request                , msMax        )                   {
  const socket = createConnection(path);
  let line        ;
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    line = await readLine(socket, REPLY_BYTES_MAX, msMax);
  } catch (error) {
    throw new JobError(
      "peer-wrong",
      "JOB_DAEMON_GONE",
      `the job's gate proxy does not answer: ${error instanceof JobError ? error.message : "it is not running any more"}`,
      { cause: error },
    );
  } finally {
    socket.destroy();
  }
  const reply = JSON.parse(line)                                                       ;
  if (reply.ok === true) return reply.result;
  throw new JobError("peer-wrong", "JOB_CONTROL", String(reply.error));
}

function parseRequest(line        )                 {
  const bad = new src_errors/* JobError */.CR("peer-wrong", "JOB_CONTROL", 'write {"op":"status"} or {"op":"close","token":"…"}');
  let found                         ;
  try {
    found = JSON.parse(line)                           ;
  } catch {
    throw bad;
  }
  if (typeof found !== "object" || found === null) throw bad;
  if (found["op"] === "status" || found["op"] === "ping") return { op: found["op"] };
  const { op, token, reason = "closed", directory } = found;
  if (op !== "close" || typeof token !== "string" || typeof reason !== "string") throw bad;
  if (directory !== undefined && typeof directory !== "string") throw bad;
  return { op, token, reason, ...(directory === undefined ? {} : { directory }) };
}

/** Reads up to the first newline. */
function readLine(socket        , bytesMax        , msMax        )                  {
  return new Promise((resolve, reject) => {
    const chunks           = [];
    let bytes = 0;
    const fail = (message        )       => {
      clearTimeout(timer);
      // What still comes is read and forgotten.
      socket.removeAllListeners("data").resume();
      reject(new src_errors/* JobError */.CR("peer-wrong", "JOB_CONTROL", message));
    };
    const timer = setTimeout(() => fail("no line in time"), msMax);
    socket.on("data", (chunk        ) => {
      bytes += chunk.length;
      chunks.push(chunk);
      const at = chunk.indexOf(10);
      if (bytes > bytesMax) fail("the line is too long");
      else if (at !== -1) {
        clearTimeout(timer);
        socket.removeAllListeners("data");
        resolve(Buffer.concat(chunks).toString("utf8", 0, bytes - chunk.length + at));
      }
    });
    socket.once("error", () => fail("it is not running any more"));
    socket.once("close", () => fail("it closed without an answer"));
  });
}

/** A request line on the control socket. */
const REQUEST_BYTES_MAX = 65_536;
/** A reply line. */
const REPLY_BYTES_MAX = 1_048_576;
/** A client may take this long to send its line. */
const REQUEST_MS_MAX = 5_000;
/** Clients of the control socket at a time. */
const CLIENTS_MAX = 16;

;// CONCATENATED MODULE: ./packages/protocols/src/ssh/keys.js
/**
 * Ed25519 keys in OpenSSH's forms: the private file (PROTOCOL.key), the public line, the fingerprint. Pure over
 * node:crypto, without any SSH library: the job's proxy uses it too.
 */


                             
                                                           
                               
                                                
                              
 

/** A new key pair of a client. */
function generateOpensshKey()             {
  return opensshKey((0,external_node_crypto_.generateKeyPairSync)("ed25519").privateKey);
}

/** @throws {TypeError} when it is no Ed25519 private key. */
function opensshKey(key                    )             {
  const privateKey = typeof key === "string" ? (0,external_node_crypto_.createPrivateKey)(key) : key;
  if (privateKey.asymmetricKeyType !== "ed25519") throw new TypeError("not an Ed25519 key");
  const { d, x } = privateKey.export({ format: "jwk" });
  const seed = Buffer.from(d ?? "", "base64url");
  const point = Buffer.from(x ?? "", "base64url");
  const blob = Buffer.concat([string(TYPE), string(point)]);
  // Twice the same four bytes, by which a reader of an encrypted file sees that it has the passphrase right.
  const check = (0,external_node_crypto_.createHash)("sha256").update(seed).update("check").digest().subarray(0, 4);
  const secret = Buffer.concat([
    check,
    check,
    string(TYPE),
    string(point),
    string(Buffer.concat([seed, point])),
    string(""),
  ]);
  const padding = Buffer.from(PADDING.subarray(0, (8 - (secret.length % 8)) % 8));
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    uint32(1),
    string(blob),
    string(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString("base64").match(/.{1,70}/gu) ?? [];
  return {
    privateFile: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicLine: publicLine(blob),
  };
}

/** The public line of a private key in PEM. */
function publicLineOf(pem        )         {
  const { x } = createPublicKey(pem).export({ format: "jwk" });
  return publicLine(Buffer.concat([string(TYPE), string(Buffer.from(x ?? "", "base64url"))]));
}

/** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
function fingerprintOf(blob            )         {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/u, "")}`;
}

/** The first string of a public key blob: its type. `undefined` when there is none. */
function blobType(blob            )                     {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt32BE(0);
  if (length === 0 || length > 64 || bytes.length < 4 + length) return undefined;
  const type = bytes.toString("latin1", 4, 4 + length);
  return /^[a-z0-9@.-]+$/u.test(type) ? type : undefined;
}

/** Reads `type base64 [comment]`; the blob, when it is one of that type. */
function parsePublicLine(line        )                                                               {
  const [type, base64, ...rest] = line.trim().split(/[ \t]+/u);
  if (type === undefined || base64 === undefined || rest.length > 8) return undefined;
  if (!/^[A-Za-z0-9+/]{16,8192}={0,2}$/u.test(base64)) return undefined;
  const blob = Buffer.from(base64, "base64");
  return blobType(blob) === type ? { type, blob } : undefined;
}

function publicLine(blob        )         {
  return `${TYPE} ${blob.toString("base64")}`;
}

function string(value                 )         {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value        )         {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const TYPE = "ssh-ed25519";
const PADDING = Buffer.from([1, 2, 3, 4, 5, 6, 7]);

;// CONCATENATED MODULE: ./packages/job/src/scram.js
/** The verifier that lets the gateway check an endpoint's password without knowing it. RFC 5802, RFC 5803. Pure. */


/**
 * `SCRAM-SHA-256$<iterations>:<salt>$<storedKey>:<serverKey>`. The password must be ASCII (SASLprep then changes
 * nothing) and random: 4096 iterations would not protect one that people chose.
 */
function scramVerifier(password        , salt            )         {
  const salted = (0,external_node_crypto_.pbkdf2Sync)(password, salt, ITERATIONS, 32, "sha256");
  const clientKey = (0,external_node_crypto_.createHmac)("sha256", salted).update("Client Key").digest();
  const storedKey = (0,external_node_crypto_.createHash)("sha256").update(clientKey).digest("base64");
  const serverKey = (0,external_node_crypto_.createHmac)("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString("base64")}$${storedKey}:${serverKey}`;
}

/** PostgreSQL's own number, scram_iterations. */
const ITERATIONS = 4096;

;// CONCATENATED MODULE: ./packages/job/src/endpoints.js
/**
 * One loopback listener a grant, with a user name and a random password that only this job knows. What arrives is
 * handed to the backend as it is: the daemon reads no protocol. Touches the network (loopback).
 */


                                               

                                                              



/** What the job's steps need; `password` is a secret. */
                                                 
                      
                        
                        
                        
                            
                                                                                        
                              
                                                                                
                              
 

                               
                              
                                                                    
                              
                                
                               
                                     
                            
                
 

                                  
                            
                                                  
                                                 
                                       
                                                                 
                                                
 

async function openEndpoint(options                 )                        {
  const { grant, backend, randomBytes, log, onFailure } = options;
  const password = randomBytes(24).toString("base64url");
  // Where clients pin a key of the gateway's, they prove one of their own.
  const key = grant.hostKey === undefined ? undefined : generateOpensshKey();
  const endpoint           = {
    id: `ep_${randomBytes(8).toString("hex")}`,
    user: "gate",
    scram: scramVerifier(password, randomBytes(16)),
    // 192 random bits: a plain hash of them cannot be turned back.
    secretSha256: (0,bytes/* sha256Hex */.fg)(password),
    ...(key === undefined ? {} : { publicKey: key.publicLine }),
  };
  const sockets = new Set        ();
  let accepted = 0;
  const server = (0,external_node_net_.createServer)({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (local) => {
    if (sockets.size >= CONNECTIONS_MAX) {
      onFailure(`more than ${CONNECTIONS_MAX} connections for grant "${grant.grant}" at a time`);
      local.destroy();
      return;
    }
    sockets.add(local);
    accepted += 1;
    local.once("close", () => sockets.delete(local));
    // Without a listener an early reset would end the process.
    local.on("error", () => local.destroy());
    backend.serve(grant.grant, endpoint, local).catch((error         ) => {
      // The daemon speaks no protocol: it hands over what the gateway wrote for the client, or only closes; `status`
      // says why either way.
      onFailure((0,errors/* messageOf */.bD)(error));
      log(`grant ${grant.grant}: ${(0,errors/* messageOf */.bD)(error)}`);
      if (error instanceof src_errors/* JobError */.CR && error.refusal !== undefined) refuse(local, error.refusal);
      else local.destroy();
    });
  });
  const port = await listen(server);
  return {
    ...(key === undefined ? {} : { clientKey: key.privateFile }),
    info: { ...grant, id: endpoint.id, host: "127.0.0.1", port, user: endpoint.user, password },
    get connections() {
      return sockets.size;
    },
    get accepted() {
      return accepted;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Unread bytes would turn the close into a reset that destroys the message on its way: they are read and forgotten. */
function refuse(local        , bytes            )       {
  const cut = setTimeout(() => local.destroy(), REFUSAL_MS_MAX);
  local.once("close", () => clearTimeout(cut));
  local.once("end", () => local.destroySoon());
  local.end(bytes);
  local.resume();
}

function listen(server        )                  {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new src_errors/* JobError */.CR("operator", "JOB_DAEMON_FAILED", `cannot listen on 127.0.0.1: ${(0,errors/* messageOf */.bD)(error)}`, {
          cause: error,
        }),
      ),
    );
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new src_errors/* JobError */.CR("bug", "JOB_DAEMON_FAILED", "no port"));
      else resolve(address.port);
    });
  });
}

/** How long a refused client may take to close its side. */
const REFUSAL_MS_MAX = 2_000;
/** Local connections of one grant at a time. */
const CONNECTIONS_MAX = 256;

;// CONCATENATED MODULE: ./packages/job/src/mcp-config.js
/**
 * The `.mcp.json` that agents read (Claude Code, Cursor, and what is built on the official SDKs): one server a grant.
 * Writes into the session's directory, which only its user can read.
 */


                                                   

                                                                                           

/** Writes the file; its path, or `undefined` when no endpoint is such a server. */
function writeMcpConfig(directory        , endpoints                        )                     {
  const servers = endpoints.filter(isMcp);
  if (servers.length === 0) return undefined;
  const folder = (0,external_node_path_.join)(directory, "mcp");
  (0,external_node_fs_.mkdirSync)(folder, { recursive: true, mode: 0o700 });
  const file = (0,external_node_path_.join)(folder, ".mcp.json");
  const mcpServers = Object.fromEntries(
    servers.map(({ grant, host, port, password }) => [
      grant,
      { type: "http", url: `http://${host}:${port}/mcp`, headers: { Authorization: `Bearer ${password}` } },
    ]),
  );
  (0,external_node_fs_.writeFileSync)(file, `${JSON.stringify({ mcpServers }, null, 2)}\n`, { mode: 0o600 });
  return file;
}

function isMcp({ protocol }                                )          {
  return protocol === "mcp";
}

/**
 * For clients that take nothing but an address: the endpoint's password stands in its path, because `fetch` and its kin
 * take no user information in a URL. Holds a secret.
 */
function mcpUrl({ host, port, password }                                                  )         {
  return `http://${host}:${port}/mcp/${password}`;
}

;// CONCATENATED MODULE: ./packages/job/src/ssh-config.js
/**
 * What OpenSSH's clients need to reach the job's endpoints by the grants' names: ssh_config(5), a known_hosts with the
 * gateway's host key, a key of the endpoint's own. Writes into the session's directory, which only its user can read.
 */


                                                   

/** An endpoint whose clients sign in with a key. */
                                
                                                                                    
                                                  
                              
 

/** Writes the files; the path of the configuration, or `undefined` when no endpoint needs one. */
function writeSshConfig(directory        , endpoints                          )                     {
  const keyed = endpoints.filter(({ clientKey, info }) => clientKey !== undefined && info.hostKey !== undefined);
  if (keyed.length === 0) return undefined;
  const folder = (0,external_node_path_.join)(directory, "ssh");
  (0,external_node_fs_.mkdirSync)(folder, { recursive: true, mode: 0o700 });
  for (const { info, clientKey } of keyed) {
    (0,external_node_fs_.writeFileSync)((0,external_node_path_.join)(folder, `${info.grant}.key`), clientKey ?? "", { mode: 0o600 });
  }
  const known = keyed.map(({ info }) => `${alias(info.grant)} ${info.hostKey ?? ""}\n`);
  (0,external_node_fs_.writeFileSync)((0,external_node_path_.join)(folder, "known_hosts"), known.join(""), { mode: 0o600 });
  const file = (0,external_node_path_.join)(folder, "config");
  (0,external_node_fs_.writeFileSync)(file, configText(folder, keyed), { mode: 0o600 });
  return file;
}

/** The command that git runs; also the value for RSYNC_RSH and `-e`. */
function sshCommand(configFile        )         {
  return `ssh -F '${configFile.replaceAll("'", `'\\''`)}'`;
}

function configText(folder        , endpoints                          )         {
  const hosts = endpoints.map(({ info }) =>
    [
      `Host ${info.grant}`,
      `  HostName ${info.host}`,
      `  Port ${info.port}`,
      `  HostKeyAlias ${alias(info.grant)}`,
      `  IdentityFile ${quoted((0,external_node_path_.join)(folder, `${info.grant}.key`))}`,
      `  UserKnownHostsFile ${quoted((0,external_node_path_.join)(folder, "known_hosts"))}`,
      ...SETTINGS.map((line) => `  ${line}`),
      // Last: a name that the command line or a URL gives (`git@…`) comes before it.
      `  User ${info.user}`,
      "",
    ].join("\n"),
  );
  const names = endpoints.map(({ info }) => `!${info.grant}`).join(",");
  // Other hosts keep what the machine's own files say: with -F nothing else would be read.
  const others = [`Match originalhost *,${names}`, "  Include ~/.ssh/config", "  Include /etc/ssh/ssh_config", ""];
  return `${hosts.join("\n")}\n${others.join("\n")}`;
}

function alias(grant        )         {
  return `gate-${grant}`;
}

function quoted(path        )         {
  return `"${path.replaceAll("%", "%%")}"`;
}

/** Nothing but the pinned key, this identity and a direct connection, whatever other files say. */
const SETTINGS = [
  "StrictHostKeyChecking yes",
  "GlobalKnownHostsFile /dev/null",
  "UpdateHostKeys no",
  "HostKeyAlgorithms ssh-ed25519",
  "CheckHostIP no",
  // What the gateway knows, in the order of what it costs: left to itself the client takes a slow one.
  "Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr",
  "PreferredAuthentications publickey",
  "IdentitiesOnly yes",
  "IdentityAgent none",
  "BatchMode yes",
  "ForwardAgent no",
  "ForwardX11 no",
  "ProxyCommand none",
  "ControlPath none",
];

;// CONCATENATED MODULE: ./packages/job/src/status-watch.js
/**
 * Keeps the commit status of a running session true: that commands are judged, and which one waits for people. The end
 * is the post step's to tell. Pure but for what it is given.
 */

                                                
                                                                     

                                     
                            
                        
                                                   
                                                                
                                                         
                                                                
                                                                       
                               
                        
                                       
 

                              
                                                   
                        
 

function watchStatus(options                    )              {
  const { page, pendingHolds, busy, clock, log } = options;
  const running               = { state: "pending", description: "Commands are judged as they come", url: page };
  let shown                          ;
  let sent = 0;
  let failures = 0;
  let busyBefore = false;
  let stopped = false;
  let cancel = ()       => undefined;

  const show = async (wanted              )                => {
    if (stopped || (shown?.url === wanted.url && shown.description === wanted.description)) return;
    sent += 1;
    const result = await options.set(wanted);
    if (result.kind === "set") {
      shown = wanted;
      failures = 0;
      return;
    }
    failures += 1;
    log(`the commit status was not set: ${result.kind === "failed" ? result.why : "the token may not"}`);
    if (result.kind === "forbidden" || failures >= FAILURES_MAX) stopped = true;
  };

  const look = async ()                => {
    // A command that is held without a waiting client may come after the last look and be alone before the next.
    const [now, before] = [busy(), busyBefore];
    busyBefore = now;
    const waits = shown !== undefined && shown.url !== page;
    if (pendingHolds === undefined || shown === undefined) return show(running);
    if (!now && !before && !waits) return;
    const [hold] = await pendingHolds();
    if (hold === undefined) return show(running);
    return show({
      state: "pending",
      description: `A command for ${hold.target} waits for approval`,
      url: hold.url,
    });
  };

  const turn = async ()                => {
    try {
      await look();
    } catch (error) {
      log(`the waiting commands are not known: ${(0,errors/* messageOf */.bD)(error)}`);
    }
    const over = stopped || sent >= STATUSES_MAX || (pendingHolds === undefined && shown !== undefined);
    const again = ()       => {
      last = turn();
    };
    if (!over) cancel = clock.after(LOOK_MS * 2 ** failures, again);
  };

  let last = turn();
  return {
    async stop() {
      stopped = true;
      cancel();
      await last;
    },
  };
}

/** Milliseconds between two looks at what waits; twice as long after each failure. */
const LOOK_MS = 3_000;
/** Commit statuses that one session sets while it runs: GitHub keeps 1,000 for a commit and context. */
const STATUSES_MAX = 300;
/** Failed commit statuses in a row after which a session sets none until its end. */
const FAILURES_MAX = 8;

;// CONCATENATED MODULE: ./packages/job/src/daemon.js
/**
 * The job proxy: opens the session through its backend, offers the endpoints, and lives as long as session, lease and
 * maximum lifetime allow. Touches the file system (its own directory), loopback and the control socket.
 */

                                       


                                                                









                                
                                
                                   
                        
                                                 
                                       
                                                         
                                     
                       
                                                                  
                                
 

                         
                                
                                              
                                                                                       
                               
                                                              
                                            
 

/** @throws {JobError} when the session cannot be opened; nothing is left behind then. */
async function startDaemon(options               )                  {
  const { config, backend, clock, randomBytes, log, leaseAlive, pid } = options;
  const endpoints                 = [];
  let resolveDone             = () => undefined;
  const done = new Promise      ((resolve) => (resolveDone = resolve));
  let session                          = undefined;
  let lastError                    ;
  let closing                             ;
  let watch                          = undefined;

  const closeEndpoints = ()       => {
    for (const endpoint of endpoints) endpoint.close();
  };

  const finish = ()       => {
    control.close();
    backend.dispose();
    resolveDone();
  };

  const close = (reason        , directory                    )                  => {
    closing ??= (async () => {
      log(`closing: ${reason}`);
      closeEndpoints();
      const problems           = [];
      // The last word is the post step's: nothing of the watch may come after it.
      const quiet = watch?.stop();
      const report = await attempt(() => backend.close(reason), problems);
      const recording =
        directory === undefined ? undefined : await attempt(() => backend.fetchRecording(directory), problems);
      for (const problem of problems) log(problem);
      await quiet;
      // The reply must leave before the process does.
      setImmediate(finish);
      return {
        problems,
        ...(report === undefined ? {} : { report }),
        ...(recording === undefined ? {} : { recording }),
      };
    })();
    return closing;
  };

  // First of all, so that the process has something to live for while timers wait, and nobody takes the name.
  const control         = await serveControl(config.control, config.closeToken, {
    async status() {
      if (session === undefined) throw new src_errors/* JobError */.CR("bug", "JOB_CONTROL", "the session is not open yet");
      return {
        ...(await backend.status()),
        sessionId: session.id,
        mode: session.mode,
        trustRule: session.trustRule,
        pid,
        endpoints: endpoints.map(({ info, connections }) => {
          const { password: _password, user: _user, ...open } = info;
          return { ...open, connections };
        }),
        ...(lastError === undefined ? {} : { lastError }),
      };
    },
    close,
  });

  let opened             ;
  let sshConfig                    ;
  let mcpConfig                    ;
  try {
    opened = await backend.open();
    for (const grant of opened.grants) {
      endpoints.push(
        await openEndpoint({ grant, backend, randomBytes, log, onFailure: (message) => (lastError = message) }),
      );
    }
    sshConfig = writeSshConfig(config.directory, endpoints);
    mcpConfig = writeMcpConfig(
      config.directory,
      endpoints.map(({ info }) => info),
    );
  } catch (error) {
    closeEndpoints();
    finish();
    throw error;
  }
  session = opened;
  log(`session ${opened.id} open with ${endpoints.length} endpoints`);

  /** Without anybody who waits for a reply: the job's post step comes later than this process lives, so it gets a note. */
  const leave = (reason        )                  => {
    closing ??= (async () => {
      log(`leaving: ${reason}`);
      closeEndpoints();
      const problems           = [];
      const quiet = watch?.stop();
      await attempt(() => backend.close(reason), problems);
      const recording = await attempt(() => backend.fetchRecording(config.directory), problems);
      const ended        = {
        reason,
        ...(recording === undefined ? {} : { recording: recording.path }),
        ...(problems[0] === undefined ? {} : { problem: problems[0] }),
      };
      const file = (0,external_node_path_.join)(config.directory, ENDED_FILE);
      await attempt(() => (0,external_node_fs_.writeFileSync)(file, JSON.stringify(ended), { mode: 0o600 }), problems);
      for (const problem of problems) log(problem);
      await quiet;
      // A post step that asks meanwhile gets the same answer.
      setImmediate(finish);
      return { problems, ...(recording === undefined ? {} : { recording }) };
    })();
    return closing;
  };

  // Closing what has ended by itself waits for its seal: without it the recording might not be there yet.
  backend.onEnd((reason) => void leave(reason));

  watch = startWatch(options, opened, endpoints);

  const watchLease = ()       => {
    clock.after(LEASE_MS, () => {
      if (closing !== undefined) return;
      if (leaseAlive()) watchLease();
      else void leave("the job is over");
    });
  };
  watchLease();
  clock.after(LIFETIME_MS_MAX, () => void leave("maximum lifetime reached"));

  return {
    session: opened,
    endpoints: endpoints.map(({ info, clientKey }) => ({
      ...info,
      ...(sshConfig === undefined || clientKey === undefined ? {} : { sshConfig }),
      ...(mcpConfig === undefined || !isMcp(info) ? {} : { mcpConfig }),
    })),
    done,
    shutDown: leave,
  };
}

/** Only where no App of the gateway's tells GitHub of the session. */
function startWatch(
  { config, backend, clock, log, fetch: ask = fetch }               ,
  session             ,
  endpoints                         ,
)                          {
  if (config.commitStatus === undefined || session.checks !== "none") return undefined;
  const { token, ...place } = config.commitStatus;
  const pendingHolds = backend.pendingHolds?.bind(backend);
  let acceptedBefore = 0;
  return watchStatus({
    page: session.page ?? place.runUrl,
    set: (status) => setStatus(place, token, status, { fetch: ask, clock, triesMax: 1 }),
    ...(pendingHolds === undefined ? {} : { pendingHolds }),
    busy() {
      const accepted = endpoints.reduce((sum, endpoint) => sum + endpoint.accepted, 0);
      const more = accepted > acceptedBefore;
      acceptedBefore = accepted;
      return more || endpoints.some(({ connections }) => connections > 0);
    },
    clock,
    log,
  });
}

async function attempt   (run                      , problems          )                         {
  try {
    return await run();
  } catch (error) {
    problems.push((0,errors/* messageOf */.bD)(error));
    return undefined;
  }
}

/** How often the lease is looked at. */
const LEASE_MS = 5_000;
/** GitHub ends a self-hosted job after five days; nothing of ours outlives that. */
const LIFETIME_MS_MAX = 432_000_000;

;// CONCATENATED MODULE: ./packages/job/src/daemon-process.js
/**
 * What both daemon bundles do as a process: read the configuration from stdin, start, say so on descriptor 3, write
 * a bounded log, leave. A composition root: it owns clock, randomness and exit.
 */




                                                   




                                                
                                                
                              
                                              

async function runDaemonProcess                                   (mode      , make            )                {
  let log                         = () => undefined;
  let told = false;
  const tell = (ready       )       => {
    if (told) return;
    told = true;
    try {
      (0,external_node_fs_.writeSync)(READY_FD, `${JSON.stringify(ready)}\n`);
      (0,external_node_fs_.closeSync)(READY_FD);
    } catch {
      // Connect has gone: the lease ends this process.
    }
  };
  const fatal = (error         )       => {
    log(`fatal: ${error instanceof Error ? (error.stack ?? error.message) : (0,errors/* messageOf */.bD)(error)}`);
    tell({
      ready: false,
      code: error instanceof errors/* GateError */.ue ? error.code : "JOB_DAEMON_FAILED",
      message: (0,errors/* messageOf */.bD)(error),
    });
    process.exit(1);
  };
  process.on("uncaughtException", fatal);
  process.on("unhandledRejection", fatal);
  try {
    const config = parseDaemonConfig(await readStdin(), mode);
    log = boundedLog((0,external_node_path_.join)(config.directory, LOG_FILE));
    const backend = await make(config, log);
    // The runner kills orphans at the end of the job; a polite signal closes the session, also one that comes while it
    // is being opened: otherwise it would stay open at the gateway without anybody who could use it.
    let asked                    ;
    let running                     = undefined                      ;
    const abandon = ()       => {
      if (running === undefined) fatal(new src_errors/* JobError */.CR("operator", "JOB_DEADLINE", "the job was cancelled"));
    };
    for (const signal of ["SIGTERM", "SIGINT"]         ) {
      process.on(signal, () => {
        asked ??= `the proxy got ${signal}`;
        if (running !== undefined) void running.shutDown(asked);
        else setTimeout(abandon, OPENING_MS_MAX);
      });
    }
    const daemon = await startDaemon({
      config,
      backend,
      clock: clock/* systemClock */.m,
      randomBytes: external_node_crypto_.randomBytes,
      log,
      leaseAlive: leaseOf(config.leasePid),
      pid: process.pid,
    });
    running = daemon;
    if (asked !== undefined) void daemon.shutDown(asked);
    tell({ ready: true, pid: process.pid, session: daemon.session, endpoints: daemon.endpoints });
    await daemon.done;
    // process.exit waits for V8's compiler threads, long enough on a busy machine to be found as the job's orphan.
    process.kill(process.pid, "SIGKILL");
  } catch (error) {
    fatal(error);
  }
}

async function readStdin()                  {
  const chunks           = [];
  let bytes = 0;
  for await (const chunk of process.stdin                         ) {
    bytes += chunk.length;
    if (bytes > CONFIG_BYTES_MAX)
      throw new src_errors/* JobError */.CR("operator", "JOB_INPUT", `the inputs are larger than ${CONFIG_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** A process id alone can be taken by another process; on Linux its start time tells them apart. */
function leaseOf(pid                    )                {
  if (pid === undefined) return () => true;
  const started = startTime(pid);
  return () => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error                      ).code !== "EPERM") return false;
    }
    return startTime(pid) === started;
  };
}

/** Field 22 of /proc/<pid>/stat; the process name before it may hold spaces and brackets. */
function startTime(pid        )                     {
  try {
    return (0,external_node_fs_.readFileSync)(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").trim().split(" ")[19];
  } catch {
    return undefined;
  }
}

function boundedLog(file        )                         {
  let left = LOG_BYTES_MAX;
  return (line) => {
    const text = `${new Date().toISOString()} ${line.replace(/[\r\n]+/g, " ")}\n`;
    if ((left -= Buffer.byteLength(text)) < 0) return;
    try {
      (0,external_node_fs_.appendFileSync)(file, text, { mode: 0o600 });
    } catch {
      // A full disk must not end the session.
    }
  };
}

/** A session that is being opened may take this long after the job was cancelled: the runner kills connect after 10 s. */
const OPENING_MS_MAX = 5_000;
/** Everything that connect hands over: policy and targets included. */
const CONFIG_BYTES_MAX = 8_388_608;
/** The daemon's log file; what comes after is dropped. */
const LOG_BYTES_MAX = 1_048_576;
const READY_FD = 3;


/***/ }),

/***/ 175:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $t: () => (/* binding */ connectionError),
/* harmony export */   CR: () => (/* binding */ JobError),
/* harmony export */   mH: () => (/* binding */ exchangeError)
/* harmony export */ });
/* unused harmony export noIdToken */
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(489);
/** Everything that can go wrong on the runner's side, each with its cause and what to do about it. Pure. */


                          
                                                         
                                                         
                                                                  
                                         
                                                             
                             
                             
                                                             
                        
                    
                     
                       
                                                     
                       
                       
                     
                                                                         
                                                                     
                   

class JobError extends _gate_base__WEBPACK_IMPORTED_MODULE_0__/* .GateError */ .ue {
           code              ;
  /** What a waiting client is to read, in its protocol; made by the gateway. */
           refusal             ;

  constructor(
    kind           ,
    code              ,
    message        ,
    options                                                        ,
  ) {
    super(kind, message, options);
    this.code = code;
    if (options?.refusal !== undefined) this.refusal = options.refusal;
  }
}

/** The error of a job without `id-token: write`; forks look exactly the same from inside. */
function noIdToken()           {
  return new JobError(
    "operator",
    "JOB_NO_ID_TOKEN",
    "this job cannot prove who it is: the runner offers no OIDC token. Add to the job:\n" +
      "permissions:\n  id-token: write\n  contents: read\n" +
      "Pull requests from forks never get one; run this job on push, or on pull requests from the same repository only",
  );
}

/** Names why a connection to `host` failed: `thrown` is what node:net, node:tls or node:http threw. */
function connectionError(thrown         , host        )           {
  if (thrown instanceof JobError) return thrown;
  const code = codeOf(thrown);
  const certificate = CERTIFICATE_ERRORS.get(code);
  if (certificate !== undefined) {
    return new JobError("operator", "JOB_GATEWAY_CERTIFICATE", `the gateway's certificate (${host}) ${certificate}`, {
      cause: thrown,
    });
  }
  const reason = UNREACHABLE_ERRORS.get(code) ?? (code === "" ? (0,_gate_base__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(thrown) : code);
  return new JobError(
    "operator",
    "JOB_GATEWAY_UNREACHABLE",
    `cannot reach the gateway at ${host}: ${reason}. Check the \`gateway\` input, and that this runner may connect there`,
    { cause: thrown },
  );
}

/** An error answer of the gateway: RFC 9457 members as they came; `detail` is the gateway's own text. */
                          
                          
                        
                          
                                                      
                                
 

/** What a refused token exchange means for the person who reads the job's log. */
function exchangeError(problem         , host        , audience        )           {
  const detail = problem.detail === "" ? `status ${problem.status}` : problem.detail;
  switch (problem.code) {
    case "wrong_audience":
      return new JobError(
        "operator",
        "JOB_WRONG_AUDIENCE",
        `the gateway at ${host} does not take tokens for the audience "${audience}": ${detail}. ` +
          "Set the `audience` input to the one that the policy's trust rules name",
      );
    case "trust_rule_not_matched":
      return new JobError(
        "operator",
        "JOB_TRUST_RULE",
        `no trust rule of the gateway at ${host} admits this job: ${detail}. ` +
          "Change the workflow (branch, event, environment), or the rule in the gateway's policy",
      );
    case "latch_taken":
      return new JobError(
        "peer-wrong",
        "JOB_LATCH_TAKEN",
        `ANOTHER SESSION OF THIS JOB EXISTS ALREADY: ${detail}. Either this job uses connect twice, or an earlier step ` +
          "exchanged the job's identity by itself. Treat the second as an intrusion: revoke the session at the gateway " +
          "(`gate sessions list`, `gate sessions revoke`) and read its recording",
      );
    case "unknown_grant":
      return new JobError(
        "operator",
        "JOB_UNKNOWN_GRANT",
        `${detail}. Ask only for grants that the matching trust rule lists, or leave \`grants\` out to get all of them`,
      );
    case "expired":
    case "replayed":
    case "invalid_subject_token":
      return new JobError(
        "peer-wrong",
        "JOB_REFUSED",
        `the gateway at ${host} refused the job's OIDC token (${problem.code}): ${detail}. ` +
          "Check the clocks of runner and gateway, and that the gateway trusts this issuer",
      );
    default:
      return new JobError(
        "peer-wrong",
        "JOB_REFUSED",
        `the gateway at ${host} refused the session (${problem.code === "" ? problem.status : problem.code}): ${detail}`,
      );
  }
}

/** Node's `code` of an error or of its innermost cause; empty when there is none. */
function codeOf(thrown         )         {
  let current          = thrown;
  for (let depth = 0; depth < CAUSE_DEPTH_MAX && typeof current === "object" && current !== null; depth += 1) {
    const inner = current                                                         ;
    if (typeof inner.code === "string") return inner.code;
    current = Array.isArray(inner.errors) ? inner.errors[0] : inner.cause;
  }
  return "";
}

/** How deep a chain of causes is followed to find a system error code. */
const CAUSE_DEPTH_MAX = 5;

const CA_HINT =
  "is not signed by an authority that this runner knows. If the gateway has its own, give its PEM in `gateway-ca`";

const CERTIFICATE_ERRORS                              = new Map([
  ["CERT_HAS_EXPIRED", "has expired. Renew it at the gateway (`tls.cert` in gateway.yaml)"],
  ["CERT_NOT_YET_VALID", "is not valid yet. Check the clocks of runner and gateway"],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "is for another host name. Use the name in the certificate in the `gateway` input, or give the gateway a certificate for this one",
  ],
  ["SELF_SIGNED_CERT_IN_CHAIN", CA_HINT],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", CA_HINT],
  ["UNABLE_TO_GET_ISSUER_CERT", CA_HINT],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", CA_HINT],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", CA_HINT],
  ["CERT_REVOKED", "has been revoked. Replace it at the gateway"],
  ["CERT_UNTRUSTED", CA_HINT],
  ["INVALID_CA", CA_HINT],
  ["INVALID_PURPOSE", "is not a server certificate. Replace it at the gateway"],
]);

const UNREACHABLE_ERRORS                              = new Map([
  ["ECONNREFUSED", "nothing listens there (connection refused)"],
  ["ENOTFOUND", "its name does not resolve"],
  ["EAI_AGAIN", "its name does not resolve now (the name server did not answer)"],
  ["ETIMEDOUT", "no answer in time"],
  ["ABORT_ERR", "no answer in time"],
  ["EHOSTUNREACH", "no route to it"],
  ["ENETUNREACH", "no route to it"],
  ["ECONNRESET", "the connection was reset"],
  ["EPROTO", "it does not speak TLS there"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "it does not speak TLS there"],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "it does not speak TLS there"],
]);


/***/ }),

/***/ 799:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  kU: () => (/* binding */ createGatewayClient),
  ai: () => (/* binding */ number),
  g1: () => (/* binding */ record),
  Qq: () => (/* binding */ gateway_client_text),
  H8: () => (/* binding */ toProblem)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");
;// CONCATENATED MODULE: external "node:https"
const external_node_https_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:https");
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __nccwpck_require__(30);
;// CONCATENATED MODULE: external "node:stream"
const external_node_stream_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream");
;// CONCATENATED MODULE: external "node:stream/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/promises");
;// CONCATENATED MODULE: external "node:tls"
const external_node_tls_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:tls");
// EXTERNAL MODULE: ./packages/job/src/errors.js
var errors = __nccwpck_require__(175);
;// CONCATENATED MODULE: ./packages/job/src/gateway-client.js
/**
 * Talks to a gateway over HTTP/1.1: JSON requests on kept-alive connections, downloads into a file, tunnels by
 * Upgrade. Redirects are never followed. Touches the network and, for downloads, the file system.
 */




                                          





/** The members of `/.well-known/gate` that the job needs. */
                            
                          
                            
                                 
                          
                        
                                                                                                     
                                  
                                                                                       
                                      
 

                         
                          
                                                           
                         
 

                                
                    
                                  
                        
                                                                                                
                                  
       
                           
                
               
                                                          
                                             
                                      
                              
      
                     
                                                                                                          
                                                                                                  
                                                                              
                          
                                                                                                            
          
                   
                
                                              
                                                                          
                
 

/** @param options.ca PEM of the only authority to trust; the runtime's own roots without it. */
function createGatewayClient(options                                             )                {
  const { url, ca } = options;
  const secure = url.protocol === "https:";
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const host = `${url.hostname}:${port}`;
  const tls                    = {
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    // Said outright: NODE_TLS_REJECT_UNAUTHORIZED must not be able to turn it off.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...((0,external_node_net_.isIP)(hostname) === 0 ? { servername: hostname } : {}),
  };
  const agent = secure
    ? new external_node_https_namespaceObject.Agent({ ...tls, keepAlive: true, maxSockets: SOCKETS_MAX, timeout: REQUEST_MS_MAX })
    : new external_node_http_namespaceObject.Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, timeout: REQUEST_MS_MAX });
  let tlsSession                    ;

  const open = (
    target        ,
    method        ,
    headers                                  ,
    extra                ,
  )                => {
    const at = sameOrigin(target, url);
    const request = { method, host: hostname, port, path: at.pathname + at.search, headers, agent, ...extra };
    return secure && extra.createConnection === undefined ? (0,external_node_https_namespaceObject.request)({ ...tls, ...request }) : (0,external_node_http_namespaceObject.request)(request);
  };

  const client                = {
    url,
    host,

    async wellKnown() {
      const { status, body } = await client.send("GET", new URL("/.well-known/gate", url).href);
      const found = record(body);
      const [issuer, audience, tokenEndpoint, tunnel, vkey] = [
        "issuer",
        "audience",
        "token_endpoint",
        "tunnel",
        "vkey",
      ].map((key) => gateway_client_text(found, key));
      if (status !== 200 || !issuer || audience === undefined || !tokenEndpoint || !tunnel || !vkey) {
        throw new errors/* JobError */.CR(
          "operator",
          "JOB_GATEWAY_ANSWER",
          `${host} answers, but not as a gate gateway (status ${status} for /.well-known/gate). Check the \`gateway\` input`,
        );
      }
      sameOrigin(tokenEndpoint, url);
      const checks = gateway_client_text(found, "checks") === "none" ? "none" : "app";
      const signIn = found["sign_in"];
      return {
        ...{ issuer, audience, tokenEndpoint, tunnel: sameOrigin(tunnel, url).href, vkey, checks },
        ...(Array.isArray(signIn) ? { signIn: signIn.filter((way) => typeof way === "string") } : {}),
      };
    },

    async send(method, target, { headers = {}, form, json } = {}) {
      const body = json === undefined ? form?.toString() : JSON.stringify(json);
      const type = json === undefined ? "application/x-www-form-urlencoded" : "application/json";
      const all = {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": type, "content-length": String(Buffer.byteLength(body)) }),
        ...headers,
      };
      const signal = AbortSignal.timeout(REQUEST_MS_MAX);
      try {
        const request = open(target, method, all, { signal });
        const response = await respond(request, body);
        return { status: response.statusCode ?? 0, body: await readJson(response) };
      } catch (error) {
        throw (0,errors/* connectionError */.$t)(error, host);
      }
    },

    async download(target, headers, file) {
      const signal = AbortSignal.timeout(DOWNLOAD_MS_MAX);
      try {
        const response = await respond(open(target, "GET", headers, { signal }));
        if (response.statusCode !== 200) {
          const { code, detail } = toProblem(response.statusCode ?? 0, await readJson(response));
          throw new errors/* JobError */.CR(
            "peer-wrong",
            "JOB_RECORDING",
            `the gateway did not give the recording (${code === "" ? response.statusCode : code}): ${detail}`,
          );
        }
        let bytes = 0;
        const bounded = new external_node_stream_namespaceObject.Transform({
          transform(chunk        , _encoding, done) {
            bytes += chunk.length;
            if (bytes > RECORDING_BYTES_MAX) {
              done(
                new errors/* JobError */.CR(
                  "peer-wrong",
                  "JOB_RECORDING",
                  `the recording is larger than ${RECORDING_BYTES_MAX} bytes`,
                ),
              );
            } else done(null, chunk);
          },
        });
        await (0,promises_namespaceObject.pipeline)(response, bounded, (0,external_node_fs_.createWriteStream)(file, { flags: "wx", mode: 0o600 }));
        return bytes;
      } catch (error) {
        throw (0,errors/* connectionError */.$t)(error, host);
      }
    },

    dial() {
      return new Promise((resolve, reject) => {
        const base = { host: hostname, port, allowHalfOpen: true };
        const socket = secure
          ? (0,external_node_tls_namespaceObject.connect)({ ...tls, ...base, ...(tlsSession === undefined ? {} : { session: tlsSession }) })
          : (0,external_node_net_.connect)(base);
        socket.setNoDelay(true);
        const timer = setTimeout(() => socket.destroy(timeout(host)), DIAL_MS_MAX);
        const fail = (error       )       => {
          clearTimeout(timer);
          reject((0,errors/* connectionError */.$t)(error, host));
        };
        socket.once("error", fail);
        // A session ticket lets the next handshake resume.
        socket.on("session", (session        ) => (tlsSession = session));
        socket.once(secure ? "secureConnect" : "connect", () => {
          clearTimeout(timer);
          socket.off("error", fail);
          resolve(socket);
        });
      });
    },

    upgrade(socket, target, headers) {
      return new Promise((resolve, reject) => {
        const request = open(
          target,
          "GET",
          { ...headers, connection: "Upgrade", upgrade: "gate-tunnel", host: url.host },
          { agent: undefined, createConnection: () => socket },
        );
        const timer = setTimeout(() => request.destroy(timeout(host)), REQUEST_MS_MAX);
        request.once("error", (error) => {
          clearTimeout(timer);
          socket.destroy();
          reject((0,errors/* connectionError */.$t)(error, host));
        });
        request.once("upgrade", (_response, stream, head) => {
          clearTimeout(timer);
          if (head.length > 0) stream.unshift(head);
          resolve({ stream });
        });
        request.once("response", (response) => {
          readJson(response)
            .then((body) => resolve({ problem: toProblem(response.statusCode ?? 0, body) }))
            .catch((error         ) => reject((0,errors/* connectionError */.$t)(error, host)))
            .finally(() => {
              clearTimeout(timer);
              socket.destroy();
            });
        });
        request.end();
      });
    },

    close: () => agent.destroy(),
  };
  return client;
}

/** RFC 9457 members, or the OAuth ones where a token endpoint gave only these. */
function toProblem(status        , body         )          {
  const found = record(body);
  const refusal = gateway_client_text(found, "refusal");
  return {
    ...(refusal === undefined || refusal.length > REFUSAL_CHARS_MAX
      ? {}
      : { refusal: Buffer.from(refusal, "base64url") }),
    status,
    code: gateway_client_text(found, "code") ?? gateway_client_text(found, "error") ?? "",
    detail: printable(gateway_client_text(found, "detail") ?? gateway_client_text(found, "error_description") ?? gateway_client_text(found, "title") ?? ""),
  };
}

/** `value` as an object with only own members; empty for anything else. */
function record(value         )                                    {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value                           ) : {};
}

function gateway_client_text(from                                   , key        )                     {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

function number(from                                   , key        )                     {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Text of a peer in our messages: one line, bounded, without control characters. */
function printable(value        )         {
  return value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, DETAIL_CHARS_MAX);
}

/** A URL that the gateway published must be its own: tokens never go to another origin. */
function sameOrigin(target        , url     )      {
  const at = URL.canParse(target, url.href) ? new URL(target, url) : undefined;
  if (at !== undefined && at.origin === url.origin) return at;
  throw new errors/* JobError */.CR(
    "operator",
    "JOB_GATEWAY_ANSWER",
    `the gateway at ${url.origin} publishes an address of another origin. ` +
      "Use its public_url (gateway.yaml) in the `gateway` input",
  );
}

function respond(request               , body         )                           {
  return new Promise((resolve, reject) => {
    request.once("error", reject);
    request.once("response", resolve);
    request.end(body);
  });
}

async function readJson(response                 )                   {
  const chunks           = [];
  let bytes = 0;
  for await (const chunk of response                         ) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) {
      response.destroy();
      throw new errors/* JobError */.CR(
        "peer-wrong",
        "JOB_GATEWAY_ANSWER",
        `the gateway's answer is larger than ${ANSWER_BYTES_MAX} bytes`,
      );
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"))           ;
  } catch {
    return undefined;
  }
}

function timeout(host        )           {
  return (0,errors/* connectionError */.$t)(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" }), host);
}

/** JSON answer of the gateway, in bytes. */
const ANSWER_BYTES_MAX = 1_048_576;
/** A recording that post downloads, in bytes. */
const RECORDING_BYTES_MAX = 2_147_483_648;
/** From the first byte of a request to the last of its answer. */
const REQUEST_MS_MAX = 15_000;
/** A whole download. */
const DOWNLOAD_MS_MAX = 90_000;
/** TCP and TLS handshakes of a tunnel connection. */
const DIAL_MS_MAX = 10_000;
/** Kept-alive connections for requests (tunnels not counted). */
const SOCKETS_MAX = 4;
/** Characters of a refusal for a waiting client, in base64url. */
const REFUSAL_CHARS_MAX = 4_096;
/** Characters of the gateway's own text in our messages. */
const DETAIL_CHARS_MAX = 600;


/***/ }),

/***/ 904:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   R: () => (/* binding */ parseGatewayUrl)
/* harmony export */ });
/* unused harmony export isLoopback */
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(30);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(175);
/** The gateway's address as people write it. Pure. */



/**
 * Reads an `https://host[:port]` URL; plain `http:` only for loopback addresses, so that everything can be tried on
 * one machine. A path, query, user or fragment is refused: they would be ignored in silence.
 * @throws {JobError} JOB_INPUT
 */
function parseGatewayUrl(text        )      {
  let url     ;
  try {
    url = new URL(text);
  } catch {
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .JobError */ .CR("operator", "JOB_INPUT", "`gateway` is not a URL: write https://host or https://host:port");
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .JobError */ .CR(
      "operator",
      "JOB_INPUT",
      "`gateway` holds more than an origin: write https://host or https://host:port",
    );
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))) return url;
  throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .JobError */ .CR(
    "operator",
    "JOB_INPUT",
    "`gateway` must be https: (plain http: is accepted on loopback addresses only)",
  );
}

/** True for 127.0.0.0/8, ::1 and `localhost`, as in `URL.hostname`. */
function isLoopback(hostname        )          {
  if (hostname === "localhost" || hostname === "[::1]" || hostname === "::1") return true;
  return (0,node_net__WEBPACK_IMPORTED_MODULE_0__.isIP)(hostname) === 4 && hostname.startsWith("127.");
}


/***/ }),

/***/ 209:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  GR: () => (/* binding */ fetchSubjectToken)
});

// UNUSED EXPORTS: actionsTokenSource, tokenSourceIfOffered

;// CONCATENATED MODULE: external "node:fs/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
// EXTERNAL MODULE: ./packages/job/src/errors.js
var errors = __nccwpck_require__(175);
;// CONCATENATED MODULE: ./packages/job/src/oidc.js
/**
 * The job's OIDC token. https://docs.github.com/en/actions/reference/security/oidc
 * Touches the network (the runner's token service) or a file.
 */

                                        


/** Where subject tokens come from. Every call gives one that was not used yet: a gateway takes each `jti` once. */
                                
                                                                                            
                                                                                             
                                                     

/** @throws {JobError} JOB_NO_ID_TOKEN when the runner offers none. */
function actionsTokenSource(env                                              )                     {
  const requestUrl = env["ACTIONS_ID_TOKEN_REQUEST_URL"];
  const requestToken = env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
  if (!requestUrl || !requestToken || !URL.canParse(requestUrl)) throw noIdToken();
  return { kind: "actions", requestUrl, requestToken };
}

/** For the embedded gate, which can do without. */
function tokenSourceIfOffered(
  env                                              ,
)                                 {
  return env["ACTIONS_ID_TOKEN_REQUEST_URL"] ? actionsTokenSource(env) : undefined;
}

/**
 * Mints a token for `audience`; a failed request is repeated with a fresh one, ATTEMPTS_MAX times in all.
 * @throws {JobError} JOB_ID_TOKEN_FAILED
 */
async function fetchSubjectToken(source                    , audience        , clock       )                  {
  if (source.kind === "file") return readTokenFile(source.path);
  const url = new URL(source.requestUrl);
  url.searchParams.set("audience", audience);
  let reason = "";
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await new Promise      ((resolve) => clock.after(RETRY_MS * 2 ** attempt, resolve));
    try {
      const response = await fetch(url, {
        headers: { authorization: `bearer ${source.requestToken}`, accept: "application/json" },
        redirect: "error",
        signal: AbortSignal.timeout(REQUEST_MS_MAX),
      });
      if (response.ok) {
        const body = (await response.json())                              ;
        if (typeof body?.value === "string" && isCompactJws(body.value)) return body.value;
        reason = "the answer holds no token";
      } else {
        reason = `status ${response.status}`;
        await response.body?.cancel();
        if (response.status < 500 && response.status !== 429 && response.status !== 408) break;
      }
    } catch (error) {
      reason = error instanceof Error && error.name === "TimeoutError" ? "no answer in time" : "the connection failed";
    }
  }
  throw new errors/* JobError */.CR(
    "operator",
    "JOB_ID_TOKEN_FAILED",
    `the runner's token service at ${url.host} gave no OIDC token: ${reason}. ` +
      "Run the job again; if it stays so, check that the job has `permissions: id-token: write`",
  );
}

async function readTokenFile(path        )                  {
  let token        ;
  try {
    token = (await (0,promises_namespaceObject.readFile)(path, "utf8")).trim();
  } catch (error) {
    throw new errors/* JobError */.CR("operator", "JOB_ID_TOKEN_FAILED", "the token file cannot be read; check --token-file", {
      cause: error,
    });
  }
  if (isCompactJws(token)) return token;
  throw new errors/* JobError */.CR("operator", "JOB_ID_TOKEN_FAILED", "the token file does not hold one JWT (three base64url parts)");
}

function isCompactJws(value        )          {
  return value.length <= TOKEN_CHARS_MAX && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value);
}

/** Tries to get one token. */
const ATTEMPTS_MAX = 4;
/** One request to the token service. */
const REQUEST_MS_MAX = 10_000;
/** A subject token, in characters. */
const TOKEN_CHARS_MAX = 16_384;
const RETRY_MS = 100;


/***/ }),

/***/ 18:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  Z: () => (/* binding */ remoteBackend)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
// EXTERNAL MODULE: ./packages/base/src/errors.js
var errors = __nccwpck_require__(489);
// EXTERNAL MODULE: ./packages/base/src/bytes.js
var bytes = __nccwpck_require__(587);
// EXTERNAL MODULE: ./packages/job/src/errors.js
var src_errors = __nccwpck_require__(175);
// EXTERNAL MODULE: ./packages/job/src/gateway-client.js + 5 modules
var gateway_client = __nccwpck_require__(799);
;// CONCATENATED MODULE: ./packages/job/src/pipe.js
/** Joins two byte streams: back-pressure both ways, half-close kept, an error on one side ends both. */
                                          

/** Resolves when both sides are closed. */
function joinStreams(a        , b        )                {
  return new Promise((resolve) => {
    let open = 2;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]         ) {
      // An error is followed by "close"; destroying the peer tells it at once instead of leaving it half open.
      from.on("error", () => to.destroy());
      from.once("close", () => {
        // Data already handed to `to` is still flushed when `from` had ended in order.
        if (!from.readableEnded) to.destroy();
        open -= 1;
        if (open === 0) resolve();
      });
      if (from.destroyed) {
        to.destroy();
        open -= 1;
      }
    }
    if (open === 0) {
      resolve();
      return;
    }
    a.pipe(b);
    b.pipe(a);
  });
}

;// CONCATENATED MODULE: ./packages/job/src/tunnel-pool.js
/**
 * Connections to the gateway that have their TLS handshake behind them and carry nothing yet, so that a new local
 * connection waits for one round trip only. Touches the network through `dial`.
 */
                                       
                                        

                             
                                                                                     
                                                                       
                                 
                 
                        
                
 

function createTunnelPool(options                                                                 )             {
  const { dial, clock } = options;
  const ready                                                                                        = [];
  let dialing = 0;
  let closed = false;

  const fill = ()       => {
    while (!closed && ready.length + dialing < WARM_CONNECTIONS_MAX) {
      dialing += 1;
      dial().then(
        (socket) => {
          dialing -= 1;
          if (closed) socket.destroy();
          else keep(socket);
        },
        // Not our caller's problem: the next connection dials by itself and sees the error.
        () => (dialing -= 1),
      );
    }
  };

  const keep = (socket        )       => {
    const drop = ()       => {
      const at = ready.findIndex((other) => other.socket === socket);
      if (at !== -1) ready.splice(at, 1)[0]?.cancel();
      socket.destroy();
    };
    // The gateway ends connections that stay silent: replace them before it does. An unused pool is not refilled
    // for ever: after the last refresh the next connection warms it again.
    const cancel = clock.after(WARM_MS_MAX, drop);
    socket.once("close", drop).once("end", drop).once("error", drop);
    ready.push({ socket, drop, cancel });
  };

  return {
    async take() {
      const found = ready.shift();
      if (found === undefined) {
        const socket = await dial();
        fill();
        return { socket, warm: false };
      }
      found.cancel();
      found.socket.off("close", found.drop).off("end", found.drop).off("error", found.drop);
      fill();
      return { socket: found.socket, warm: true };
    },
    warmUp: fill,
    get size() {
      return ready.length;
    },
    close() {
      closed = true;
      for (const { drop } of [...ready]) drop();
    },
  };
}

/** Warm connections at a time. */
const WARM_CONNECTIONS_MAX = 2;
/** How long a connection stays warm. */
const WARM_MS_MAX = 30_000;

;// CONCATENATED MODULE: ./packages/job/src/remote.js
/**
 * The session at a gateway: exchange, tunnels, renewal, close. The DPoP key stays in this process.
 * RFC 8693 (exchange), RFC 9396 (grants), RFC 9449 (DPoP). Touches the network through the client.
 */


                                          

                                                        
                                                                                        





/** Makes DPoP proofs under the daemon's key, each with a `jti` of its own. */
                              
                       
                       
                                
                      

                                
                                 
                            
                                              
                                     
                                                  
                                               
                         
                        
                                       
 

                
                      
                         
                              
                               
                                  
                             
                                        
 

function remoteBackend(options               )                 {
  const { client, audience, clock, log, prove } = options;
  const pool = createTunnelPool({ dial: () => client.dial(), clock });
  const live = new Set        ();
  const endListeners                               = [];
  const timers = new Map                    ();
  let known                       ;
  let held                  ;
  let state                                       = "new";
  let checking                           ;

  const later = (name        , ms        , run            )       => {
    timers.get(name)?.();
    timers.set(name, clock.after(Math.max(ms, 0), run));
  };

  const end = (reason        )       => {
    if (state !== "open") return;
    state = "ended";
    log(`session ended: ${reason}`);
    stop();
    for (const listener of endListeners) listener(reason);
  };

  const stop = ()       => {
    for (const cancel of timers.values()) cancel();
    timers.clear();
    pool.close();
    for (const stream of live) stream.destroy();
  };

  const session = ()       => {
    if (held === undefined) throw new src_errors/* JobError */.CR("bug", "JOB_SESSION_ENDED", "the session is not open yet");
    return held;
  };

  const authorised = async (method                , url        )                                  => {
    const { token } = session();
    return { authorization: `DPoP ${token}`, dpop: await prove({ htm: method, htu: url, accessToken: token }) };
  };

  const exchange = async (endpoint        , renewOf         )                  => {
    const form = new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: await options.subjectToken(),
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    });
    if (renewOf !== undefined) form.set("session", renewOf);
    else if (options.grants.length > 0) {
      const details = options.grants.map((grant) => ({ type: "gate_grant", grant }));
      form.set("authorization_details", JSON.stringify(details));
    }
    const dpop = await prove({ htm: "POST", htu: endpoint });
    return client.send("POST", endpoint, { headers: { dpop }, form });
  };

  /** Repeats an exchange that failed for a reason that may pass; every attempt brings a fresh subject token. */
  const exchangeWithRetry = async (endpoint        )                => {
    for (let attempt = 1; ; attempt += 1) {
      let failure          ;
      try {
        const answer = await exchange(endpoint);
        if (answer.status === 200) return readToken(answer.body, clock.now(), client.host);
        failure = (0,src_errors/* exchangeError */.mH)((0,gateway_client/* toProblem */.H8)(answer.status, answer.body), client.host, audience);
        if (!passing(answer.status)) throw failure;
      } catch (error) {
        if (!(error instanceof src_errors/* JobError */.CR) || error.code !== "JOB_GATEWAY_UNREACHABLE") throw error;
        failure = error;
      }
      if (attempt >= EXCHANGE_ATTEMPTS_MAX) throw failure;
      await pause(clock, RETRY_MS * 4 ** attempt);
    }
  };

  /** Repeats what could not be asked, or was answered "not now". */
  const patiently = async                               (ask                  )             => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await ask();
        if (answer === undefined || !passing(answer.status) || attempt >= CLOSE_ATTEMPTS_MAX) return answer;
      } catch (error) {
        if (!unreachable(error) || attempt >= CLOSE_ATTEMPTS_MAX) throw error;
      }
      await pause(clock, RETRY_MS * 4 ** attempt);
    }
  };

  const arm = ()       => {
    const { issuedAtMs, expiresAtMs, maxExpiresAtMs } = session();
    const now = clock.now();
    // The gateway ends the session; this comes after it, so that the record says "expired".
    later("expiry", expiresAtMs - now + EXPIRY_SLACK_MS, () => end("expired"));
    if (expiresAtMs < maxExpiresAtMs) {
      later("renew", issuedAtMs + ((expiresAtMs - issuedAtMs) * 2) / 3 - now, () => void renew());
    }
  };

  const renew = async ()                => {
    const { id } = session();
    try {
      const answer = await exchange(known .tokenEndpoint, id);
      if (state !== "open") return;
      if (answer.status === 200) {
        held = readToken(answer.body, clock.now(), client.host);
        log("session renewed");
        arm();
        return;
      }
      const { code } = (0,gateway_client/* toProblem */.H8)(answer.status, answer.body);
      log(`renewal refused: ${answer.status} ${code}`);
      if (!passing(answer.status)) return check();
    } catch (error) {
      log(`renewal failed: ${(0,errors/* messageOf */.bD)(error)}`);
    }
    // It may pass; what remains of the session's time bounds the repetition (the expiry timer ends it).
    later("renew", RENEW_RETRY_MS, () => void renew());
  };

  /** Asks the gateway whether the session still lives; only its own word ends it. One question at a time. */
  const check = ()                => {
    checking ??= (async () => {
      try {
        const url = sessionUrl(known , session().id);
        const answer = await client.send("GET", url, { headers: await authorised("GET", url) });
        const found = (0,gateway_client/* text */.Qq)((0,gateway_client/* record */.g1)(answer.body), "state");
        if (answer.status === 200 && found !== undefined && found !== "open") end(found);
        else if (answer.status === 401 || answer.status === 404 || answer.status === 410) {
          end((0,gateway_client/* toProblem */.H8)(answer.status, answer.body).code || "gone");
        }
      } catch (error) {
        log(`the session's state is not known: ${(0,errors/* messageOf */.bD)(error)}`);
      } finally {
        checking = undefined;
      }
    })();
    return checking;
  };

  const heartbeat = ()       =>
    later("heartbeat", HEARTBEAT_MS, () => {
      void check().then(() => {
        if (state === "open") heartbeat();
      });
    });

  const tunnel = async (grant        , endpoint          )                  => {
    const url = known .tunnel;
    const lineage          = { strength: "endpoint", endpoint: endpoint.id };
    let failure = new src_errors/* JobError */.CR("peer-wrong", "JOB_SESSION_ENDED", "the session is over");
    let refusals = 0;
    for (let attempt = 0; attempt < TUNNEL_ATTEMPTS_MAX; attempt += 1) {
      if (state !== "open") throw failure;
      try {
        const { socket, warm } = await pool.take();
        const headers = {
          ...(await authorised("GET", url)),
          "gate-grant": grant,
          "gate-endpoint": (0,bytes/* base64url */.r0)(JSON.stringify(endpoint)),
          "gate-lineage": (0,bytes/* base64url */.r0)(JSON.stringify(lineage)),
        };
        try {
          const answer = await client.upgrade(socket, url, headers);
          if ("stream" in answer) return answer.stream;
          failure = tunnelError(answer.problem, grant);
          if (
            answer.problem.status === 401 ||
            answer.problem.status === 410 ||
            answer.problem.code === "session_ended"
          ) {
            await check();
            // The session lives, so the proof was at fault (a clock, a replay): one more try with a fresh one.
            if ((refusals += 1) > 1) throw failure;
          } else if (!passing(answer.problem.status)) throw failure;
        } catch (error) {
          // A warm connection may have died unseen: that says nothing about the gateway. Try at once with another.
          if (!warm || !unreachable(error)) throw error;
          failure = error            ;
          continue;
        }
      } catch (error) {
        if (!unreachable(error)) throw error;
        failure = error            ;
      }
      await pause(clock, RETRY_MS * 2 ** attempt);
    }
    throw failure;
  };

  return {
    async open() {
      known = await client.wellKnown();
      held = await exchangeWithRetry(known.tokenEndpoint);
      state = "open";
      arm();
      heartbeat();
      pool.warmUp();
      const info              = {
        id: held.id,
        mode: "gateway",
        trustRule: held.trustRule,
        vkey: known.vkey,
        expiresAtMs: held.expiresAtMs,
        grants: held.grants,
        checks: known.checks,
        page: new URL(`/sessions/${held.id}`, known.tokenEndpoint).href,
        warnings: [],
      };
      return info;
    },

    async serve(grant, endpoint, local) {
      const stream = await tunnel(grant, endpoint);
      if (state !== "open") {
        stream.destroy();
        throw new src_errors/* JobError */.CR("peer-wrong", "JOB_SESSION_ENDED", "the session is over");
      }
      live.add(stream);
      try {
        await joinStreams(local, stream);
      } finally {
        live.delete(stream);
      }
    },

    async status() {
      const { id, expiresAtMs } = session();
      if (state !== "open") return { state: "ended", expiresAtMs };
      const url = sessionUrl(known , id);
      const answer = await client.send("GET", url, { headers: await authorised("GET", url) });
      const counts = (name        ) => {
        const of = (0,gateway_client/* record */.g1)((0,gateway_client/* record */.g1)(answer.body)[name]);
        const [allow, hold, deny] = [(0,gateway_client/* number */.ai)(of, "allow"), (0,gateway_client/* number */.ai)(of, "hold"), (0,gateway_client/* number */.ai)(of, "deny")];
        return allow === undefined || hold === undefined || deny === undefined ? undefined : { allow, hold, deny };
      };
      const [verdicts, observed] = [counts("verdicts"), counts("observed")];
      return {
        state: "open",
        expiresAtMs,
        ...(verdicts === undefined ? {} : { verdicts }),
        ...(observed === undefined ? {} : { observed }),
      };
    },

    async pendingHolds() {
      if (state !== "open") return [];
      const url = sessionUrl(known , session().id);
      const answer = await client.send("GET", url, { headers: await authorised("GET", url) });
      if (answer.status !== 200) throw new src_errors/* JobError */.CR("peer-wrong", "JOB_REFUSED", `status ${answer.status}`);
      return readPendingHolds(answer.body, url);
    },

    async close(_reason) {
      const { id } = session();
      if (state === "open") state = "closing";
      stop();
      const url = `${sessionUrl(known , id)}/close`;
      const answer = await patiently(async () => client.send("POST", url, { headers: await authorised("POST", url) }));
      if (answer.status !== 200) {
        const { code, detail } = (0,gateway_client/* toProblem */.H8)(answer.status, answer.body);
        throw new src_errors/* JobError */.CR(
          "peer-wrong",
          "JOB_REFUSED",
          `the gateway did not close the session (${code === "" ? answer.status : code}): ${detail}`,
        );
      }
      const body = (0,gateway_client/* record */.g1)(answer.body);
      const [entries, root, checkpoint] = [(0,gateway_client/* number */.ai)(body, "entries"), (0,gateway_client/* text */.Qq)(body, "root"), (0,gateway_client/* text */.Qq)(body, "checkpoint")];
      return {
        sessionId: id,
        ...(entries === undefined ? {} : { entries }),
        ...(root === undefined ? {} : { root }),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      };
    },

    async fetchRecording(directory) {
      const url = `${sessionUrl(known , session().id)}/recording`;
      const path = (0,external_node_path_.join)(directory, "recording.tar");
      // Also here a gateway that restarts is waited for: what is there after that is the record.
      await patiently(async () => {
        (0,external_node_fs_.rmSync)(path, { force: true });
        await client.download(url, await authorised("GET", url), path);
        return undefined;
      });
      return { kind: "tar", path };
    },

    onEnd: (listener) => void endListeners.push(listener),

    dispose() {
      stop();
      client.close();
    },
  };
}

function sessionUrl(known           , id        )         {
  return new URL(`/v1/sessions/${encodeURIComponent(id)}`, known.tokenEndpoint).href;
}

/** Only pages of the gateway's own: people will follow them. */
function readPendingHolds(body         , gateway        )                {
  const holds = (0,gateway_client/* record */.g1)(body)["pending_holds"];
  if (!Array.isArray(holds)) return [];
  return holds.slice(0, PENDING_HOLDS_MAX).flatMap((hold) => {
    const [url, target] = [(0,gateway_client/* text */.Qq)((0,gateway_client/* record */.g1)(hold), "url"), (0,gateway_client/* text */.Qq)((0,gateway_client/* record */.g1)(hold), "target")];
    if (url === undefined || target === undefined || !URL.canParse(url)) return [];
    return new URL(url).origin === new URL(gateway).origin ? [{ url, target }] : [];
  });
}

/** Reads the token answer. @throws {JobError} JOB_GATEWAY_ANSWER */
function readToken(body         , nowMs        , host        )       {
  const answer = (0,gateway_client/* record */.g1)(body);
  const id = (0,gateway_client/* text */.Qq)(answer, "session_id");
  const token = (0,gateway_client/* text */.Qq)(answer, "access_token");
  const seconds = (0,gateway_client/* number */.ai)(answer, "expires_in");
  const maxExpires = (0,gateway_client/* number */.ai)(answer, "max_expires_at");
  const details = answer["authorization_details"];
  const bad = (what        )           =>
    new src_errors/* JobError */.CR("peer-wrong", "JOB_GATEWAY_ANSWER", `the token answer of ${host} has no usable ${what}`);
  if (id === undefined || !/^[\w.-]{1,128}$/.test(id)) throw bad("session_id");
  if (token === undefined || !/^[\w.~+/=-]{1,16384}$/.test(token)) throw bad("access_token");
  if ((0,gateway_client/* text */.Qq)(answer, "token_type")?.toLowerCase() !== "dpop") throw bad("token_type (DPoP)");
  if (seconds === undefined || seconds <= 0) throw bad("expires_in");
  if (!Array.isArray(details) || details.length > GRANTS_MAX) throw bad("authorization_details");
  const expiresAtMs = nowMs + seconds * 1000;
  return {
    id,
    token,
    issuedAtMs: nowMs,
    expiresAtMs,
    maxExpiresAtMs: maxExpires === undefined ? expiresAtMs : maxExpires * 1000,
    trustRule: (0,gateway_client/* text */.Qq)(answer, "trust_rule") ?? "",
    grants: details.map((detail) => {
      const found = (0,gateway_client/* record */.g1)(detail);
      const [grant, target, protocol] = [(0,gateway_client/* text */.Qq)(found, "grant"), (0,gateway_client/* text */.Qq)(found, "target"), (0,gateway_client/* text */.Qq)(found, "protocol")];
      const database = (0,gateway_client/* text */.Qq)(found, "database");
      const hostKey = (0,gateway_client/* text */.Qq)(found, "host_key");
      if (hostKey !== undefined && !HOST_KEY.test(hostKey)) throw bad("host_key");
      if (grant === undefined || !GRANT.test(grant) || target === undefined || protocol === undefined) {
        throw bad("authorization_details");
      }
      // They become environment variables and lines of files.
      if ([target, protocol, database ?? ""].some((word) => word.length > WORD_CHARS_MAX || /\p{Cc}/u.test(word))) {
        throw bad("authorization_details");
      }
      return {
        grant,
        target,
        protocol,
        ...(database === undefined ? {} : { database }),
        ...(hostKey === undefined ? {} : { hostKey }),
      };
    }),
  };
}

function tunnelError(problem         , grant        )           {
  const detail = problem.detail === "" ? `status ${problem.status}` : problem.detail;
  const what = problem.code === "" ? "" : ` (${problem.code})`;
  return new src_errors/* JobError */.CR(
    "peer-wrong",
    "JOB_REFUSED",
    `the gateway refused a connection for grant "${grant}"${what}: ${detail}`,
    { refusal: problem.refusal },
  );
}

/** Statuses that say "not now" rather than "no". */
function passing(status        )          {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

function unreachable(error         )          {
  return error instanceof src_errors/* JobError */.CR && error.code === "JOB_GATEWAY_UNREACHABLE";
}

function pause(clock       , ms        )                {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** It becomes a host's name and a file's. */
const GRANT = /^[A-Za-z0-9][\w.-]{0,127}$/;
/** Characters of a target's, a protocol's or a database's name. */
const WORD_CHARS_MAX = 256;
/** A public line: it goes into a known_hosts file as it is. */
const HOST_KEY = /^[a-z0-9@.-]{1,64} [A-Za-z0-9+/]{16,8192}={0,2}$/;
/** Exchanges tried when the gateway cannot be reached or says "not now". */
const EXCHANGE_ATTEMPTS_MAX = 4;
/** Tries to close the session, and to fetch its recording. */
const CLOSE_ATTEMPTS_MAX = 4;
/** Upgrades tried for one local connection: about six seconds with the pauses between them. */
const TUNNEL_ATTEMPTS_MAX = 6;
/** Waiting commands of one session that are read. */
const PENDING_HOLDS_MAX = 20;
/** Grants in one session. */
const GRANTS_MAX = 64;
const RETRY_MS = 100;
const RENEW_RETRY_MS = 5_000;
/** `expires_in` counts whole seconds, rounded down. */
const EXPIRY_SLACK_MS = 1_200;
const HEARTBEAT_MS = 20_000;


/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(280);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
