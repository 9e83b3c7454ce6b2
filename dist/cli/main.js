#!/usr/bin/env -S node --
globalThis.__dirname ??= import.meta.dirname;
import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 73057:
/***/ ((module) => {

function isBuffer(value) {
  return Buffer.isBuffer(value) || value instanceof Uint8Array
}

function isEncoding(encoding) {
  return Buffer.isEncoding(encoding)
}

function alloc(size, fill, encoding) {
  return Buffer.alloc(size, fill, encoding)
}

function allocUnsafe(size) {
  return Buffer.allocUnsafe(size)
}

function allocUnsafeSlow(size) {
  return Buffer.allocUnsafeSlow(size)
}

function byteLength(string, encoding) {
  return Buffer.byteLength(string, encoding)
}

function compare(a, b) {
  return Buffer.compare(a, b)
}

function concat(buffers, totalLength) {
  return Buffer.concat(buffers, totalLength)
}

function copy(source, target, targetStart, start, end) {
  return toBuffer(source).copy(target, targetStart, start, end)
}

function equals(a, b) {
  return toBuffer(a).equals(b)
}

function fill(buffer, value, offset, end, encoding) {
  return toBuffer(buffer).fill(value, offset, end, encoding)
}

function from(value, encodingOrOffset, length) {
  return Buffer.from(value, encodingOrOffset, length)
}

function includes(buffer, value, byteOffset, encoding) {
  return toBuffer(buffer).includes(value, byteOffset, encoding)
}

function indexOf(buffer, value, byfeOffset, encoding) {
  return toBuffer(buffer).indexOf(value, byfeOffset, encoding)
}

function lastIndexOf(buffer, value, byteOffset, encoding) {
  return toBuffer(buffer).lastIndexOf(value, byteOffset, encoding)
}

function swap16(buffer) {
  return toBuffer(buffer).swap16()
}

function swap32(buffer) {
  return toBuffer(buffer).swap32()
}

function swap64(buffer) {
  return toBuffer(buffer).swap64()
}

function toBuffer(buffer) {
  if (Buffer.isBuffer(buffer)) return buffer
  return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

function toString(buffer, encoding, start, end) {
  return toBuffer(buffer).toString(encoding, start, end)
}

function toHex(buffer, start, end) {
  return toBuffer(buffer).toString('hex', start, end)
}

function write(buffer, string, offset, length, encoding) {
  return toBuffer(buffer).write(string, offset, length, encoding)
}

function readDoubleBE(buffer, offset) {
  return toBuffer(buffer).readDoubleBE(offset)
}

function readDoubleLE(buffer, offset) {
  return toBuffer(buffer).readDoubleLE(offset)
}

function readFloatBE(buffer, offset) {
  return toBuffer(buffer).readFloatBE(offset)
}

function readFloatLE(buffer, offset) {
  return toBuffer(buffer).readFloatLE(offset)
}

function readInt32BE(buffer, offset) {
  return toBuffer(buffer).readInt32BE(offset)
}

function readInt32LE(buffer, offset) {
  return toBuffer(buffer).readInt32LE(offset)
}

function readUInt32BE(buffer, offset) {
  return toBuffer(buffer).readUInt32BE(offset)
}

function readUInt32LE(buffer, offset) {
  return toBuffer(buffer).readUInt32LE(offset)
}

function writeDoubleBE(buffer, value, offset) {
  return toBuffer(buffer).writeDoubleBE(value, offset)
}

function writeDoubleLE(buffer, value, offset) {
  return toBuffer(buffer).writeDoubleLE(value, offset)
}

function writeFloatBE(buffer, value, offset) {
  return toBuffer(buffer).writeFloatBE(value, offset)
}

function writeFloatLE(buffer, value, offset) {
  return toBuffer(buffer).writeFloatLE(value, offset)
}

function writeInt32BE(buffer, value, offset) {
  return toBuffer(buffer).writeInt32BE(value, offset)
}

function writeInt32LE(buffer, value, offset) {
  return toBuffer(buffer).writeInt32LE(value, offset)
}

function writeUInt32BE(buffer, value, offset) {
  return toBuffer(buffer).writeUInt32BE(value, offset)
}

function writeUInt32LE(buffer, value, offset) {
  return toBuffer(buffer).writeUInt32LE(value, offset)
}

module.exports = {
  isBuffer,
  isEncoding,
  alloc,
  allocUnsafe,
  allocUnsafeSlow,
  byteLength,
  compare,
  concat,
  copy,
  equals,
  fill,
  from,
  includes,
  indexOf,
  lastIndexOf,
  swap16,
  swap32,
  swap64,
  toBuffer,
  toString,
  toHex,
  write,
  readDoubleBE,
  readDoubleLE,
  readFloatBE,
  readFloatLE,
  readInt32BE,
  readInt32LE,
  readUInt32BE,
  readUInt32LE,
  writeDoubleBE,
  writeDoubleLE,
  writeFloatBE,
  writeFloatLE,
  writeInt32BE,
  writeInt32LE,
  writeUInt32BE,
  writeUInt32LE
}


/***/ }),

/***/ 29580:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

module.exports = __nccwpck_require__(24434)


/***/ }),

/***/ 13587:
/***/ ((module) => {

module.exports = class FixedFIFO {
  constructor (hwm) {
    if (!(hwm > 0) || ((hwm - 1) & hwm) !== 0) throw new Error('Max size for a FixedFIFO should be a power of two')
    this.buffer = new Array(hwm)
    this.mask = hwm - 1
    this.top = 0
    this.btm = 0
    this.next = null
  }

  clear () {
    this.top = this.btm = 0
    this.next = null
    this.buffer.fill(undefined)
  }

  push (data) {
    if (this.buffer[this.top] !== undefined) return false
    this.buffer[this.top] = data
    this.top = (this.top + 1) & this.mask
    return true
  }

  shift () {
    const last = this.buffer[this.btm]
    if (last === undefined) return undefined
    this.buffer[this.btm] = undefined
    this.btm = (this.btm + 1) & this.mask
    return last
  }

  peek () {
    return this.buffer[this.btm]
  }

  isEmpty () {
    return this.buffer[this.btm] === undefined
  }
}


/***/ }),

/***/ 83867:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

const FixedFIFO = __nccwpck_require__(13587)

module.exports = class FastFIFO {
  constructor (hwm) {
    this.hwm = hwm || 16
    this.head = new FixedFIFO(this.hwm)
    this.tail = this.head
    this.length = 0
  }

  clear () {
    this.head = this.tail
    this.head.clear()
    this.length = 0
  }

  push (val) {
    this.length++
    if (!this.head.push(val)) {
      const prev = this.head
      this.head = prev.next = new FixedFIFO(2 * this.head.buffer.length)
      this.head.push(val)
    }
  }

  shift () {
    if (this.length !== 0) this.length--
    const val = this.tail.shift()
    if (val === undefined && this.tail.next) {
      const next = this.tail.next
      this.tail.next = null
      this.tail = next
      return this.tail.shift()
    }

    return val
  }

  peek () {
    const val = this.tail.peek()
    if (val === undefined && this.tail.next) return this.tail.next.peek()
    return val
  }

  isEmpty () {
    return this.length === 0
  }
}


/***/ }),

/***/ 36204:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

const { EventEmitter } = __nccwpck_require__(29580)
const FIFO = __nccwpck_require__(83867)
const TextDecoder = __nccwpck_require__(97934)

const StreamError = __nccwpck_require__(45657)

// if we do a future major, expect queue microtask to be there always, for now a bit defensive
const qmt =
  typeof queueMicrotask === 'undefined' ? (fn) => global.process.nextTick(fn) : queueMicrotask

// 29 bits used total (4 from shared, 14 from read, and 11 from write)
const MAX = (1 << 29) - 1

// Shared state
const OPENING = 0b0001
const PREDESTROYING = 0b0010
const DESTROYING = 0b0100
const DESTROYED = 0b1000

const NOT_OPENING = MAX ^ OPENING
const NOT_PREDESTROYING = MAX ^ PREDESTROYING

// Read state (4 bit offset from shared state)
const READ_ACTIVE = 0b00000000000001 << 4
const READ_UPDATING = 0b00000000000010 << 4
const READ_PRIMARY = 0b00000000000100 << 4
const READ_QUEUED = 0b00000000001000 << 4
const READ_RESUMED = 0b00000000010000 << 4
const READ_PIPE_DRAINED = 0b00000000100000 << 4
const READ_ENDING = 0b00000001000000 << 4
const READ_EMIT_DATA = 0b00000010000000 << 4
const READ_EMIT_READABLE = 0b00000100000000 << 4
const READ_EMITTED_READABLE = 0b00001000000000 << 4
const READ_DONE = 0b00010000000000 << 4
const READ_NEXT_TICK = 0b00100000000000 << 4
const READ_NEEDS_PUSH = 0b01000000000000 << 4
const READ_READ_AHEAD = 0b10000000000000 << 4

// Combined read state
const READ_FLOWING = READ_RESUMED | READ_PIPE_DRAINED
const READ_ACTIVE_AND_NEEDS_PUSH = READ_ACTIVE | READ_NEEDS_PUSH
const READ_PRIMARY_AND_ACTIVE = READ_PRIMARY | READ_ACTIVE
const READ_EMIT_READABLE_AND_QUEUED = READ_EMIT_READABLE | READ_QUEUED
const READ_RESUMED_READ_AHEAD = READ_RESUMED | READ_READ_AHEAD

const READ_NOT_ACTIVE = MAX ^ READ_ACTIVE
const READ_NON_PRIMARY = MAX ^ READ_PRIMARY
const READ_NON_PRIMARY_AND_PUSHED = MAX ^ (READ_PRIMARY | READ_NEEDS_PUSH)
const READ_PUSHED = MAX ^ READ_NEEDS_PUSH
const READ_PAUSED = MAX ^ READ_RESUMED
const READ_NOT_QUEUED = MAX ^ (READ_QUEUED | READ_EMITTED_READABLE)
const READ_NOT_ENDING = MAX ^ READ_ENDING
const READ_PIPE_NOT_DRAINED = MAX ^ READ_FLOWING
const READ_NOT_NEXT_TICK = MAX ^ READ_NEXT_TICK
const READ_NOT_UPDATING = MAX ^ READ_UPDATING
const READ_NO_READ_AHEAD = MAX ^ READ_READ_AHEAD
const READ_PAUSED_NO_READ_AHEAD = MAX ^ READ_RESUMED_READ_AHEAD

// Write state (18 bit offset, 4 bit offset from shared state and 14 from read state)
const WRITE_ACTIVE = 0b00000000001 << 18
const WRITE_UPDATING = 0b00000000010 << 18
const WRITE_PRIMARY = 0b00000000100 << 18
const WRITE_QUEUED = 0b00000001000 << 18
const WRITE_UNDRAINED = 0b00000010000 << 18
const WRITE_DONE = 0b00000100000 << 18
const WRITE_EMIT_DRAIN = 0b00001000000 << 18
const WRITE_NEXT_TICK = 0b00010000000 << 18
const WRITE_WRITING = 0b00100000000 << 18
const WRITE_FINISHING = 0b01000000000 << 18
const WRITE_CORKED = 0b10000000000 << 18

const WRITE_NOT_ACTIVE = MAX ^ (WRITE_ACTIVE | WRITE_WRITING)
const WRITE_NON_PRIMARY = MAX ^ WRITE_PRIMARY
const WRITE_NOT_FINISHING = MAX ^ (WRITE_ACTIVE | WRITE_FINISHING)
const WRITE_DRAINED = MAX ^ WRITE_UNDRAINED
const WRITE_NOT_QUEUED = MAX ^ WRITE_QUEUED
const WRITE_NOT_NEXT_TICK = MAX ^ WRITE_NEXT_TICK
const WRITE_NOT_UPDATING = MAX ^ WRITE_UPDATING
const WRITE_NOT_CORKED = MAX ^ WRITE_CORKED

// Combined shared state
const ACTIVE = READ_ACTIVE | WRITE_ACTIVE
const NOT_ACTIVE = MAX ^ ACTIVE
const DONE = READ_DONE | WRITE_DONE
const DESTROY_STATUS = DESTROYING | DESTROYED | PREDESTROYING
const OPEN_STATUS = DESTROY_STATUS | OPENING
const AUTO_DESTROY = DESTROY_STATUS | DONE
const NON_PRIMARY = WRITE_NON_PRIMARY & READ_NON_PRIMARY
const ACTIVE_OR_TICKING = WRITE_NEXT_TICK | READ_NEXT_TICK
const TICKING = ACTIVE_OR_TICKING & NOT_ACTIVE
const IS_OPENING = OPEN_STATUS | TICKING

// Combined shared state and read state
const READ_PRIMARY_STATUS = OPEN_STATUS | READ_ENDING | READ_DONE
const READ_STATUS = OPEN_STATUS | READ_DONE | READ_QUEUED
const READ_ENDING_STATUS = OPEN_STATUS | READ_ENDING | READ_QUEUED
const READ_READABLE_STATUS = OPEN_STATUS | READ_EMIT_READABLE | READ_QUEUED | READ_EMITTED_READABLE
const SHOULD_NOT_READ =
  OPEN_STATUS | READ_ACTIVE | READ_ENDING | READ_DONE | READ_NEEDS_PUSH | READ_READ_AHEAD
const READ_BACKPRESSURE_STATUS = DESTROY_STATUS | READ_ENDING | READ_DONE
const READ_UPDATE_SYNC_STATUS = READ_UPDATING | OPEN_STATUS | READ_NEXT_TICK | READ_PRIMARY
const READ_NEXT_TICK_OR_OPENING = READ_NEXT_TICK | OPENING

// Combined write state
const WRITE_PRIMARY_STATUS = OPEN_STATUS | WRITE_FINISHING | WRITE_DONE
const WRITE_QUEUED_AND_UNDRAINED = WRITE_QUEUED | WRITE_UNDRAINED
const WRITE_QUEUED_AND_ACTIVE = WRITE_QUEUED | WRITE_ACTIVE
const WRITE_DRAIN_STATUS = WRITE_QUEUED | WRITE_UNDRAINED | OPEN_STATUS | WRITE_ACTIVE
const WRITE_STATUS = OPEN_STATUS | WRITE_ACTIVE | WRITE_QUEUED | WRITE_CORKED
const WRITE_PRIMARY_AND_ACTIVE = WRITE_PRIMARY | WRITE_ACTIVE
const WRITE_ACTIVE_AND_WRITING = WRITE_ACTIVE | WRITE_WRITING
const WRITE_FINISHING_STATUS = OPEN_STATUS | WRITE_FINISHING | WRITE_QUEUED_AND_ACTIVE | WRITE_DONE
const WRITE_BACKPRESSURE_STATUS = WRITE_UNDRAINED | DESTROY_STATUS | WRITE_FINISHING | WRITE_DONE
const WRITE_UPDATE_SYNC_STATUS = WRITE_UPDATING | OPEN_STATUS | WRITE_NEXT_TICK | WRITE_PRIMARY
const WRITE_DROP_DATA = WRITE_FINISHING | WRITE_DONE | DESTROY_STATUS

const asyncIterator = Symbol.asyncIterator || Symbol('asyncIterator')

class WritableState {
  constructor(
    stream,
    { highWaterMark = 16384, map = null, mapWritable, byteLength, byteLengthWritable } = {}
  ) {
    this.stream = stream
    this.queue = new FIFO()
    this.highWaterMark = highWaterMark
    this.buffered = 0
    this.error = null
    this.pipeline = null
    this.drains = null // if we add more seldomly used helpers we might them into a subobject so its a single ptr
    this.byteLength = byteLengthWritable || byteLength || defaultByteLength
    this.map = mapWritable || map
    this.afterWrite = afterWrite.bind(this)
    this.afterUpdateNextTick = updateWriteNT.bind(this)
  }

  get ending() {
    return (this.stream._duplexState & WRITE_FINISHING) !== 0
  }

  get ended() {
    return (this.stream._duplexState & WRITE_DONE) !== 0
  }

  push(data) {
    if ((this.stream._duplexState & WRITE_DROP_DATA) !== 0) return false
    if (this.map !== null) data = this.map(data)

    this.buffered += this.byteLength(data)
    this.queue.push(data)

    if (this.buffered < this.highWaterMark) {
      this.stream._duplexState |= WRITE_QUEUED
      return true
    }

    this.stream._duplexState |= WRITE_QUEUED_AND_UNDRAINED
    return false
  }

  shift() {
    const data = this.queue.shift()

    this.buffered -= this.byteLength(data)
    if (this.buffered === 0) this.stream._duplexState &= WRITE_NOT_QUEUED

    return data
  }

  end(data) {
    if (typeof data === 'function') {
      this.stream.once('finish', data)
    } else if (data !== undefined && data !== null) {
      this.push(data)
    }

    this.stream._duplexState = (this.stream._duplexState | WRITE_FINISHING) & WRITE_NON_PRIMARY
  }

  autoBatch(data, cb) {
    const buffer = []
    const stream = this.stream

    buffer.push(data)
    while ((stream._duplexState & WRITE_STATUS) === WRITE_QUEUED_AND_ACTIVE) {
      buffer.push(stream._writableState.shift())
    }

    if ((stream._duplexState & OPEN_STATUS) !== 0) return cb(null)
    stream._writev(buffer, cb)
  }

  update() {
    const stream = this.stream

    stream._duplexState |= WRITE_UPDATING

    do {
      while ((stream._duplexState & WRITE_STATUS) === WRITE_QUEUED) {
        const data = this.shift()
        stream._duplexState |= WRITE_ACTIVE_AND_WRITING
        stream._write(data, this.afterWrite)
      }

      if ((stream._duplexState & WRITE_PRIMARY_AND_ACTIVE) === 0) this.updateNonPrimary()
    } while (this.continueUpdate() === true)

    stream._duplexState &= WRITE_NOT_UPDATING
  }

  updateNonPrimary() {
    const stream = this.stream

    if ((stream._duplexState & WRITE_FINISHING_STATUS) === WRITE_FINISHING) {
      stream._duplexState = stream._duplexState | WRITE_ACTIVE
      stream._final(afterFinal.bind(this))
      return
    }

    if ((stream._duplexState & DESTROY_STATUS) === DESTROYING) {
      if ((stream._duplexState & ACTIVE_OR_TICKING) === 0) {
        stream._duplexState |= ACTIVE
        stream._destroy(afterDestroy.bind(this))
      }
      return
    }

    if ((stream._duplexState & IS_OPENING) === OPENING) {
      stream._duplexState = (stream._duplexState | ACTIVE) & NOT_OPENING
      stream._open(afterOpen.bind(this))
    }
  }

  continueUpdate() {
    if ((this.stream._duplexState & WRITE_NEXT_TICK) === 0) return false
    this.stream._duplexState &= WRITE_NOT_NEXT_TICK
    return true
  }

  updateCallback() {
    if ((this.stream._duplexState & WRITE_UPDATE_SYNC_STATUS) === WRITE_PRIMARY) {
      this.update()
    } else {
      this.updateNextTick()
    }
  }

  updateNextTick() {
    if ((this.stream._duplexState & WRITE_NEXT_TICK) !== 0) return
    this.stream._duplexState |= WRITE_NEXT_TICK
    if ((this.stream._duplexState & WRITE_UPDATING) === 0) qmt(this.afterUpdateNextTick)
  }
}

class ReadableState {
  constructor(
    stream,
    { highWaterMark = 16384, map = null, mapReadable, byteLength, byteLengthReadable } = {}
  ) {
    this.stream = stream
    this.queue = new FIFO()
    this.highWaterMark = highWaterMark === 0 ? 1 : highWaterMark
    this.buffered = 0
    this.readAhead = highWaterMark > 0
    this.error = null
    this.pipeline = null
    this.byteLength = byteLengthReadable || byteLength || defaultByteLength
    this.map = mapReadable || map
    this.pipeTo = null
    this.afterRead = afterRead.bind(this)
    this.afterUpdateNextTick = updateReadNT.bind(this)
  }

  get ending() {
    return (this.stream._duplexState & READ_ENDING) !== 0
  }

  get ended() {
    return (this.stream._duplexState & READ_DONE) !== 0
  }

  pipe(pipeTo, cb) {
    if (this.pipeTo !== null) throw StreamError.BAD_ARGUMENT('Can only pipe to one destination')
    if (typeof cb !== 'function') cb = null

    this.stream._duplexState |= READ_PIPE_DRAINED
    this.pipeTo = pipeTo
    this.pipeline = new Pipeline(this.stream, pipeTo, cb)

    if (cb) this.stream.on('error', noop) // We already error handle this so supress crashes

    if (isStreamx(pipeTo)) {
      pipeTo._writableState.pipeline = this.pipeline
      if (cb) pipeTo.on('error', noop) // We already error handle this so supress crashes
      pipeTo.on('finish', this.pipeline.finished.bind(this.pipeline)) // TODO: just call finished from pipeTo itself
    } else {
      const onerror = this.pipeline.done.bind(this.pipeline, pipeTo)
      const onclose = this.pipeline.done.bind(this.pipeline, pipeTo, null) // onclose has a weird bool arg
      pipeTo.on('error', onerror)
      pipeTo.on('close', onclose)
      pipeTo.on('finish', this.pipeline.finished.bind(this.pipeline))
    }

    pipeTo.on('drain', afterDrain.bind(this))
    this.stream.emit('piping', pipeTo)
    pipeTo.emit('pipe', this.stream)
  }

  push(data) {
    const stream = this.stream

    if (data === null) {
      this.highWaterMark = 0
      stream._duplexState = (stream._duplexState | READ_ENDING) & READ_NON_PRIMARY_AND_PUSHED
      return false
    }

    if (this.map !== null) {
      data = this.map(data)
      if (data === null) {
        stream._duplexState &= READ_PUSHED
        return this.buffered < this.highWaterMark
      }
    }

    this.buffered += this.byteLength(data)
    this.queue.push(data)

    stream._duplexState = (stream._duplexState | READ_QUEUED) & READ_PUSHED

    return this.buffered < this.highWaterMark
  }

  shift() {
    const data = this.queue.shift()

    this.buffered -= this.byteLength(data)
    if (this.buffered === 0) {
      this.stream._duplexState &= READ_NOT_QUEUED
    }

    return data
  }

  unshift(data) {
    const pending = [this.map !== null ? this.map(data) : data]
    while (this.buffered > 0) pending.push(this.shift())

    for (let i = 0; i < pending.length - 1; i++) {
      const data = pending[i]
      this.buffered += this.byteLength(data)
      this.queue.push(data)
    }

    this.push(pending[pending.length - 1])
  }

  read() {
    const stream = this.stream

    if ((stream._duplexState & READ_STATUS) === READ_QUEUED) {
      const data = this.shift()

      if (this.pipeTo !== null && this.pipeTo.write(data) === false) {
        stream._duplexState &= READ_PIPE_NOT_DRAINED
      }

      if ((stream._duplexState & READ_EMIT_DATA) !== 0) {
        stream.emit('data', data)
      }

      return data
    }

    if (this.readAhead === false) {
      stream._duplexState |= READ_READ_AHEAD
      this.updateNextTick()
    }

    return null
  }

  drain() {
    const stream = this.stream

    while (
      (stream._duplexState & READ_STATUS) === READ_QUEUED &&
      (stream._duplexState & READ_FLOWING) !== 0
    ) {
      const data = this.shift()

      if (this.pipeTo !== null && this.pipeTo.write(data) === false) {
        stream._duplexState &= READ_PIPE_NOT_DRAINED
      }

      if ((stream._duplexState & READ_EMIT_DATA) !== 0) {
        stream.emit('data', data)
      }
    }
  }

  update() {
    const stream = this.stream

    stream._duplexState |= READ_UPDATING

    do {
      this.drain()

      while (
        this.buffered < this.highWaterMark &&
        (stream._duplexState & SHOULD_NOT_READ) === READ_READ_AHEAD
      ) {
        stream._duplexState |= READ_ACTIVE_AND_NEEDS_PUSH
        stream._read(this.afterRead)
        this.drain()
      }

      if ((stream._duplexState & READ_READABLE_STATUS) === READ_EMIT_READABLE_AND_QUEUED) {
        stream._duplexState |= READ_EMITTED_READABLE
        stream.emit('readable')
      }

      if ((stream._duplexState & READ_PRIMARY_AND_ACTIVE) === 0) {
        this.updateNonPrimary()
      }
    } while (this.continueUpdate() === true)

    stream._duplexState &= READ_NOT_UPDATING
  }

  updateNonPrimary() {
    const stream = this.stream

    if ((stream._duplexState & READ_ENDING_STATUS) === READ_ENDING) {
      stream._duplexState = (stream._duplexState | READ_DONE) & READ_NOT_ENDING
      stream.emit('end')

      if ((stream._duplexState & AUTO_DESTROY) === DONE) {
        stream._duplexState |= DESTROYING
      }

      if (this.pipeTo !== null) {
        this.pipeTo.end()
      }
    }

    if ((stream._duplexState & DESTROY_STATUS) === DESTROYING) {
      if ((stream._duplexState & ACTIVE_OR_TICKING) === 0) {
        stream._duplexState |= ACTIVE
        stream._destroy(afterDestroy.bind(this))
      }
      return
    }

    if ((stream._duplexState & IS_OPENING) === OPENING) {
      stream._duplexState = (stream._duplexState | ACTIVE) & NOT_OPENING
      stream._open(afterOpen.bind(this))
    }
  }

  continueUpdate() {
    if ((this.stream._duplexState & READ_NEXT_TICK) === 0) return false
    this.stream._duplexState &= READ_NOT_NEXT_TICK
    return true
  }

  updateCallback() {
    if ((this.stream._duplexState & READ_UPDATE_SYNC_STATUS) === READ_PRIMARY) {
      this.update()
    } else {
      this.updateNextTick()
    }
  }

  updateNextTickIfOpen() {
    if ((this.stream._duplexState & READ_NEXT_TICK_OR_OPENING) !== 0) return
    this.stream._duplexState |= READ_NEXT_TICK
    if ((this.stream._duplexState & READ_UPDATING) === 0) qmt(this.afterUpdateNextTick)
  }

  updateNextTick() {
    if ((this.stream._duplexState & READ_NEXT_TICK) !== 0) return
    this.stream._duplexState |= READ_NEXT_TICK
    if ((this.stream._duplexState & READ_UPDATING) === 0) qmt(this.afterUpdateNextTick)
  }
}

class TransformState {
  constructor(stream) {
    this.data = null
    this.afterTransform = afterTransform.bind(stream)
    this.afterFinal = null
  }
}

class Pipeline {
  constructor(src, dst, cb) {
    this.from = src
    this.to = dst
    this.afterPipe = cb
    this.error = null
    this.pipeToFinished = false
  }

  finished() {
    this.pipeToFinished = true
  }

  done(stream, err) {
    if (err) this.error = err

    if (stream === this.to) {
      this.to = null

      if (this.from !== null) {
        if ((this.from._duplexState & READ_DONE) === 0 || !this.pipeToFinished) {
          this.from.destroy(this.error || StreamError.PREMATURE_CLOSE('Writable stream closed'))
        }
        return
      }
    }

    if (stream === this.from) {
      this.from = null

      if (this.to !== null) {
        if ((stream._duplexState & READ_DONE) === 0) {
          this.to.destroy(this.error || StreamError.PREMATURE_CLOSE('Readable stream closed'))
        }
        return
      }
    }

    if (this.afterPipe !== null) this.afterPipe(this.error)
    this.to = this.from = this.afterPipe = null
  }
}

function afterDrain() {
  this.stream._duplexState |= READ_PIPE_DRAINED
  this.updateCallback()
}

function afterFinal(err) {
  const stream = this.stream
  if (err) stream.destroy(err)

  if ((stream._duplexState & DESTROY_STATUS) === 0) {
    stream._duplexState |= WRITE_DONE
    stream.emit('finish')
  }

  if ((stream._duplexState & AUTO_DESTROY) === DONE) {
    stream._duplexState |= DESTROYING
  }

  stream._duplexState &= WRITE_NOT_FINISHING

  // no need to wait the extra tick here, so we short circuit that
  if ((stream._duplexState & WRITE_UPDATING) === 0) {
    this.update()
  } else {
    this.updateNextTick()
  }
}

function afterDestroy(err) {
  const stream = this.stream

  if (!err && !StreamError.isStreamDestroyed(this.error)) err = this.error
  if (err) stream.emit('error', err)

  stream._duplexState |= DESTROYED
  stream.emit('close')

  const rs = stream._readableState
  const ws = stream._writableState

  if (rs !== null && rs.pipeline !== null) {
    rs.pipeline.done(stream, err)
  }

  if (ws !== null) {
    while (ws.drains !== null && ws.drains.length > 0) {
      ws.drains.shift().resolve(false)
    }

    if (ws.pipeline !== null) {
      ws.pipeline.done(stream, err)
    }
  }
}

function afterWrite(err) {
  const stream = this.stream

  if (err) stream.destroy(err)
  stream._duplexState &= WRITE_NOT_ACTIVE

  if (this.drains !== null) tickDrains(this.drains)

  if ((stream._duplexState & WRITE_DRAIN_STATUS) === WRITE_UNDRAINED) {
    stream._duplexState &= WRITE_DRAINED

    if ((stream._duplexState & WRITE_EMIT_DRAIN) === WRITE_EMIT_DRAIN) {
      stream.emit('drain')
    }
  }

  this.updateCallback()
}

function afterRead(err) {
  if (err) this.stream.destroy(err)
  this.stream._duplexState &= READ_NOT_ACTIVE

  if (this.readAhead === false && (this.stream._duplexState & READ_RESUMED) === 0) {
    this.stream._duplexState &= READ_NO_READ_AHEAD
  }

  this.updateCallback()
}

function updateReadNT() {
  if ((this.stream._duplexState & READ_UPDATING) === 0) {
    this.stream._duplexState &= READ_NOT_NEXT_TICK
    this.update()
  }
}

function updateWriteNT() {
  if ((this.stream._duplexState & WRITE_UPDATING) === 0) {
    this.stream._duplexState &= WRITE_NOT_NEXT_TICK
    this.update()
  }
}

function tickDrains(drains) {
  for (let i = 0; i < drains.length; i++) {
    // drains.writes are monotonic, so if one is 0 its always the first one
    if (--drains[i].writes === 0) {
      drains.shift().resolve(true)
      i--
    }
  }
}

function afterOpen(err) {
  const stream = this.stream

  if (err) stream.destroy(err)

  if ((stream._duplexState & DESTROYING) === 0) {
    if ((stream._duplexState & READ_PRIMARY_STATUS) === 0) {
      stream._duplexState |= READ_PRIMARY
    }

    if ((stream._duplexState & WRITE_PRIMARY_STATUS) === 0) {
      stream._duplexState |= WRITE_PRIMARY
    }

    stream.emit('open')
  }

  stream._duplexState &= NOT_ACTIVE

  if (stream._writableState !== null) {
    stream._writableState.updateCallback()
  }

  if (stream._readableState !== null) {
    stream._readableState.updateCallback()
  }
}

function afterTransform(err, data) {
  if (data !== undefined && data !== null) this.push(data)
  this._writableState.afterWrite(err)
}

function newListener(name) {
  if (this._readableState !== null) {
    if (name === 'data') {
      this._duplexState |= READ_EMIT_DATA | READ_RESUMED_READ_AHEAD
      this._readableState.updateNextTick()
    }
    if (name === 'readable') {
      this._duplexState |= READ_EMIT_READABLE
      this._readableState.updateNextTick()
    }
  }

  if (this._writableState !== null) {
    if (name === 'drain') {
      this._duplexState |= WRITE_EMIT_DRAIN
      this._writableState.updateNextTick()
    }
  }
}

class Stream extends EventEmitter {
  constructor(opts) {
    super()

    this._duplexState = 0
    this._readableState = null
    this._writableState = null

    if (opts) {
      if (opts.open) this._open = opts.open
      if (opts.destroy) this._destroy = opts.destroy
      if (opts.predestroy) this._predestroy = opts.predestroy
      if (opts.signal) opts.signal.addEventListener('abort', abort.bind(this))
    }

    this.on('newListener', newListener)
  }

  _open(cb) {
    cb(null)
  }

  _destroy(cb) {
    cb(null)
  }

  _predestroy() {
    // does nothing
  }

  get readable() {
    return this._readableState !== null ? true : undefined
  }

  get writable() {
    return this._writableState !== null ? true : undefined
  }

  get destroyed() {
    return (this._duplexState & DESTROYED) !== 0
  }

  get destroying() {
    return (this._duplexState & DESTROY_STATUS) !== 0
  }

  destroy(err) {
    if ((this._duplexState & DESTROY_STATUS) === 0) {
      if (!err) err = StreamError.STREAM_DESTROYED()
      this._duplexState = (this._duplexState | DESTROYING) & NON_PRIMARY

      if (this._readableState !== null) {
        this._readableState.highWaterMark = 0
        this._readableState.error = err
      }

      if (this._writableState !== null) {
        this._writableState.highWaterMark = 0
        this._writableState.error = err
      }

      this._duplexState |= PREDESTROYING
      this._predestroy()
      this._duplexState &= NOT_PREDESTROYING

      if (this._readableState !== null) {
        this._readableState.updateNextTick()
      }

      if (this._writableState !== null) {
        this._writableState.updateNextTick()
      }
    }
  }
}

class Readable extends Stream {
  constructor(opts) {
    super(opts)

    this._duplexState |= OPENING | WRITE_DONE | READ_READ_AHEAD
    this._readableState = new ReadableState(this, opts)

    if (opts) {
      if (this._readableState.readAhead === false) this._duplexState &= READ_NO_READ_AHEAD
      if (opts.read) this._read = opts.read
      if (opts.eagerOpen) this._readableState.updateNextTick()
      if (opts.encoding) this.setEncoding(opts.encoding)
    }
  }

  static deferred(fn, opts) {
    const out = new PassThrough(opts)

    fn()
      .then((src) => {
        if (src === null) return out.end()
        if (out.destroying) return
        pipeline(src, out, noop)
      })
      .catch((err) => out.destroy(err))

    return out
  }

  setEncoding(encoding) {
    const dec = new TextDecoder(encoding)
    const map = this._readableState.map || echo
    this._readableState.map = mapOrSkip
    return this

    function mapOrSkip(data) {
      const next = dec.push(data)
      return next === '' && (data.byteLength !== 0 || dec.remaining > 0) ? null : map(next)
    }
  }

  _read(cb) {
    cb(null)
  }

  pipe(dest, cb) {
    this._readableState.updateNextTick()
    this._readableState.pipe(dest, cb)
    return dest
  }

  read() {
    this._readableState.updateNextTick()
    return this._readableState.read()
  }

  push(data) {
    this._readableState.updateNextTickIfOpen()
    return this._readableState.push(data)
  }

  unshift(data) {
    this._readableState.updateNextTickIfOpen()
    return this._readableState.unshift(data)
  }

  resume() {
    this._duplexState |= READ_RESUMED_READ_AHEAD
    this._readableState.updateNextTick()
    return this
  }

  pause() {
    this._duplexState &=
      this._readableState.readAhead === false ? READ_PAUSED_NO_READ_AHEAD : READ_PAUSED
    return this
  }

  static _fromAsyncIterator(ite, opts) {
    let destroy

    const rs = new Readable({
      ...opts,
      read(cb) {
        ite.next().then(push).then(cb.bind(null, null)).catch(cb)
      },
      predestroy() {
        destroy = ite.return()
      },
      destroy(cb) {
        if (!destroy) return cb(null)
        destroy.then(cb.bind(null, null)).catch(cb)
      }
    })

    return rs

    function push(data) {
      if (data.done) rs.push(null)
      else rs.push(data.value)
    }
  }

  static from(data, opts) {
    if (isReadStreamx(data)) return data
    if (data[asyncIterator]) return this._fromAsyncIterator(data[asyncIterator](), opts)
    if (!Array.isArray(data)) data = data === undefined ? [] : [data]

    let i = 0
    return new Readable({
      ...opts,
      read(cb) {
        this.push(i === data.length ? null : data[i++])
        cb(null)
      }
    })
  }

  static isBackpressured(rs) {
    return (
      (rs._duplexState & READ_BACKPRESSURE_STATUS) !== 0 ||
      rs._readableState.buffered >= rs._readableState.highWaterMark
    )
  }

  static isPaused(rs) {
    return (rs._duplexState & READ_RESUMED) === 0
  }

  [asyncIterator]() {
    const stream = this

    let error = null
    let promiseResolve = null
    let promiseReject = null

    this.on('error', (err) => {
      error = err
    })
    this.on('readable', onreadable)
    this.on('close', onclose)

    return {
      [asyncIterator]() {
        return this
      },
      next() {
        return new Promise(function (resolve, reject) {
          promiseResolve = resolve
          promiseReject = reject
          const data = stream.read()
          if (data !== null) ondata(data)
          else if ((stream._duplexState & DESTROYED) !== 0) ondata(null)
        })
      },
      return() {
        return destroy(null)
      },
      throw(err) {
        return destroy(err)
      }
    }

    function onreadable() {
      if (promiseResolve !== null) ondata(stream.read())
    }

    function onclose() {
      if (promiseResolve !== null) ondata(null)
    }

    function ondata(data) {
      if (promiseReject === null) return
      if (error) {
        promiseReject(error)
      } else if (data === null && (stream._duplexState & READ_DONE) === 0) {
        promiseReject(StreamError.STREAM_DESTROYED())
      } else {
        promiseResolve({ value: data, done: data === null })
      }
      promiseReject = promiseResolve = null
    }

    function destroy(err) {
      stream.destroy(err)
      return new Promise((resolve, reject) => {
        if (stream._duplexState & DESTROYED) return resolve({ value: undefined, done: true })
        stream.once('close', function () {
          if (err) reject(err)
          else resolve({ value: undefined, done: true })
        })
      })
    }
  }
}

class Writable extends Stream {
  constructor(opts) {
    super(opts)

    this._duplexState |= OPENING | READ_DONE
    this._writableState = new WritableState(this, opts)

    if (opts) {
      if (opts.writev) this._writev = opts.writev
      if (opts.write) this._write = opts.write
      if (opts.final) this._final = opts.final
      if (opts.eagerOpen) this._writableState.updateNextTick()
    }
  }

  cork() {
    this._duplexState |= WRITE_CORKED
  }

  uncork() {
    this._duplexState &= WRITE_NOT_CORKED
    this._writableState.updateNextTick()
  }

  _writev(batch, cb) {
    cb(null)
  }

  _write(data, cb) {
    this._writableState.autoBatch(data, cb)
  }

  _final(cb) {
    cb(null)
  }

  static isBackpressured(ws) {
    return (ws._duplexState & WRITE_BACKPRESSURE_STATUS) !== 0
  }

  static drained(ws) {
    if (ws.destroyed) return Promise.resolve(false)

    const state = ws._writableState
    const pending = isWritev(ws) ? Math.min(1, state.queue.length) : state.queue.length
    const writes = pending + (ws._duplexState & WRITE_WRITING ? 1 : 0)
    if (writes === 0) return Promise.resolve(true)

    if (state.drains === null) state.drains = []
    return new Promise((resolve) => {
      state.drains.push({ writes, resolve })
    })
  }

  write(data) {
    this._writableState.updateNextTick()
    return this._writableState.push(data)
  }

  end(data) {
    this._writableState.updateNextTick()
    this._writableState.end(data)
    return this
  }
}

class Duplex extends Readable {
  // and Writable
  constructor(opts) {
    super(opts)

    this._duplexState = OPENING | (this._duplexState & READ_READ_AHEAD)
    this._writableState = new WritableState(this, opts)

    if (opts) {
      if (opts.writev) this._writev = opts.writev
      if (opts.write) this._write = opts.write
      if (opts.final) this._final = opts.final
    }
  }

  cork() {
    this._duplexState |= WRITE_CORKED
  }

  uncork() {
    this._duplexState &= WRITE_NOT_CORKED
    this._writableState.updateNextTick()
  }

  _writev(batch, cb) {
    cb(null)
  }

  _write(data, cb) {
    this._writableState.autoBatch(data, cb)
  }

  _final(cb) {
    cb(null)
  }

  write(data) {
    this._writableState.updateNextTick()
    return this._writableState.push(data)
  }

  end(data) {
    this._writableState.updateNextTick()
    this._writableState.end(data)
    return this
  }
}

class Transform extends Duplex {
  constructor(opts) {
    super(opts)
    this._transformState = new TransformState(this)

    if (opts) {
      if (opts.transform) this._transform = opts.transform
      if (opts.flush) this._flush = opts.flush
    }
  }

  _write(data, cb) {
    if (this._readableState.buffered >= this._readableState.highWaterMark) {
      this._transformState.data = data
    } else {
      this._transform(data, this._transformState.afterTransform)
    }
  }

  _read(cb) {
    if (this._transformState.data !== null) {
      const data = this._transformState.data
      this._transformState.data = null
      cb(null)
      this._transform(data, this._transformState.afterTransform)
    } else {
      cb(null)
    }
  }

  destroy(err) {
    super.destroy(err)
    if (this._transformState.data !== null) {
      this._transformState.data = null
      this._transformState.afterTransform()
    }
  }

  _transform(data, cb) {
    cb(null, data)
  }

  _flush(cb) {
    cb(null)
  }

  _final(cb) {
    this._transformState.afterFinal = cb
    this._flush(transformAfterFlush.bind(this))
  }
}

class PassThrough extends Transform {}

function transformAfterFlush(err, data) {
  const cb = this._transformState.afterFinal
  if (err) return cb(err)

  if (data !== null && data !== undefined) this.push(data)
  this.push(null)
  cb(null)
}

function pipelinePromise(...streams) {
  return new Promise((resolve, reject) => {
    return pipeline(...streams, (err) => {
      if (err) return reject(err)
      resolve()
    })
  })
}

function pipeline(stream, ...streams) {
  const all = Array.isArray(stream) ? [...stream, ...streams] : [stream, ...streams]
  const done = all.length && typeof all[all.length - 1] === 'function' ? all.pop() : null

  if (all.length < 2) throw StreamError.BAD_ARGUMENT('Pipeline requires at least 2 streams')

  let src = all[0]
  let dest = null
  let error = null

  for (let i = 1; i < all.length; i++) {
    dest = all[i]

    if (isStreamx(src)) {
      src.pipe(dest, onerror)
    } else {
      errorHandle(src, true, i > 1, onerror)
      src.pipe(dest)
    }

    src = dest
  }

  if (done) {
    let fin = false

    const autoDestroy =
      isStreamx(dest) || !!(dest._writableState && dest._writableState.autoDestroy)

    dest.on('error', (err) => {
      if (error === null) error = err
    })

    dest.on('finish', () => {
      fin = true
      if (!autoDestroy) done(error)
    })

    if (autoDestroy) {
      dest.on('close', () => done(error || (fin ? null : StreamError.PREMATURE_CLOSE())))
    }
  }

  return dest

  function errorHandle(s, rd, wr, onerror) {
    s.on('error', onerror)
    s.on('close', onclose)

    function onclose() {
      if (rd && s._readableState && !s._readableState.ended) {
        return onerror(StreamError.PREMATURE_CLOSE())
      }
      if (wr && s._writableState && !s._writableState.ended) {
        return onerror(StreamError.PREMATURE_CLOSE())
      }
    }
  }

  function onerror(err) {
    if (!err || error) return
    error = err

    for (const s of all) {
      s.destroy(err)
    }
  }
}

function echo(s) {
  return s
}

function isStream(stream) {
  return !!stream._readableState || !!stream._writableState
}

function isStreamx(stream) {
  return typeof stream._duplexState === 'number' && isStream(stream)
}

function isEnding(stream) {
  return !!stream._readableState && stream._readableState.ending
}

function isEnded(stream) {
  return !!stream._readableState && stream._readableState.ended
}

function isFinishing(stream) {
  return !!stream._writableState && stream._writableState.ending
}

function isFinished(stream) {
  return !!stream._writableState && stream._writableState.ended
}

function getStreamError(stream, opts = {}) {
  const err =
    (stream._readableState && stream._readableState.error) ||
    (stream._writableState && stream._writableState.error)

  // avoid implicit errors by default
  return !opts.all && StreamError.isStreamDestroyed(err) ? null : err
}

function isReadStreamx(stream) {
  return isStreamx(stream) && stream.readable
}

function isDisturbed(stream) {
  return (
    (stream._duplexState & OPENING) !== OPENING ||
    (stream._duplexState & DESTROYING) === DESTROYING ||
    (stream._duplexState & ACTIVE_OR_TICKING) !== 0
  )
}

function isTypedArray(data) {
  return typeof data === 'object' && data !== null && typeof data.byteLength === 'number'
}

function defaultByteLength(data) {
  return isTypedArray(data) ? data.byteLength : 1024
}

function noop() {}

function abort() {
  this.destroy(StreamError.ABORTED())
}

function isWritev(s) {
  return s._writev !== Writable.prototype._writev && s._writev !== Duplex.prototype._writev
}

module.exports = {
  pipeline,
  pipelinePromise,
  isStream,
  isStreamx,
  isEnding,
  isEnded,
  isFinishing,
  isFinished,
  isDisturbed,
  getStreamError,
  Stream,
  Writable,
  Readable,
  Duplex,
  Transform,
  // Export PassThrough for compatibility with Node.js core's stream module
  PassThrough
}


/***/ }),

/***/ 45657:
/***/ ((module) => {

module.exports = class StreamError extends Error {
  constructor(msg, code, fn = StreamError) {
    super(msg)

    this.code = code

    if (Error.captureStackTrace) {
      Error.captureStackTrace(this, fn)
    }
  }

  static isStreamDestroyed(err) {
    return err && err.code === 'STREAM_DESTROYED'
  }

  static isPrematureClose(err) {
    return err && err.code === 'PREMATURE_CLOSE'
  }

  static isAborted(err) {
    return err && err.code === 'ABORTED'
  }

  static isBadArgument(err) {
    return err && err.code === 'BAD_ARGUMENT'
  }

  get name() {
    return 'StreamError'
  }

  static STREAM_DESTROYED() {
    return new StreamError('Stream was destroyed', 'STREAM_DESTROYED', StreamError.STREAM_DESTROYED)
  }

  static PREMATURE_CLOSE(msg = 'Premature close') {
    return new StreamError(msg, 'PREMATURE_CLOSE', StreamError.PREMATURE_CLOSE)
  }

  static ABORTED() {
    return new StreamError('Stream aborted', 'ABORTED', StreamError.ABORTED)
  }

  static BAD_ARGUMENT(msg = 'Bad argument') {
    return new StreamError(msg, 'BAD_ARGUMENT', StreamError.BAD_ARGUMENT)
  }
}


/***/ }),

/***/ 20775:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

const constants = { // just for envs without fs
  S_IFMT: 61440,
  S_IFDIR: 16384,
  S_IFCHR: 8192,
  S_IFBLK: 24576,
  S_IFIFO: 4096,
  S_IFLNK: 40960
}

try {
  module.exports = (__nccwpck_require__(79896).constants) || constants
} catch {
  module.exports = constants
}


/***/ }),

/***/ 35763:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

const { Writable, Readable, getStreamError } = __nccwpck_require__(36204)
const FIFO = __nccwpck_require__(83867)
const b4a = __nccwpck_require__(73057)
const headers = __nccwpck_require__(88428)

const EMPTY = b4a.alloc(0)
const MAX_HEADER_SIZE = 4 * 1024 * 1024 // arbitrary big number

class BufferList {
  constructor () {
    this.buffered = 0
    this.shifted = 0
    this.queue = new FIFO()

    this._offset = 0
  }

  push (buffer) {
    this.buffered += buffer.byteLength
    this.queue.push(buffer)
  }

  shiftFirst (size) {
    return this.buffered === 0 ? null : this._next(size)
  }

  shift (size) {
    if (size > this.buffered) return null
    if (size === 0) return EMPTY

    let chunk = this._next(size)

    if (size === chunk.byteLength) return chunk // likely case

    const chunks = [chunk]

    while ((size -= chunk.byteLength) > 0) {
      chunk = this._next(size)
      chunks.push(chunk)
    }

    return b4a.concat(chunks)
  }

  _next (size) {
    const buf = this.queue.peek()
    const rem = buf.byteLength - this._offset

    if (size >= rem) {
      const sub = this._offset ? buf.subarray(this._offset, buf.byteLength) : buf
      this.queue.shift()
      this._offset = 0
      this.buffered -= rem
      this.shifted += rem
      return sub
    }

    this.buffered -= size
    this.shifted += size

    return buf.subarray(this._offset, (this._offset += size))
  }
}

class Source extends Readable {
  constructor (self, header, offset) {
    super()

    this.header = header
    this.offset = offset

    this._parent = self
  }

  _read (cb) {
    if (this.header.size === 0) {
      this.push(null)
    }
    if (this._parent._stream === this) {
      this._parent._update()
    }
    cb(null)
  }

  _predestroy () {
    this._parent.destroy(getStreamError(this))
  }

  _detach () {
    if (this._parent._stream === this) {
      this._parent._stream = null
      this._parent._missing = overflow(this.header.size)
      this._parent._update()
    }
  }

  _destroy (cb) {
    this._detach()
    cb(null)
  }
}

class Extract extends Writable {
  constructor (opts) {
    super(opts)

    if (!opts) opts = {}

    this._buffer = new BufferList()
    this._offset = 0
    this._header = null
    this._stream = null
    this._missing = 0
    this._longHeader = false
    this._callback = noop
    this._locked = false
    this._finished = false
    this._pax = null
    this._paxGlobal = null
    this._gnuLongPath = null
    this._gnuLongLinkPath = null
    this._filenameEncoding = opts.filenameEncoding || 'utf-8'
    this._allowUnknownFormat = !!opts.allowUnknownFormat
    this._unlockBound = this._unlock.bind(this)
  }

  _unlock (err) {
    this._locked = false

    if (err) {
      this.destroy(err)
      this._continueWrite(err)
      return
    }

    this._update()
  }

  _consumeHeader () {
    if (this._locked) return false

    this._offset = this._buffer.shifted

    try {
      this._header = headers.decode(this._buffer.shift(512), this._filenameEncoding, this._allowUnknownFormat)
    } catch (err) {
      this._continueWrite(err)
      return false
    }

    if (!this._header) return true

    this._header.byteOffset = this._buffer.shifted

    switch (this._header.type) {
      case 'gnu-long-path':
      case 'gnu-long-link-path':
      case 'pax-global-header':
      case 'pax-header':
        this._longHeader = true
        this._missing = this._header.size
        if (this._missing > MAX_HEADER_SIZE) {
          this._continueWrite(new Error('Header exceeds max size'))
          return false
        }
        return true
    }

    this._locked = true
    this._applyLongHeaders()

    if (!(this._header.size >= 0)) {
      this._continueWrite(new Error('Invalid header'))
      return false
    }

    if (this._header.size === 0 || this._header.type === 'directory') {
      this.emit('entry', this._header, this._createStream(), this._unlockBound)
      return true
    }

    this._stream = this._createStream()
    this._missing = this._header.size

    this.emit('entry', this._header, this._stream, this._unlockBound)
    return true
  }

  _applyLongHeaders () {
    if (this._gnuLongPath) {
      this._header.name = this._gnuLongPath
      this._gnuLongPath = null
    }

    if (this._gnuLongLinkPath) {
      this._header.linkname = this._gnuLongLinkPath
      this._gnuLongLinkPath = null
    }

    if (this._pax) {
      if (this._pax.path) this._header.name = this._pax.path
      if (this._pax.linkpath) this._header.linkname = this._pax.linkpath
      if (this._pax.size) this._header.size = parseInt(this._pax.size, 10)
      this._header.pax = this._pax
      this._pax = null
    }
  }

  _decodeLongHeader (buf) {
    switch (this._header.type) {
      case 'gnu-long-path':
        this._gnuLongPath = headers.decodeLongPath(buf, this._filenameEncoding)
        break
      case 'gnu-long-link-path':
        this._gnuLongLinkPath = headers.decodeLongPath(buf, this._filenameEncoding)
        break
      case 'pax-global-header':
        this._paxGlobal = headers.decodePax(buf)
        break
      case 'pax-header':
        this._pax = this._paxGlobal === null
          ? headers.decodePax(buf)
          : Object.assign({}, this._paxGlobal, headers.decodePax(buf))
        break
    }
  }

  _consumeLongHeader () {
    this._longHeader = false
    this._missing = overflow(this._header.size)

    const buf = this._buffer.shift(this._header.size)

    try {
      this._decodeLongHeader(buf)
    } catch (err) {
      this._continueWrite(err)
      return false
    }

    return true
  }

  _consumeStream () {
    const buf = this._buffer.shiftFirst(this._missing)
    if (buf === null) return false

    this._missing -= buf.byteLength
    const drained = this._stream.push(buf)

    if (this._missing === 0) {
      this._stream.push(null)
      if (drained) this._stream._detach()
      return drained && this._locked === false
    }

    return drained
  }

  _createStream () {
    return new Source(this, this._header, this._offset)
  }

  _update () {
    while (this._buffer.buffered > 0 && !this.destroying) {
      if (this._missing > 0) {
        if (this._stream !== null) {
          if (this._consumeStream() === false) return
          continue
        }

        if (this._longHeader === true) {
          if (this._missing > this._buffer.buffered) break
          if (this._consumeLongHeader() === false) return false
          continue
        }

        const ignore = this._buffer.shiftFirst(this._missing)
        if (ignore !== null) this._missing -= ignore.byteLength
        continue
      }

      if (this._buffer.buffered < 512) break
      if (this._stream !== null || this._consumeHeader() === false) return
    }

    this._continueWrite(null)
  }

  _continueWrite (err) {
    const cb = this._callback
    this._callback = noop
    cb(err)
  }

  _write (data, cb) {
    this._callback = cb
    this._buffer.push(data)
    this._update()
  }

  _final (cb) {
    this._finished = this._missing === 0 && this._buffer.buffered === 0
    cb(this._finished ? null : new Error('Unexpected end of data'))
  }

  _predestroy () {
    this._continueWrite(null)
  }

  _destroy (cb) {
    if (this._stream) this._stream.destroy(getStreamError(this))
    cb(null)
  }

  [Symbol.asyncIterator] () {
    let error = null

    let promiseResolve = null
    let promiseReject = null

    let entryStream = null
    let entryCallback = null

    const extract = this

    this.on('entry', onentry)
    this.on('error', (err) => { error = err })
    this.on('close', onclose)

    return {
      [Symbol.asyncIterator] () {
        return this
      },
      next () {
        return new Promise(onnext)
      },
      return () {
        return destroy(null)
      },
      throw (err) {
        return destroy(err)
      }
    }

    function consumeCallback (err) {
      if (!entryCallback) return
      const cb = entryCallback
      entryCallback = null
      cb(err)
    }

    function onnext (resolve, reject) {
      if (error) {
        return reject(error)
      }

      if (entryStream) {
        resolve({ value: entryStream, done: false })
        entryStream = null
        return
      }

      promiseResolve = resolve
      promiseReject = reject

      consumeCallback(null)

      if (extract._finished && promiseResolve) {
        promiseResolve({ value: undefined, done: true })
        promiseResolve = promiseReject = null
      }
    }

    function onentry (header, stream, callback) {
      entryCallback = callback
      stream.on('error', noop) // no way around this due to tick sillyness

      if (promiseResolve) {
        promiseResolve({ value: stream, done: false })
        promiseResolve = promiseReject = null
      } else {
        entryStream = stream
      }
    }

    function onclose () {
      consumeCallback(error)
      if (!promiseResolve) return
      if (error) promiseReject(error)
      else promiseResolve({ value: undefined, done: true })
      promiseResolve = promiseReject = null
    }

    function destroy (err) {
      extract.destroy(err)
      consumeCallback(err)
      return new Promise((resolve, reject) => {
        if (extract.destroyed) return resolve({ value: undefined, done: true })
        extract.once('close', function () {
          if (err) reject(err)
          else resolve({ value: undefined, done: true })
        })
      })
    }
  }
}

module.exports = function extract (opts) {
  return new Extract(opts)
}

function noop () {}

function overflow (size) {
  size &= 511
  return size && 512 - size
}


/***/ }),

/***/ 88428:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const b4a = __nccwpck_require__(73057)

const ZEROS = '0000000000000000000'
const SEVENS = '7777777777777777777'
const ZERO_OFFSET = '0'.charCodeAt(0)
const USTAR_MAGIC = b4a.from([0x75, 0x73, 0x74, 0x61, 0x72, 0x00]) // ustar\x00
const USTAR_VER = b4a.from([ZERO_OFFSET, ZERO_OFFSET])
const GNU_MAGIC = b4a.from([0x75, 0x73, 0x74, 0x61, 0x72, 0x20]) // ustar\x20
const GNU_VER = b4a.from([0x20, 0x00])
const MASK = 0o7777
const MAGIC_OFFSET = 257
const VERSION_OFFSET = 263

exports.decodeLongPath = function decodeLongPath (buf, encoding) {
  return decodeStr(buf, 0, buf.length, encoding)
}

exports.encodePax = function encodePax (opts) { // TODO: encode more stuff in pax
  let result = ''
  if (opts.name) result += addLength(' path=' + opts.name + '\n')
  if (opts.linkname) result += addLength(' linkpath=' + opts.linkname + '\n')
  const pax = opts.pax
  if (pax) {
    for (const key in pax) {
      result += addLength(' ' + key + '=' + pax[key] + '\n')
    }
  }
  return b4a.from(result)
}

exports.decodePax = function decodePax (buf) {
  const result = {}

  while (buf.length) {
    let i = 0
    while (i < buf.length && buf[i] !== 32) i++
    const len = parseInt(b4a.toString(buf.subarray(0, i)), 10)
    if (!len) return result

    const b = b4a.toString(buf.subarray(i + 1, len - 1))
    const keyIndex = b.indexOf('=')
    if (keyIndex === -1) return result
    result[b.slice(0, keyIndex)] = b.slice(keyIndex + 1)

    buf = buf.subarray(len)
  }

  return result
}

exports.encode = function encode (opts) {
  const buf = b4a.alloc(512)
  let name = opts.name
  let prefix = ''

  if (opts.typeflag === 5 && name[name.length - 1] !== '/') name += '/'
  if (b4a.byteLength(name) !== name.length) return null // utf-8

  while (b4a.byteLength(name) > 100) {
    const i = name.indexOf('/')
    if (i === -1) return null
    prefix += prefix ? '/' + name.slice(0, i) : name.slice(0, i)
    name = name.slice(i + 1)
  }

  if (b4a.byteLength(name) > 100 || b4a.byteLength(prefix) > 155) return null
  if (opts.linkname && b4a.byteLength(opts.linkname) > 100) return null

  b4a.write(buf, name)
  b4a.write(buf, encodeOct(opts.mode & MASK, 6), 100)
  b4a.write(buf, encodeOct(opts.uid, 6), 108)
  b4a.write(buf, encodeOct(opts.gid, 6), 116)
  encodeSize(opts.size, buf, 124)
  b4a.write(buf, encodeOct((opts.mtime.getTime() / 1000) | 0, 11), 136)

  buf[156] = ZERO_OFFSET + toTypeflag(opts.type)

  if (opts.linkname) b4a.write(buf, opts.linkname, 157)

  b4a.copy(USTAR_MAGIC, buf, MAGIC_OFFSET)
  b4a.copy(USTAR_VER, buf, VERSION_OFFSET)
  if (opts.uname) b4a.write(buf, opts.uname, 265)
  if (opts.gname) b4a.write(buf, opts.gname, 297)
  b4a.write(buf, encodeOct(opts.devmajor || 0, 6), 329)
  b4a.write(buf, encodeOct(opts.devminor || 0, 6), 337)

  if (prefix) b4a.write(buf, prefix, 345)

  b4a.write(buf, encodeOct(cksum(buf), 6), 148)

  return buf
}

exports.decode = function decode (buf, filenameEncoding, allowUnknownFormat) {
  let typeflag = buf[156] === 0 ? 0 : buf[156] - ZERO_OFFSET

  let name = decodeStr(buf, 0, 100, filenameEncoding)
  const mode = decodeOct(buf, 100, 8)
  const uid = decodeOct(buf, 108, 8)
  const gid = decodeOct(buf, 116, 8)
  const size = decodeOct(buf, 124, 12)
  const mtime = decodeOct(buf, 136, 12)
  const type = toType(typeflag)
  const linkname = buf[157] === 0 ? null : decodeStr(buf, 157, 100, filenameEncoding)
  const uname = decodeStr(buf, 265, 32)
  const gname = decodeStr(buf, 297, 32)
  const devmajor = decodeOct(buf, 329, 8)
  const devminor = decodeOct(buf, 337, 8)

  const c = cksum(buf)

  // checksum is still initial value if header was null.
  if (c === 8 * 32) return null

  // valid checksum
  if (c !== decodeOct(buf, 148, 8)) throw new Error('Invalid tar header. Maybe the tar is corrupted or it needs to be gunzipped?')

  if (isUSTAR(buf)) {
    // ustar (posix) format.
    // prepend prefix, if present.
    if (buf[345]) name = decodeStr(buf, 345, 155, filenameEncoding) + '/' + name
  } else if (isGNU(buf)) {
    // 'gnu'/'oldgnu' format. Similar to ustar, but has support for incremental and
    // multi-volume tarballs.
  } else {
    if (!allowUnknownFormat) {
      throw new Error('Invalid tar header: unknown format.')
    }
  }

  // to support old tar versions that use trailing / to indicate dirs
  if (typeflag === 0 && name && name[name.length - 1] === '/') typeflag = 5

  return {
    name,
    mode,
    uid,
    gid,
    size,
    byteOffset: 0,
    mtime: new Date(1000 * mtime),
    type,
    linkname,
    uname,
    gname,
    devmajor,
    devminor,
    pax: null
  }
}

function isUSTAR (buf) {
  return b4a.equals(USTAR_MAGIC, buf.subarray(MAGIC_OFFSET, MAGIC_OFFSET + 6))
}

function isGNU (buf) {
  return b4a.equals(GNU_MAGIC, buf.subarray(MAGIC_OFFSET, MAGIC_OFFSET + 6)) &&
    b4a.equals(GNU_VER, buf.subarray(VERSION_OFFSET, VERSION_OFFSET + 2))
}

function clamp (index, len, defaultValue) {
  if (typeof index !== 'number') return defaultValue
  index = ~~index // Coerce to integer.
  if (index >= len) return len
  if (index >= 0) return index
  index += len
  if (index >= 0) return index
  return 0
}

function toType (flag) {
  switch (flag) {
    case 0:
      return 'file'
    case 1:
      return 'link'
    case 2:
      return 'symlink'
    case 3:
      return 'character-device'
    case 4:
      return 'block-device'
    case 5:
      return 'directory'
    case 6:
      return 'fifo'
    case 7:
      return 'contiguous-file'
    case 72:
      return 'pax-header'
    case 55:
      return 'pax-global-header'
    case 27:
      return 'gnu-long-link-path'
    case 28:
    case 30:
      return 'gnu-long-path'
  }

  return null
}

function toTypeflag (flag) {
  switch (flag) {
    case 'file':
      return 0
    case 'link':
      return 1
    case 'symlink':
      return 2
    case 'character-device':
      return 3
    case 'block-device':
      return 4
    case 'directory':
      return 5
    case 'fifo':
      return 6
    case 'contiguous-file':
      return 7
    case 'pax-header':
      return 72
  }

  return 0
}

function indexOf (block, num, offset, end) {
  for (; offset < end; offset++) {
    if (block[offset] === num) return offset
  }
  return end
}

function cksum (block) {
  let sum = 8 * 32
  for (let i = 0; i < 148; i++) sum += block[i]
  for (let j = 156; j < 512; j++) sum += block[j]
  return sum
}

function encodeOct (val, n) {
  val = val.toString(8)
  if (val.length > n) return SEVENS.slice(0, n) + ' '
  return ZEROS.slice(0, n - val.length) + val + ' '
}

function encodeSizeBin (num, buf, off) {
  buf[off] = 0x80
  for (let i = 11; i > 0; i--) {
    buf[off + i] = num & 0xff
    num = Math.floor(num / 0x100)
  }
}

function encodeSize (num, buf, off) {
  if (num.toString(8).length > 11) {
    encodeSizeBin(num, buf, off)
  } else {
    b4a.write(buf, encodeOct(num, 11), off)
  }
}

/* Copied from the node-tar repo and modified to meet
 * tar-stream coding standard.
 *
 * Source: https://github.com/npm/node-tar/blob/51b6627a1f357d2eb433e7378e5f05e83b7aa6cd/lib/header.js#L349
 */
function parse256 (buf) {
  // first byte MUST be either 80 or FF
  // 80 for positive, FF for 2's comp
  let positive
  if (buf[0] === 0x80) positive = true
  else if (buf[0] === 0xFF) positive = false
  else return null

  // build up a base-256 tuple from the least sig to the highest
  const tuple = []
  let i
  for (i = buf.length - 1; i > 0; i--) {
    const byte = buf[i]
    if (positive) tuple.push(byte)
    else tuple.push(0xFF - byte)
  }

  let sum = 0
  const l = tuple.length
  for (i = 0; i < l; i++) {
    sum += tuple[i] * Math.pow(256, i)
  }

  return positive ? sum : -1 * sum
}

function decodeOct (val, offset, length) {
  val = val.subarray(offset, offset + length)
  offset = 0

  // If prefixed with 0x80 then parse as a base-256 integer
  if (val[offset] & 0x80) {
    return parse256(val)
  } else {
    // Older versions of tar can prefix with spaces
    while (offset < val.length && val[offset] === 32) offset++
    const end = clamp(indexOf(val, 32, offset, val.length), val.length, val.length)
    while (offset < end && val[offset] === 0) offset++
    if (end === offset) return 0
    return parseInt(b4a.toString(val.subarray(offset, end)), 8)
  }
}

function decodeStr (val, offset, length, encoding) {
  return b4a.toString(val.subarray(offset, indexOf(val, 0, offset, offset + length)), encoding)
}

function addLength (str) {
  const len = b4a.byteLength(str)
  let digits = Math.floor(Math.log(len) / Math.log(10)) + 1
  if (len + digits >= Math.pow(10, digits)) digits++

  return (len + digits) + str
}


/***/ }),

/***/ 56118:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

/* unused reexport */ __nccwpck_require__(35763)
exports.pack = __nccwpck_require__(80861)


/***/ }),

/***/ 80861:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

const { Readable, Writable, getStreamError } = __nccwpck_require__(36204)
const b4a = __nccwpck_require__(73057)

const constants = __nccwpck_require__(20775)
const headers = __nccwpck_require__(88428)

const DMODE = 0o755
const FMODE = 0o644

const END_OF_TAR = b4a.alloc(1024)

class Sink extends Writable {
  constructor (pack, header, callback) {
    super({ mapWritable, eagerOpen: true })

    this.written = 0
    this.header = header

    this._callback = callback
    this._linkname = null
    this._isLinkname = header.type === 'symlink' && !header.linkname
    this._isVoid = header.type !== 'file' && header.type !== 'contiguous-file'
    this._finished = false
    this._pack = pack
    this._openCallback = null

    if (this._pack._stream === null) this._pack._stream = this
    else this._pack._pending.push(this)
  }

  _open (cb) {
    this._openCallback = cb
    if (this._pack._stream === this) this._continueOpen()
  }

  _continuePack (err) {
    if (this._callback === null) return

    const callback = this._callback
    this._callback = null

    callback(err)
  }

  _continueOpen () {
    if (this._pack._stream === null) this._pack._stream = this

    const cb = this._openCallback
    this._openCallback = null
    if (cb === null) return

    if (this._pack.destroying) return cb(new Error('pack stream destroyed'))
    if (this._pack._finalized) return cb(new Error('pack stream is already finalized'))

    this._pack._stream = this

    if (!this._isLinkname) {
      this._pack._encode(this.header)
    }

    if (this._isVoid) {
      this._finish()
      this._continuePack(null)
    }

    cb(null)
  }

  _write (data, cb) {
    if (this._isLinkname) {
      this._linkname = this._linkname ? b4a.concat([this._linkname, data]) : data
      return cb(null)
    }

    if (this._isVoid) {
      if (data.byteLength > 0) {
        return cb(new Error('No body allowed for this entry'))
      }
      return cb()
    }

    this.written += data.byteLength
    if (this._pack.push(data)) return cb()
    this._pack._drain = cb
  }

  _finish () {
    if (this._finished) return
    this._finished = true

    if (this._isLinkname) {
      this.header.linkname = this._linkname ? b4a.toString(this._linkname, 'utf-8') : ''
      this._pack._encode(this.header)
    }

    overflow(this._pack, this.header.size)

    this._pack._done(this)
  }

  _final (cb) {
    if (this.written !== this.header.size) { // corrupting tar
      return cb(new Error('Size mismatch'))
    }

    this._finish()
    cb(null)
  }

  _getError () {
    return getStreamError(this) || new Error('tar entry destroyed')
  }

  _predestroy () {
    this._pack.destroy(this._getError())
  }

  _destroy (cb) {
    this._pack._done(this)

    this._continuePack(this._finished ? null : this._getError())

    cb()
  }
}

class Pack extends Readable {
  constructor (opts) {
    super(opts)
    this._drain = noop
    this._finalized = false
    this._finalizing = false
    this._pending = []
    this._stream = null
  }

  entry (header, buffer, callback) {
    if (this._finalized || this.destroying) throw new Error('already finalized or destroyed')

    if (typeof buffer === 'function') {
      callback = buffer
      buffer = null
    }

    if (!callback) callback = noop

    if (!header.size || header.type === 'symlink') header.size = 0
    if (!header.type) header.type = modeToType(header.mode)
    if (!header.mode) header.mode = header.type === 'directory' ? DMODE : FMODE
    if (!header.uid) header.uid = 0
    if (!header.gid) header.gid = 0
    if (!header.mtime) header.mtime = new Date()

    if (typeof buffer === 'string') buffer = b4a.from(buffer)

    const sink = new Sink(this, header, callback)

    if (b4a.isBuffer(buffer)) {
      header.size = buffer.byteLength
      sink.write(buffer)
      sink.end()
      return sink
    }

    if (sink._isVoid) {
      return sink
    }

    return sink
  }

  finalize () {
    if (this._stream || this._pending.length > 0) {
      this._finalizing = true
      return
    }

    if (this._finalized) return
    this._finalized = true

    this.push(END_OF_TAR)
    this.push(null)
  }

  _done (stream) {
    if (stream !== this._stream) return

    this._stream = null

    if (this._finalizing) this.finalize()
    if (this._pending.length) this._pending.shift()._continueOpen()
  }

  _encode (header) {
    if (!header.pax) {
      const buf = headers.encode(header)
      if (buf) {
        this.push(buf)
        return
      }
    }
    this._encodePax(header)
  }

  _encodePax (header) {
    const paxHeader = headers.encodePax({
      name: header.name,
      linkname: header.linkname,
      pax: header.pax
    })

    const newHeader = {
      name: 'PaxHeader',
      mode: header.mode,
      uid: header.uid,
      gid: header.gid,
      size: paxHeader.byteLength,
      mtime: header.mtime,
      type: 'pax-header',
      linkname: header.linkname && 'PaxHeader',
      uname: header.uname,
      gname: header.gname,
      devmajor: header.devmajor,
      devminor: header.devminor
    }

    this.push(headers.encode(newHeader))
    this.push(paxHeader)
    overflow(this, paxHeader.byteLength)

    newHeader.size = header.size
    newHeader.type = header.type
    this.push(headers.encode(newHeader))
  }

  _doDrain () {
    const drain = this._drain
    this._drain = noop
    drain()
  }

  _predestroy () {
    const err = getStreamError(this)

    if (this._stream) this._stream.destroy(err)

    while (this._pending.length) {
      const stream = this._pending.shift()
      stream.destroy(err)
      stream._continueOpen()
    }

    this._doDrain()
  }

  _read (cb) {
    this._doDrain()
    cb()
  }
}

module.exports = function pack (opts) {
  return new Pack(opts)
}

function modeToType (mode) {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFBLK: return 'block-device'
    case constants.S_IFCHR: return 'character-device'
    case constants.S_IFDIR: return 'directory'
    case constants.S_IFIFO: return 'fifo'
    case constants.S_IFLNK: return 'symlink'
  }

  return 'file'
}

function noop () {}

function overflow (self, size) {
  size &= 511
  if (size) self.push(END_OF_TAR.subarray(0, 512 - size))
}

function mapWritable (buf) {
  return b4a.isBuffer(buf) ? buf : b4a.from(buf)
}


/***/ }),

/***/ 97934:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

const PassThroughDecoder = __nccwpck_require__(47256)
const UTF8Decoder = __nccwpck_require__(86414)

module.exports = class TextDecoder {
  constructor(encoding = 'utf8') {
    this.encoding = normalizeEncoding(encoding)

    switch (this.encoding) {
      case 'utf8':
        this.decoder = new UTF8Decoder()
        break
      case 'utf16le':
      case 'base64':
        throw new Error('Unsupported encoding: ' + this.encoding)
      default:
        this.decoder = new PassThroughDecoder(this.encoding)
    }
  }

  get remaining() {
    return this.decoder.remaining
  }

  push(data) {
    if (typeof data === 'string') return data
    return this.decoder.decode(data)
  }

  // For Node.js compatibility
  write(data) {
    return this.push(data)
  }

  end(data) {
    let result = ''
    if (data) result = this.push(data)
    result += this.decoder.flush()
    return result
  }
}

function normalizeEncoding(encoding) {
  encoding = encoding.toLowerCase()

  switch (encoding) {
    case 'utf8':
    case 'utf-8':
      return 'utf8'
    case 'ucs2':
    case 'ucs-2':
    case 'utf16le':
    case 'utf-16le':
      return 'utf16le'
    case 'latin1':
    case 'binary':
      return 'latin1'
    case 'base64':
    case 'ascii':
    case 'hex':
      return encoding
    default:
      throw new Error('Unknown encoding: ' + encoding)
  }
}


/***/ }),

/***/ 47256:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

const b4a = __nccwpck_require__(73057)

module.exports = class PassThroughDecoder {
  constructor(encoding) {
    this.encoding = encoding
  }

  get remaining() {
    return 0
  }

  decode(data) {
    return b4a.toString(data, this.encoding)
  }

  flush() {
    return ''
  }
}


/***/ }),

/***/ 86414:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

const b4a = __nccwpck_require__(73057)

/**
 * https://encoding.spec.whatwg.org/#utf-8-decoder
 */
module.exports = class UTF8Decoder {
  constructor() {
    this._reset()
  }

  get remaining() {
    return this.bytesSeen
  }

  decode(data) {
    if (data.byteLength === 0) return ''

    if (this.bytesNeeded === 0 && trailingIncomplete(data, 0) === 0) {
      this.bytesSeen = trailingBytesSeen(data)
      return b4a.toString(data, 'utf8')
    }

    let result = ''
    let start = 0

    if (this.bytesNeeded > 0) {
      while (start < data.byteLength) {
        const byte = data[start]

        if (byte < this.lowerBoundary || byte > this.upperBoundary) {
          result += '\ufffd'
          this._reset()
          break
        }

        this.lowerBoundary = 0x80
        this.upperBoundary = 0xbf
        this.codePoint = (this.codePoint << 6) | (byte & 0x3f)
        this.bytesSeen++
        start++

        if (this.bytesSeen === this.bytesNeeded) {
          result += String.fromCodePoint(this.codePoint)
          this._reset()
          break
        }
      }

      if (this.bytesNeeded > 0) return result
    }

    const trailing = trailingIncomplete(data, start)
    const end = data.byteLength - trailing

    if (end > start) result += b4a.toString(data, 'utf8', start, end)

    for (let i = end; i < data.byteLength; i++) {
      const byte = data[i]

      if (this.bytesNeeded === 0) {
        if (byte <= 0x7f) {
          this.bytesSeen = 0
          result += String.fromCharCode(byte)
        } else if (byte >= 0xc2 && byte <= 0xdf) {
          this.bytesNeeded = 2
          this.bytesSeen = 1
          this.codePoint = byte & 0x1f
        } else if (byte >= 0xe0 && byte <= 0xef) {
          if (byte === 0xe0) this.lowerBoundary = 0xa0
          else if (byte === 0xed) this.upperBoundary = 0x9f
          this.bytesNeeded = 3
          this.bytesSeen = 1
          this.codePoint = byte & 0xf
        } else if (byte >= 0xf0 && byte <= 0xf4) {
          if (byte === 0xf0) this.lowerBoundary = 0x90
          else if (byte === 0xf4) this.upperBoundary = 0x8f
          this.bytesNeeded = 4
          this.bytesSeen = 1
          this.codePoint = byte & 0x7
        } else {
          this.bytesSeen = 1
          result += '\ufffd'
        }

        continue
      }

      if (byte < this.lowerBoundary || byte > this.upperBoundary) {
        result += '\ufffd'
        i--
        this._reset()

        continue
      }

      this.lowerBoundary = 0x80
      this.upperBoundary = 0xbf

      this.codePoint = (this.codePoint << 6) | (byte & 0x3f)
      this.bytesSeen++

      if (this.bytesSeen === this.bytesNeeded) {
        result += String.fromCodePoint(this.codePoint)
        this._reset()
      }
    }

    return result
  }

  flush() {
    const result = this.bytesNeeded > 0 ? '\ufffd' : ''
    this._reset()
    return result
  }

  _reset() {
    this.codePoint = 0
    this.bytesNeeded = 0
    this.bytesSeen = 0
    this.lowerBoundary = 0x80
    this.upperBoundary = 0xbf
  }
}

function trailingIncomplete(data, start) {
  const len = data.byteLength
  if (len <= start) return 0

  const limit = Math.max(start, len - 4)

  let i = len - 1
  while (i > limit && (data[i] & 0xc0) === 0x80) i--

  if (i < start) return 0

  const byte = data[i]

  let needed
  if (byte <= 0x7f) return 0
  if (byte >= 0xc2 && byte <= 0xdf) needed = 2
  else if (byte >= 0xe0 && byte <= 0xef) needed = 3
  else if (byte >= 0xf0 && byte <= 0xf4) needed = 4
  else return 0

  const available = len - i
  return available < needed ? available : 0
}

function trailingBytesSeen(data) {
  const len = data.byteLength
  if (len === 0) return 0

  const last = data[len - 1]

  if (last <= 0x7f) return 0
  if ((last & 0xc0) !== 0x80) return 1

  const limit = Math.max(0, len - 4)

  let i = len - 2
  while (i >= limit && (data[i] & 0xc0) === 0x80) i--

  if (i < 0) return 1

  const first = data[i]

  let needed
  if (first >= 0xc2 && first <= 0xdf) needed = 2
  else if (first >= 0xe0 && first <= 0xef) needed = 3
  else if (first >= 0xf0 && first <= 0xf4) needed = 4
  else return 1

  if (len - i !== needed) return 1

  if (needed >= 3) {
    const second = data[i + 1]
    if (first === 0xe0 && second < 0xa0) return 1
    if (first === 0xed && second > 0x9f) return 1
    if (first === 0xf0 && second < 0x90) return 1
    if (first === 0xf4 && second > 0x8f) return 1
  }

  return 0
}


/***/ }),

/***/ 42613:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("assert");

/***/ }),

/***/ 20181:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("buffer");

/***/ }),

/***/ 35317:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("child_process");

/***/ }),

/***/ 29907:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("cluster");

/***/ }),

/***/ 76982:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("crypto");

/***/ }),

/***/ 72250:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("dns");

/***/ }),

/***/ 24434:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("events");

/***/ }),

/***/ 79896:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("fs");

/***/ }),

/***/ 58611:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("http");

/***/ }),

/***/ 65692:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("https");

/***/ }),

/***/ 73339:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("module");

/***/ }),

/***/ 69278:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("net");

/***/ }),

/***/ 34589:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:assert");

/***/ }),

/***/ 16698:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:async_hooks");

/***/ }),

/***/ 4573:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:buffer");

/***/ }),

/***/ 31421:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");

/***/ }),

/***/ 37540:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:console");

/***/ }),

/***/ 77598:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");

/***/ }),

/***/ 53053:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:diagnostics_channel");

/***/ }),

/***/ 40610:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:dns");

/***/ }),

/***/ 78474:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");

/***/ }),

/***/ 73024:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 51455:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");

/***/ }),

/***/ 37067:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");

/***/ }),

/***/ 32467:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http2");

/***/ }),

/***/ 44708:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:https");

/***/ }),

/***/ 77030:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");

/***/ }),

/***/ 48161:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");

/***/ }),

/***/ 76760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 643:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:perf_hooks");

/***/ }),

/***/ 1708:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:process");

/***/ }),

/***/ 41792:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:querystring");

/***/ }),

/***/ 80099:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:sqlite");

/***/ }),

/***/ 57075:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream");

/***/ }),

/***/ 46466:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/promises");

/***/ }),

/***/ 87997:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers");

/***/ }),

/***/ 41692:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:tls");

/***/ }),

/***/ 73136:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:url");

/***/ }),

/***/ 57975:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");

/***/ }),

/***/ 73429:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util/types");

/***/ }),

/***/ 78877:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:v8");

/***/ }),

/***/ 75919:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:worker_threads");

/***/ }),

/***/ 38522:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:zlib");

/***/ }),

/***/ 70857:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("os");

/***/ }),

/***/ 16928:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("path");

/***/ }),

/***/ 82987:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("perf_hooks");

/***/ }),

/***/ 932:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("process");

/***/ }),

/***/ 83480:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("querystring");

/***/ }),

/***/ 2203:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("stream");

/***/ }),

/***/ 53557:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("timers");

/***/ }),

/***/ 64756:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("tls");

/***/ }),

/***/ 52018:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("tty");

/***/ }),

/***/ 87016:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("url");

/***/ }),

/***/ 39023:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("util");

/***/ }),

/***/ 11493:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("v8");

/***/ }),

/***/ 28167:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("worker_threads");

/***/ }),

/***/ 43106:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("zlib");

/***/ }),

/***/ 18909:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { Argument } = __nccwpck_require__(49154);
const { Command } = __nccwpck_require__(34348);
const { CommanderError, InvalidArgumentError } = __nccwpck_require__(41135);
const { Help } = __nccwpck_require__(79754);
const { Option } = __nccwpck_require__(45240);

exports.DM = new Command();

exports.gu = (name) => new Command(name);
exports.Ww = (flags, description) => new Option(flags, description);
exports.er = (name, description) => new Argument(name, description);

/**
 * Expose classes
 */

exports.uB = Command;
exports.c$ = Option;
exports.ef = Argument;
exports._V = Help;

exports.b7 = CommanderError;
exports.Di = InvalidArgumentError;
exports.a2 = InvalidArgumentError; // Deprecated


/***/ }),

/***/ 49154:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { InvalidArgumentError } = __nccwpck_require__(41135);

class Argument {
  /**
   * Initialize a new command argument with the given name and description.
   * The default is that the argument is required, and you can explicitly
   * indicate this with <> around the name. Put [] around the name for an optional argument.
   *
   * @param {string} name
   * @param {string} [description]
   */

  constructor(name, description) {
    this.description = description || '';
    this.variadic = false;
    this.parseArg = undefined;
    this.defaultValue = undefined;
    this.defaultValueDescription = undefined;
    this.argChoices = undefined;

    switch (name[0]) {
      case '<': // e.g. <required>
        this.required = true;
        this._name = name.slice(1, -1);
        break;
      case '[': // e.g. [optional]
        this.required = false;
        this._name = name.slice(1, -1);
        break;
      default:
        this.required = true;
        this._name = name;
        break;
    }

    if (this._name.endsWith('...')) {
      this.variadic = true;
      this._name = this._name.slice(0, -3);
    }
  }

  /**
   * Return argument name.
   *
   * @return {string}
   */

  name() {
    return this._name;
  }

  /**
   * @package
   */

  _collectValue(value, previous) {
    if (previous === this.defaultValue || !Array.isArray(previous)) {
      return [value];
    }

    previous.push(value);
    return previous;
  }

  /**
   * Set the default value, and optionally supply the description to be displayed in the help.
   *
   * @param {*} value
   * @param {string} [description]
   * @return {Argument}
   */

  default(value, description) {
    this.defaultValue = value;
    this.defaultValueDescription = description;
    return this;
  }

  /**
   * Set the custom handler for processing CLI command arguments into argument values.
   *
   * @param {Function} [fn]
   * @return {Argument}
   */

  argParser(fn) {
    this.parseArg = fn;
    return this;
  }

  /**
   * Only allow argument value to be one of choices.
   *
   * @param {string[]} values
   * @return {Argument}
   */

  choices(values) {
    this.argChoices = values.slice();
    this.parseArg = (arg, previous) => {
      if (!this.argChoices.includes(arg)) {
        throw new InvalidArgumentError(
          `Allowed choices are ${this.argChoices.join(', ')}.`,
        );
      }
      if (this.variadic) {
        return this._collectValue(arg, previous);
      }
      return arg;
    };
    return this;
  }

  /**
   * Make argument required.
   *
   * @returns {Argument}
   */
  argRequired() {
    this.required = true;
    return this;
  }

  /**
   * Make argument optional.
   *
   * @returns {Argument}
   */
  argOptional() {
    this.required = false;
    return this;
  }
}

/**
 * Takes an argument and returns its human readable equivalent for help usage.
 *
 * @param {Argument} arg
 * @return {string}
 * @private
 */

function humanReadableArgName(arg) {
  const nameOutput = arg.name() + (arg.variadic === true ? '...' : '');

  return arg.required ? '<' + nameOutput + '>' : '[' + nameOutput + ']';
}

exports.Argument = Argument;
exports.humanReadableArgName = humanReadableArgName;


/***/ }),

/***/ 34348:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const EventEmitter = (__nccwpck_require__(78474).EventEmitter);
const childProcess = __nccwpck_require__(31421);
const path = __nccwpck_require__(76760);
const fs = __nccwpck_require__(73024);
const process = __nccwpck_require__(1708);

const { Argument, humanReadableArgName } = __nccwpck_require__(49154);
const { CommanderError } = __nccwpck_require__(41135);
const { Help, stripColor } = __nccwpck_require__(79754);
const { Option, DualOptions } = __nccwpck_require__(45240);
const { suggestSimilar } = __nccwpck_require__(65030);

class Command extends EventEmitter {
  /**
   * Initialize a new `Command`.
   *
   * @param {string} [name]
   */

  constructor(name) {
    super();
    /** @type {Command[]} */
    this.commands = [];
    /** @type {Option[]} */
    this.options = [];
    this.parent = null;
    this._allowUnknownOption = false;
    this._allowExcessArguments = false;
    /** @type {Argument[]} */
    this.registeredArguments = [];
    this._args = this.registeredArguments; // deprecated old name
    /** @type {string[]} */
    this.args = []; // cli args with options removed
    this.rawArgs = [];
    this.processedArgs = []; // like .args but after custom processing and collecting variadic
    this._scriptPath = null;
    this._name = name || '';
    this._optionValues = {};
    this._optionValueSources = {}; // default, env, cli etc
    this._storeOptionsAsProperties = false;
    this._actionHandler = null;
    this._executableHandler = false;
    this._executableFile = null; // custom name for executable
    this._executableDir = null; // custom search directory for subcommands
    this._defaultCommandName = null;
    this._exitCallback = null;
    this._aliases = [];
    this._combineFlagAndOptionalValue = true;
    this._description = '';
    this._summary = '';
    this._argsDescription = undefined; // legacy
    this._enablePositionalOptions = false;
    this._passThroughOptions = false;
    this._lifeCycleHooks = {}; // a hash of arrays
    /** @type {(boolean | string)} */
    this._showHelpAfterError = false;
    this._showSuggestionAfterError = true;
    this._savedState = null; // used in save/restoreStateBeforeParse

    // see configureOutput() for docs
    this._outputConfiguration = {
      writeOut: (str) => process.stdout.write(str),
      writeErr: (str) => process.stderr.write(str),
      outputError: (str, write) => write(str),
      getOutHelpWidth: () =>
        process.stdout.isTTY ? process.stdout.columns : undefined,
      getErrHelpWidth: () =>
        process.stderr.isTTY ? process.stderr.columns : undefined,
      getOutHasColors: () =>
        useColor() ?? (process.stdout.isTTY && process.stdout.hasColors?.()),
      getErrHasColors: () =>
        useColor() ?? (process.stderr.isTTY && process.stderr.hasColors?.()),
      stripColor: (str) => stripColor(str),
    };

    this._hidden = false;
    /** @type {(Option | null | undefined)} */
    this._helpOption = undefined; // Lazy created on demand. May be null if help option is disabled.
    this._addImplicitHelpCommand = undefined; // undecided whether true or false yet, not inherited
    /** @type {Command} */
    this._helpCommand = undefined; // lazy initialised, inherited
    this._helpConfiguration = {};
    /** @type {string | undefined} */
    this._helpGroupHeading = undefined; // soft initialised when added to parent
    /** @type {string | undefined} */
    this._defaultCommandGroup = undefined;
    /** @type {string | undefined} */
    this._defaultOptionGroup = undefined;
  }

  /**
   * Copy settings that are useful to have in common across root command and subcommands.
   *
   * (Used internally when adding a command using `.command()` so subcommands inherit parent settings.)
   *
   * @param {Command} sourceCommand
   * @return {Command} `this` command for chaining
   */
  copyInheritedSettings(sourceCommand) {
    this._outputConfiguration = sourceCommand._outputConfiguration;
    this._helpOption = sourceCommand._helpOption;
    this._helpCommand = sourceCommand._helpCommand;
    this._helpConfiguration = sourceCommand._helpConfiguration;
    this._exitCallback = sourceCommand._exitCallback;
    this._storeOptionsAsProperties = sourceCommand._storeOptionsAsProperties;
    this._combineFlagAndOptionalValue =
      sourceCommand._combineFlagAndOptionalValue;
    this._allowExcessArguments = sourceCommand._allowExcessArguments;
    this._enablePositionalOptions = sourceCommand._enablePositionalOptions;
    this._showHelpAfterError = sourceCommand._showHelpAfterError;
    this._showSuggestionAfterError = sourceCommand._showSuggestionAfterError;

    return this;
  }

  /**
   * @returns {Command[]}
   * @private
   */

  _getCommandAndAncestors() {
    const result = [];
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    for (let command = this; command; command = command.parent) {
      result.push(command);
    }
    return result;
  }

  /**
   * Define a command.
   *
   * There are two styles of command: pay attention to where to put the description.
   *
   * @example
   * // Command implemented using action handler (description is supplied separately to `.command`)
   * program
   *   .command('clone <source> [destination]')
   *   .description('clone a repository into a newly created directory')
   *   .action((source, destination) => {
   *     console.log('clone command called');
   *   });
   *
   * // Command implemented using separate executable file (description is second parameter to `.command`)
   * program
   *   .command('start <service>', 'start named service')
   *   .command('stop [service]', 'stop named service, or all if no name supplied');
   *
   * @param {string} nameAndArgs - command name and arguments, args are `<required>` or `[optional]` and last may also be `variadic...`
   * @param {(object | string)} [actionOptsOrExecDesc] - configuration options (for action), or description (for executable)
   * @param {object} [execOpts] - configuration options (for executable)
   * @return {Command} returns new command for action handler, or `this` for executable command
   */

  command(nameAndArgs, actionOptsOrExecDesc, execOpts) {
    let desc = actionOptsOrExecDesc;
    let opts = execOpts;
    if (typeof desc === 'object' && desc !== null) {
      opts = desc;
      desc = null;
    }
    opts = opts || {};
    const [, name, args] = nameAndArgs.match(/([^ ]+) *(.*)/);

    const cmd = this.createCommand(name);
    if (desc) {
      cmd.description(desc);
      cmd._executableHandler = true;
    }
    if (opts.isDefault) this._defaultCommandName = cmd._name;
    cmd._hidden = !!(opts.noHelp || opts.hidden); // noHelp is deprecated old name for hidden
    cmd._executableFile = opts.executableFile || null; // Custom name for executable file, set missing to null to match constructor
    if (args) cmd.arguments(args);
    this._registerCommand(cmd);
    cmd.parent = this;
    cmd.copyInheritedSettings(this);

    if (desc) return this;
    return cmd;
  }

  /**
   * Factory routine to create a new unattached command.
   *
   * See .command() for creating an attached subcommand, which uses this routine to
   * create the command. You can override createCommand to customise subcommands.
   *
   * @param {string} [name]
   * @return {Command} new command
   */

  createCommand(name) {
    return new Command(name);
  }

  /**
   * You can customise the help with a subclass of Help by overriding createHelp,
   * or by overriding Help properties using configureHelp().
   *
   * @return {Help}
   */

  createHelp() {
    return Object.assign(new Help(), this.configureHelp());
  }

  /**
   * You can customise the help by overriding Help properties using configureHelp(),
   * or with a subclass of Help by overriding createHelp().
   *
   * @param {object} [configuration] - configuration options
   * @return {(Command | object)} `this` command for chaining, or stored configuration
   */

  configureHelp(configuration) {
    if (configuration === undefined) return this._helpConfiguration;

    this._helpConfiguration = configuration;
    return this;
  }

  /**
   * The default output goes to stdout and stderr. You can customise this for special
   * applications. You can also customise the display of errors by overriding outputError.
   *
   * The configuration properties are all functions:
   *
   *     // change how output being written, defaults to stdout and stderr
   *     writeOut(str)
   *     writeErr(str)
   *     // change how output being written for errors, defaults to writeErr
   *     outputError(str, write) // used for displaying errors and not used for displaying help
   *     // specify width for wrapping help
   *     getOutHelpWidth()
   *     getErrHelpWidth()
   *     // color support, currently only used with Help
   *     getOutHasColors()
   *     getErrHasColors()
   *     stripColor() // used to remove ANSI escape codes if output does not have colors
   *
   * @param {object} [configuration] - configuration options
   * @return {(Command | object)} `this` command for chaining, or stored configuration
   */

  configureOutput(configuration) {
    if (configuration === undefined) return this._outputConfiguration;

    this._outputConfiguration = {
      ...this._outputConfiguration,
      ...configuration,
    };
    return this;
  }

  /**
   * Display the help or a custom message after an error occurs.
   *
   * @param {(boolean|string)} [displayHelp]
   * @return {Command} `this` command for chaining
   */
  showHelpAfterError(displayHelp = true) {
    if (typeof displayHelp !== 'string') displayHelp = !!displayHelp;
    this._showHelpAfterError = displayHelp;
    return this;
  }

  /**
   * Display suggestion of similar commands for unknown commands, or options for unknown options.
   *
   * @param {boolean} [displaySuggestion]
   * @return {Command} `this` command for chaining
   */
  showSuggestionAfterError(displaySuggestion = true) {
    this._showSuggestionAfterError = !!displaySuggestion;
    return this;
  }

  /**
   * Add a prepared subcommand.
   *
   * See .command() for creating an attached subcommand which inherits settings from its parent.
   *
   * @param {Command} cmd - new subcommand
   * @param {object} [opts] - configuration options
   * @return {Command} `this` command for chaining
   */

  addCommand(cmd, opts) {
    if (!cmd._name) {
      throw new Error(`Command passed to .addCommand() must have a name
- specify the name in Command constructor or using .name()`);
    }

    opts = opts || {};
    if (opts.isDefault) this._defaultCommandName = cmd._name;
    if (opts.noHelp || opts.hidden) cmd._hidden = true; // modifying passed command due to existing implementation

    this._registerCommand(cmd);
    cmd.parent = this;
    cmd._checkForBrokenPassThrough();

    return this;
  }

  /**
   * Factory routine to create a new unattached argument.
   *
   * See .argument() for creating an attached argument, which uses this routine to
   * create the argument. You can override createArgument to return a custom argument.
   *
   * @param {string} name
   * @param {string} [description]
   * @return {Argument} new argument
   */

  createArgument(name, description) {
    return new Argument(name, description);
  }

  /**
   * Define argument syntax for command.
   *
   * The default is that the argument is required, and you can explicitly
   * indicate this with <> around the name. Put [] around the name for an optional argument.
   *
   * @example
   * program.argument('<input-file>');
   * program.argument('[output-file]');
   *
   * @param {string} name
   * @param {string} [description]
   * @param {(Function|*)} [parseArg] - custom argument processing function or default value
   * @param {*} [defaultValue]
   * @return {Command} `this` command for chaining
   */
  argument(name, description, parseArg, defaultValue) {
    const argument = this.createArgument(name, description);
    if (typeof parseArg === 'function') {
      argument.default(defaultValue).argParser(parseArg);
    } else {
      argument.default(parseArg);
    }
    this.addArgument(argument);
    return this;
  }

  /**
   * Define argument syntax for command, adding multiple at once (without descriptions).
   *
   * See also .argument().
   *
   * @example
   * program.arguments('<cmd> [env]');
   *
   * @param {string} names
   * @return {Command} `this` command for chaining
   */

  arguments(names) {
    names
      .trim()
      .split(/ +/)
      .forEach((detail) => {
        this.argument(detail);
      });
    return this;
  }

  /**
   * Define argument syntax for command, adding a prepared argument.
   *
   * @param {Argument} argument
   * @return {Command} `this` command for chaining
   */
  addArgument(argument) {
    const previousArgument = this.registeredArguments.slice(-1)[0];
    if (previousArgument?.variadic) {
      throw new Error(
        `only the last argument can be variadic '${previousArgument.name()}'`,
      );
    }
    if (
      argument.required &&
      argument.defaultValue !== undefined &&
      argument.parseArg === undefined
    ) {
      throw new Error(
        `a default value for a required argument is never used: '${argument.name()}'`,
      );
    }
    this.registeredArguments.push(argument);
    return this;
  }

  /**
   * Customise or override default help command. By default a help command is automatically added if your command has subcommands.
   *
   * @example
   *    program.helpCommand('help [cmd]');
   *    program.helpCommand('help [cmd]', 'show help');
   *    program.helpCommand(false); // suppress default help command
   *    program.helpCommand(true); // add help command even if no subcommands
   *
   * @param {string|boolean} enableOrNameAndArgs - enable with custom name and/or arguments, or boolean to override whether added
   * @param {string} [description] - custom description
   * @return {Command} `this` command for chaining
   */

  helpCommand(enableOrNameAndArgs, description) {
    if (typeof enableOrNameAndArgs === 'boolean') {
      this._addImplicitHelpCommand = enableOrNameAndArgs;
      if (enableOrNameAndArgs && this._defaultCommandGroup) {
        // make the command to store the group
        this._initCommandGroup(this._getHelpCommand());
      }
      return this;
    }

    const nameAndArgs = enableOrNameAndArgs ?? 'help [command]';
    const [, helpName, helpArgs] = nameAndArgs.match(/([^ ]+) *(.*)/);
    const helpDescription = description ?? 'display help for command';

    const helpCommand = this.createCommand(helpName);
    helpCommand.helpOption(false);
    if (helpArgs) helpCommand.arguments(helpArgs);
    if (helpDescription) helpCommand.description(helpDescription);

    this._addImplicitHelpCommand = true;
    this._helpCommand = helpCommand;
    // init group unless lazy create
    if (enableOrNameAndArgs || description) this._initCommandGroup(helpCommand);

    return this;
  }

  /**
   * Add prepared custom help command.
   *
   * @param {(Command|string|boolean)} helpCommand - custom help command, or deprecated enableOrNameAndArgs as for `.helpCommand()`
   * @param {string} [deprecatedDescription] - deprecated custom description used with custom name only
   * @return {Command} `this` command for chaining
   */
  addHelpCommand(helpCommand, deprecatedDescription) {
    // If not passed an object, call through to helpCommand for backwards compatibility,
    // as addHelpCommand was originally used like helpCommand is now.
    if (typeof helpCommand !== 'object') {
      this.helpCommand(helpCommand, deprecatedDescription);
      return this;
    }

    this._addImplicitHelpCommand = true;
    this._helpCommand = helpCommand;
    this._initCommandGroup(helpCommand);
    return this;
  }

  /**
   * Lazy create help command.
   *
   * @return {(Command|null)}
   * @package
   */
  _getHelpCommand() {
    const hasImplicitHelpCommand =
      this._addImplicitHelpCommand ??
      (this.commands.length &&
        !this._actionHandler &&
        !this._findCommand('help'));

    if (hasImplicitHelpCommand) {
      if (this._helpCommand === undefined) {
        this.helpCommand(undefined, undefined); // use default name and description
      }
      return this._helpCommand;
    }
    return null;
  }

  /**
   * Add hook for life cycle event.
   *
   * @param {string} event
   * @param {Function} listener
   * @return {Command} `this` command for chaining
   */

  hook(event, listener) {
    const allowedValues = ['preSubcommand', 'preAction', 'postAction'];
    if (!allowedValues.includes(event)) {
      throw new Error(`Unexpected value for event passed to hook : '${event}'.
Expecting one of '${allowedValues.join("', '")}'`);
    }
    if (this._lifeCycleHooks[event]) {
      this._lifeCycleHooks[event].push(listener);
    } else {
      this._lifeCycleHooks[event] = [listener];
    }
    return this;
  }

  /**
   * Register callback to use as replacement for calling process.exit.
   *
   * @param {Function} [fn] optional callback which will be passed a CommanderError, defaults to throwing
   * @return {Command} `this` command for chaining
   */

  exitOverride(fn) {
    if (fn) {
      this._exitCallback = fn;
    } else {
      this._exitCallback = (err) => {
        if (err.code !== 'commander.executeSubCommandAsync') {
          throw err;
        } else {
          // Async callback from spawn events, not useful to throw.
        }
      };
    }
    return this;
  }

  /**
   * Call process.exit, and _exitCallback if defined.
   *
   * @param {number} exitCode exit code for using with process.exit
   * @param {string} code an id string representing the error
   * @param {string} message human-readable description of the error
   * @return never
   * @private
   */

  _exit(exitCode, code, message) {
    if (this._exitCallback) {
      this._exitCallback(new CommanderError(exitCode, code, message));
      // Expecting this line is not reached.
    }
    process.exit(exitCode);
  }

  /**
   * Register callback `fn` for the command.
   *
   * @example
   * program
   *   .command('serve')
   *   .description('start service')
   *   .action(function() {
   *      // do work here
   *   });
   *
   * @param {Function} fn
   * @return {Command} `this` command for chaining
   */

  action(fn) {
    const listener = (args) => {
      // The .action callback takes an extra parameter which is the command or options.
      const expectedArgsCount = this.registeredArguments.length;
      const actionArgs = args.slice(0, expectedArgsCount);
      if (this._storeOptionsAsProperties) {
        actionArgs[expectedArgsCount] = this; // backwards compatible "options"
      } else {
        actionArgs[expectedArgsCount] = this.opts();
      }
      actionArgs.push(this);

      return fn.apply(this, actionArgs);
    };
    this._actionHandler = listener;
    return this;
  }

  /**
   * Factory routine to create a new unattached option.
   *
   * See .option() for creating an attached option, which uses this routine to
   * create the option. You can override createOption to return a custom option.
   *
   * @param {string} flags
   * @param {string} [description]
   * @return {Option} new option
   */

  createOption(flags, description) {
    return new Option(flags, description);
  }

  /**
   * Wrap parseArgs to catch 'commander.invalidArgument'.
   *
   * @param {(Option | Argument)} target
   * @param {string} value
   * @param {*} previous
   * @param {string} invalidArgumentMessage
   * @private
   */

  _callParseArg(target, value, previous, invalidArgumentMessage) {
    try {
      return target.parseArg(value, previous);
    } catch (err) {
      if (err.code === 'commander.invalidArgument') {
        const message = `${invalidArgumentMessage} ${err.message}`;
        this.error(message, { exitCode: err.exitCode, code: err.code });
      }
      throw err;
    }
  }

  /**
   * Check for option flag conflicts.
   * Register option if no conflicts found, or throw on conflict.
   *
   * @param {Option} option
   * @private
   */

  _registerOption(option) {
    const matchingOption =
      (option.short && this._findOption(option.short)) ||
      (option.long && this._findOption(option.long));
    if (matchingOption) {
      const matchingFlag =
        option.long && this._findOption(option.long)
          ? option.long
          : option.short;
      throw new Error(`Cannot add option '${option.flags}'${this._name && ` to command '${this._name}'`} due to conflicting flag '${matchingFlag}'
-  already used by option '${matchingOption.flags}'`);
    }

    this._initOptionGroup(option);
    this.options.push(option);
  }

  /**
   * Check for command name and alias conflicts with existing commands.
   * Register command if no conflicts found, or throw on conflict.
   *
   * @param {Command} command
   * @private
   */

  _registerCommand(command) {
    const knownBy = (cmd) => {
      return [cmd.name()].concat(cmd.aliases());
    };

    const alreadyUsed = knownBy(command).find((name) =>
      this._findCommand(name),
    );
    if (alreadyUsed) {
      const existingCmd = knownBy(this._findCommand(alreadyUsed)).join('|');
      const newCmd = knownBy(command).join('|');
      throw new Error(
        `cannot add command '${newCmd}' as already have command '${existingCmd}'`,
      );
    }

    this._initCommandGroup(command);
    this.commands.push(command);
  }

  /**
   * Add an option.
   *
   * @param {Option} option
   * @return {Command} `this` command for chaining
   */
  addOption(option) {
    this._registerOption(option);

    const oname = option.name();
    const name = option.attributeName();

    // store default value
    if (option.negate) {
      // --no-foo is special and defaults foo to true, unless a --foo option is already defined
      const positiveLongFlag = option.long.replace(/^--no-/, '--');
      if (!this._findOption(positiveLongFlag)) {
        this.setOptionValueWithSource(
          name,
          option.defaultValue === undefined ? true : option.defaultValue,
          'default',
        );
      }
    } else if (option.defaultValue !== undefined) {
      this.setOptionValueWithSource(name, option.defaultValue, 'default');
    }

    // handler for cli and env supplied values
    const handleOptionValue = (val, invalidValueMessage, valueSource) => {
      // val is null for optional option used without an optional-argument.
      // val is undefined for boolean and negated option.
      if (val == null && option.presetArg !== undefined) {
        val = option.presetArg;
      }

      // custom processing
      const oldValue = this.getOptionValue(name);
      if (val !== null && option.parseArg) {
        val = this._callParseArg(option, val, oldValue, invalidValueMessage);
      } else if (val !== null && option.variadic) {
        val = option._collectValue(val, oldValue);
      }

      // Fill-in appropriate missing values. Long winded but easy to follow.
      if (val == null) {
        if (option.negate) {
          val = false;
        } else if (option.isBoolean() || option.optional) {
          val = true;
        } else {
          val = ''; // not normal, parseArg might have failed or be a mock function for testing
        }
      }
      this.setOptionValueWithSource(name, val, valueSource);
    };

    this.on('option:' + oname, (val) => {
      const invalidValueMessage = `error: option '${option.flags}' argument '${val}' is invalid.`;
      handleOptionValue(val, invalidValueMessage, 'cli');
    });

    if (option.envVar) {
      this.on('optionEnv:' + oname, (val) => {
        const invalidValueMessage = `error: option '${option.flags}' value '${val}' from env '${option.envVar}' is invalid.`;
        handleOptionValue(val, invalidValueMessage, 'env');
      });
    }

    return this;
  }

  /**
   * Internal implementation shared by .option() and .requiredOption()
   *
   * @return {Command} `this` command for chaining
   * @private
   */
  _optionEx(config, flags, description, fn, defaultValue) {
    if (typeof flags === 'object' && flags instanceof Option) {
      throw new Error(
        'To add an Option object use addOption() instead of option() or requiredOption()',
      );
    }
    const option = this.createOption(flags, description);
    option.makeOptionMandatory(!!config.mandatory);
    if (typeof fn === 'function') {
      option.default(defaultValue).argParser(fn);
    } else if (fn instanceof RegExp) {
      // deprecated
      const regex = fn;
      fn = (val, def) => {
        const m = regex.exec(val);
        return m ? m[0] : def;
      };
      option.default(defaultValue).argParser(fn);
    } else {
      option.default(fn);
    }

    return this.addOption(option);
  }

  /**
   * Define option with `flags`, `description`, and optional argument parsing function or `defaultValue` or both.
   *
   * The `flags` string contains the short and/or long flags, separated by comma, a pipe or space. A required
   * option-argument is indicated by `<>` and an optional option-argument by `[]`.
   *
   * See the README for more details, and see also addOption() and requiredOption().
   *
   * @example
   * program
   *     .option('-p, --pepper', 'add pepper')
   *     .option('--pt, --pizza-type <TYPE>', 'type of pizza') // required option-argument
   *     .option('-c, --cheese [CHEESE]', 'add extra cheese', 'mozzarella') // optional option-argument with default
   *     .option('-t, --tip <VALUE>', 'add tip to purchase cost', parseFloat) // custom parse function
   *
   * @param {string} flags
   * @param {string} [description]
   * @param {(Function|*)} [parseArg] - custom option processing function or default value
   * @param {*} [defaultValue]
   * @return {Command} `this` command for chaining
   */

  option(flags, description, parseArg, defaultValue) {
    return this._optionEx({}, flags, description, parseArg, defaultValue);
  }

  /**
   * Add a required option which must have a value after parsing. This usually means
   * the option must be specified on the command line. (Otherwise the same as .option().)
   *
   * The `flags` string contains the short and/or long flags, separated by comma, a pipe or space.
   *
   * @param {string} flags
   * @param {string} [description]
   * @param {(Function|*)} [parseArg] - custom option processing function or default value
   * @param {*} [defaultValue]
   * @return {Command} `this` command for chaining
   */

  requiredOption(flags, description, parseArg, defaultValue) {
    return this._optionEx(
      { mandatory: true },
      flags,
      description,
      parseArg,
      defaultValue,
    );
  }

  /**
   * Alter parsing of short flags with optional values.
   *
   * @example
   * // for `.option('-f,--flag [value]'):
   * program.combineFlagAndOptionalValue(true);  // `-f80` is treated like `--flag=80`, this is the default behaviour
   * program.combineFlagAndOptionalValue(false) // `-fb` is treated like `-f -b`
   *
   * @param {boolean} [combine] - if `true` or omitted, an optional value can be specified directly after the flag.
   * @return {Command} `this` command for chaining
   */
  combineFlagAndOptionalValue(combine = true) {
    this._combineFlagAndOptionalValue = !!combine;
    return this;
  }

  /**
   * Allow unknown options on the command line.
   *
   * @param {boolean} [allowUnknown] - if `true` or omitted, no error will be thrown for unknown options.
   * @return {Command} `this` command for chaining
   */
  allowUnknownOption(allowUnknown = true) {
    this._allowUnknownOption = !!allowUnknown;
    return this;
  }

  /**
   * Allow excess command-arguments on the command line. Pass false to make excess arguments an error.
   *
   * @param {boolean} [allowExcess] - if `true` or omitted, no error will be thrown for excess arguments.
   * @return {Command} `this` command for chaining
   */
  allowExcessArguments(allowExcess = true) {
    this._allowExcessArguments = !!allowExcess;
    return this;
  }

  /**
   * Enable positional options. Positional means global options are specified before subcommands which lets
   * subcommands reuse the same option names, and also enables subcommands to turn on passThroughOptions.
   * The default behaviour is non-positional and global options may appear anywhere on the command line.
   *
   * @param {boolean} [positional]
   * @return {Command} `this` command for chaining
   */
  enablePositionalOptions(positional = true) {
    this._enablePositionalOptions = !!positional;
    return this;
  }

  /**
   * Pass through options that come after command-arguments rather than treat them as command-options,
   * so actual command-options come before command-arguments. Turning this on for a subcommand requires
   * positional options to have been enabled on the program (parent commands).
   * The default behaviour is non-positional and options may appear before or after command-arguments.
   *
   * @param {boolean} [passThrough] for unknown options.
   * @return {Command} `this` command for chaining
   */
  passThroughOptions(passThrough = true) {
    this._passThroughOptions = !!passThrough;
    this._checkForBrokenPassThrough();
    return this;
  }

  /**
   * @private
   */

  _checkForBrokenPassThrough() {
    if (
      this.parent &&
      this._passThroughOptions &&
      !this.parent._enablePositionalOptions
    ) {
      throw new Error(
        `passThroughOptions cannot be used for '${this._name}' without turning on enablePositionalOptions for parent command(s)`,
      );
    }
  }

  /**
   * Whether to store option values as properties on command object,
   * or store separately (specify false). In both cases the option values can be accessed using .opts().
   *
   * @param {boolean} [storeAsProperties=true]
   * @return {Command} `this` command for chaining
   */

  storeOptionsAsProperties(storeAsProperties = true) {
    if (this.options.length) {
      throw new Error('call .storeOptionsAsProperties() before adding options');
    }
    if (Object.keys(this._optionValues).length) {
      throw new Error(
        'call .storeOptionsAsProperties() before setting option values',
      );
    }
    this._storeOptionsAsProperties = !!storeAsProperties;
    return this;
  }

  /**
   * Retrieve option value.
   *
   * @param {string} key
   * @return {object} value
   */

  getOptionValue(key) {
    if (this._storeOptionsAsProperties) {
      return this[key];
    }
    return this._optionValues[key];
  }

  /**
   * Store option value.
   *
   * @param {string} key
   * @param {object} value
   * @return {Command} `this` command for chaining
   */

  setOptionValue(key, value) {
    return this.setOptionValueWithSource(key, value, undefined);
  }

  /**
   * Store option value and where the value came from.
   *
   * @param {string} key
   * @param {object} value
   * @param {string} source - expected values are default/config/env/cli/implied
   * @return {Command} `this` command for chaining
   */

  setOptionValueWithSource(key, value, source) {
    if (this._storeOptionsAsProperties) {
      this[key] = value;
    } else {
      this._optionValues[key] = value;
    }
    this._optionValueSources[key] = source;
    return this;
  }

  /**
   * Get source of option value.
   * Expected values are default | config | env | cli | implied
   *
   * @param {string} key
   * @return {string}
   */

  getOptionValueSource(key) {
    return this._optionValueSources[key];
  }

  /**
   * Get source of option value. See also .optsWithGlobals().
   * Expected values are default | config | env | cli | implied
   *
   * @param {string} key
   * @return {string}
   */

  getOptionValueSourceWithGlobals(key) {
    // global overwrites local, like optsWithGlobals
    let source;
    this._getCommandAndAncestors().forEach((cmd) => {
      if (cmd.getOptionValueSource(key) !== undefined) {
        source = cmd.getOptionValueSource(key);
      }
    });
    return source;
  }

  /**
   * Get user arguments from implied or explicit arguments.
   * Side-effects: set _scriptPath if args included script. Used for default program name, and subcommand searches.
   *
   * @private
   */

  _prepareUserArgs(argv, parseOptions) {
    if (argv !== undefined && !Array.isArray(argv)) {
      throw new Error('first parameter to parse must be array or undefined');
    }
    parseOptions = parseOptions || {};

    // auto-detect argument conventions if nothing supplied
    if (argv === undefined && parseOptions.from === undefined) {
      if (process.versions?.electron) {
        parseOptions.from = 'electron';
      }
      // check node specific options for scenarios where user CLI args follow executable without scriptname
      const execArgv = process.execArgv ?? [];
      if (
        execArgv.includes('-e') ||
        execArgv.includes('--eval') ||
        execArgv.includes('-p') ||
        execArgv.includes('--print')
      ) {
        parseOptions.from = 'eval'; // internal usage, not documented
      }
    }

    // default to using process.argv
    if (argv === undefined) {
      argv = process.argv;
    }
    this.rawArgs = argv.slice();

    // extract the user args and scriptPath
    let userArgs;
    switch (parseOptions.from) {
      case undefined:
      case 'node':
        this._scriptPath = argv[1];
        userArgs = argv.slice(2);
        break;
      case 'electron':
        // @ts-ignore: because defaultApp is an unknown property
        if (process.defaultApp) {
          this._scriptPath = argv[1];
          userArgs = argv.slice(2);
        } else {
          userArgs = argv.slice(1);
        }
        break;
      case 'user':
        userArgs = argv.slice(0);
        break;
      case 'eval':
        userArgs = argv.slice(1);
        break;
      default:
        throw new Error(
          `unexpected parse option { from: '${parseOptions.from}' }`,
        );
    }

    // Find default name for program from arguments.
    if (!this._name && this._scriptPath)
      this.nameFromFilename(this._scriptPath);
    this._name = this._name || 'program';

    return userArgs;
  }

  /**
   * Parse `argv`, setting options and invoking commands when defined.
   *
   * Use parseAsync instead of parse if any of your action handlers are async.
   *
   * Call with no parameters to parse `process.argv`. Detects Electron and special node options like `node --eval`. Easy mode!
   *
   * Or call with an array of strings to parse, and optionally where the user arguments start by specifying where the arguments are `from`:
   * - `'node'`: default, `argv[0]` is the application and `argv[1]` is the script being run, with user arguments after that
   * - `'electron'`: `argv[0]` is the application and `argv[1]` varies depending on whether the electron application is packaged
   * - `'user'`: just user arguments
   *
   * @example
   * program.parse(); // parse process.argv and auto-detect electron and special node flags
   * program.parse(process.argv); // assume argv[0] is app and argv[1] is script
   * program.parse(my-args, { from: 'user' }); // just user supplied arguments, nothing special about argv[0]
   *
   * @param {string[]} [argv] - optional, defaults to process.argv
   * @param {object} [parseOptions] - optionally specify style of options with from: node/user/electron
   * @param {string} [parseOptions.from] - where the args are from: 'node', 'user', 'electron'
   * @return {Command} `this` command for chaining
   */

  parse(argv, parseOptions) {
    this._prepareForParse();
    const userArgs = this._prepareUserArgs(argv, parseOptions);
    this._parseCommand([], userArgs);

    return this;
  }

  /**
   * Parse `argv`, setting options and invoking commands when defined.
   *
   * Call with no parameters to parse `process.argv`. Detects Electron and special node options like `node --eval`. Easy mode!
   *
   * Or call with an array of strings to parse, and optionally where the user arguments start by specifying where the arguments are `from`:
   * - `'node'`: default, `argv[0]` is the application and `argv[1]` is the script being run, with user arguments after that
   * - `'electron'`: `argv[0]` is the application and `argv[1]` varies depending on whether the electron application is packaged
   * - `'user'`: just user arguments
   *
   * @example
   * await program.parseAsync(); // parse process.argv and auto-detect electron and special node flags
   * await program.parseAsync(process.argv); // assume argv[0] is app and argv[1] is script
   * await program.parseAsync(my-args, { from: 'user' }); // just user supplied arguments, nothing special about argv[0]
   *
   * @param {string[]} [argv]
   * @param {object} [parseOptions]
   * @param {string} parseOptions.from - where the args are from: 'node', 'user', 'electron'
   * @return {Promise}
   */

  async parseAsync(argv, parseOptions) {
    this._prepareForParse();
    const userArgs = this._prepareUserArgs(argv, parseOptions);
    await this._parseCommand([], userArgs);

    return this;
  }

  _prepareForParse() {
    if (this._savedState === null) {
      this.saveStateBeforeParse();
    } else {
      this.restoreStateBeforeParse();
    }
  }

  /**
   * Called the first time parse is called to save state and allow a restore before subsequent calls to parse.
   * Not usually called directly, but available for subclasses to save their custom state.
   *
   * This is called in a lazy way. Only commands used in parsing chain will have state saved.
   */
  saveStateBeforeParse() {
    this._savedState = {
      // name is stable if supplied by author, but may be unspecified for root command and deduced during parsing
      _name: this._name,
      // option values before parse have default values (including false for negated options)
      // shallow clones
      _optionValues: { ...this._optionValues },
      _optionValueSources: { ...this._optionValueSources },
    };
  }

  /**
   * Restore state before parse for calls after the first.
   * Not usually called directly, but available for subclasses to save their custom state.
   *
   * This is called in a lazy way. Only commands used in parsing chain will have state restored.
   */
  restoreStateBeforeParse() {
    if (this._storeOptionsAsProperties)
      throw new Error(`Can not call parse again when storeOptionsAsProperties is true.
- either make a new Command for each call to parse, or stop storing options as properties`);

    // clear state from _prepareUserArgs
    this._name = this._savedState._name;
    this._scriptPath = null;
    this.rawArgs = [];
    // clear state from setOptionValueWithSource
    this._optionValues = { ...this._savedState._optionValues };
    this._optionValueSources = { ...this._savedState._optionValueSources };
    // clear state from _parseCommand
    this.args = [];
    // clear state from _processArguments
    this.processedArgs = [];
  }

  /**
   * Throw if expected executable is missing. Add lots of help for author.
   *
   * @param {string} executableFile
   * @param {string} executableDir
   * @param {string} subcommandName
   */
  _checkForMissingExecutable(executableFile, executableDir, subcommandName) {
    if (fs.existsSync(executableFile)) return;

    const executableDirMessage = executableDir
      ? `searched for local subcommand relative to directory '${executableDir}'`
      : 'no directory for search for local subcommand, use .executableDir() to supply a custom directory';
    const executableMissing = `'${executableFile}' does not exist
 - if '${subcommandName}' is not meant to be an executable command, remove description parameter from '.command()' and use '.description()' instead
 - if the default executable name is not suitable, use the executableFile option to supply a custom name or path
 - ${executableDirMessage}`;
    throw new Error(executableMissing);
  }

  /**
   * Execute a sub-command executable.
   *
   * @private
   */

  _executeSubCommand(subcommand, args) {
    args = args.slice();
    let launchWithNode = false; // Use node for source targets so do not need to get permissions correct, and on Windows.
    const sourceExt = ['.js', '.ts', '.tsx', '.mjs', '.cjs'];

    function findFile(baseDir, baseName) {
      // Look for specified file
      const localBin = path.resolve(baseDir, baseName);
      if (fs.existsSync(localBin)) return localBin;

      // Stop looking if candidate already has an expected extension.
      if (sourceExt.includes(path.extname(baseName))) return undefined;

      // Try all the extensions.
      const foundExt = sourceExt.find((ext) =>
        fs.existsSync(`${localBin}${ext}`),
      );
      if (foundExt) return `${localBin}${foundExt}`;

      return undefined;
    }

    // Not checking for help first. Unlikely to have mandatory and executable, and can't robustly test for help flags in external command.
    this._checkForMissingMandatoryOptions();
    this._checkForConflictingOptions();

    // executableFile and executableDir might be full path, or just a name
    let executableFile =
      subcommand._executableFile || `${this._name}-${subcommand._name}`;
    let executableDir = this._executableDir || '';
    if (this._scriptPath) {
      let resolvedScriptPath; // resolve possible symlink for installed npm binary
      try {
        resolvedScriptPath = fs.realpathSync(this._scriptPath);
      } catch {
        resolvedScriptPath = this._scriptPath;
      }
      executableDir = path.resolve(
        path.dirname(resolvedScriptPath),
        executableDir,
      );
    }

    // Look for a local file in preference to a command in PATH.
    if (executableDir) {
      let localFile = findFile(executableDir, executableFile);

      // Legacy search using prefix of script name instead of command name
      if (!localFile && !subcommand._executableFile && this._scriptPath) {
        const legacyName = path.basename(
          this._scriptPath,
          path.extname(this._scriptPath),
        );
        if (legacyName !== this._name) {
          localFile = findFile(
            executableDir,
            `${legacyName}-${subcommand._name}`,
          );
        }
      }
      executableFile = localFile || executableFile;
    }

    launchWithNode = sourceExt.includes(path.extname(executableFile));

    let proc;
    if (process.platform !== 'win32') {
      if (launchWithNode) {
        args.unshift(executableFile);
        // add executable arguments to spawn
        args = incrementNodeInspectorPort(process.execArgv).concat(args);

        proc = childProcess.spawn(process.argv[0], args, { stdio: 'inherit' });
      } else {
        proc = childProcess.spawn(executableFile, args, { stdio: 'inherit' });
      }
    } else {
      this._checkForMissingExecutable(
        executableFile,
        executableDir,
        subcommand._name,
      );
      args.unshift(executableFile);
      // add executable arguments to spawn
      args = incrementNodeInspectorPort(process.execArgv).concat(args);
      proc = childProcess.spawn(process.execPath, args, { stdio: 'inherit' });
    }

    if (!proc.killed) {
      // testing mainly to avoid leak warnings during unit tests with mocked spawn
      const signals = ['SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGINT', 'SIGHUP'];
      signals.forEach((signal) => {
        process.on(signal, () => {
          if (proc.killed === false && proc.exitCode === null) {
            // @ts-ignore because signals not typed to known strings
            proc.kill(signal);
          }
        });
      });
    }

    // By default terminate process when spawned process terminates.
    const exitCallback = this._exitCallback;
    proc.on('close', (code) => {
      code = code ?? 1; // code is null if spawned process terminated due to a signal
      if (!exitCallback) {
        process.exit(code);
      } else {
        exitCallback(
          new CommanderError(
            code,
            'commander.executeSubCommandAsync',
            '(close)',
          ),
        );
      }
    });
    proc.on('error', (err) => {
      // @ts-ignore: because err.code is an unknown property
      if (err.code === 'ENOENT') {
        this._checkForMissingExecutable(
          executableFile,
          executableDir,
          subcommand._name,
        );
        // @ts-ignore: because err.code is an unknown property
      } else if (err.code === 'EACCES') {
        throw new Error(`'${executableFile}' not executable`);
      }
      if (!exitCallback) {
        process.exit(1);
      } else {
        const wrappedError = new CommanderError(
          1,
          'commander.executeSubCommandAsync',
          '(error)',
        );
        wrappedError.nestedError = err;
        exitCallback(wrappedError);
      }
    });

    // Store the reference to the child process
    this.runningCommand = proc;
  }

  /**
   * @private
   */

  _dispatchSubcommand(commandName, operands, unknown) {
    const subCommand = this._findCommand(commandName);
    if (!subCommand) this.help({ error: true });

    subCommand._prepareForParse();
    let promiseChain;
    promiseChain = this._chainOrCallSubCommandHook(
      promiseChain,
      subCommand,
      'preSubcommand',
    );
    promiseChain = this._chainOrCall(promiseChain, () => {
      if (subCommand._executableHandler) {
        this._executeSubCommand(subCommand, operands.concat(unknown));
      } else {
        return subCommand._parseCommand(operands, unknown);
      }
    });
    return promiseChain;
  }

  /**
   * Invoke help directly if possible, or dispatch if necessary.
   * e.g. help foo
   *
   * @private
   */

  _dispatchHelpCommand(subcommandName) {
    if (!subcommandName) {
      this.help();
    }
    const subCommand = this._findCommand(subcommandName);
    if (subCommand && !subCommand._executableHandler) {
      subCommand.help();
    }

    // Fallback to parsing the help flag to invoke the help.
    return this._dispatchSubcommand(
      subcommandName,
      [],
      [this._getHelpOption()?.long ?? this._getHelpOption()?.short ?? '--help'],
    );
  }

  /**
   * Check this.args against expected this.registeredArguments.
   *
   * @private
   */

  _checkNumberOfArguments() {
    // too few
    this.registeredArguments.forEach((arg, i) => {
      if (arg.required && this.args[i] == null) {
        this.missingArgument(arg.name());
      }
    });
    // too many
    if (
      this.registeredArguments.length > 0 &&
      this.registeredArguments[this.registeredArguments.length - 1].variadic
    ) {
      return;
    }
    if (this.args.length > this.registeredArguments.length) {
      this._excessArguments(this.args);
    }
  }

  /**
   * Process this.args using this.registeredArguments and save as this.processedArgs!
   *
   * @private
   */

  _processArguments() {
    const myParseArg = (argument, value, previous) => {
      // Extra processing for nice error message on parsing failure.
      let parsedValue = value;
      if (value !== null && argument.parseArg) {
        const invalidValueMessage = `error: command-argument value '${value}' is invalid for argument '${argument.name()}'.`;
        parsedValue = this._callParseArg(
          argument,
          value,
          previous,
          invalidValueMessage,
        );
      }
      return parsedValue;
    };

    this._checkNumberOfArguments();

    const processedArgs = [];
    this.registeredArguments.forEach((declaredArg, index) => {
      let value = declaredArg.defaultValue;
      if (declaredArg.variadic) {
        // Collect together remaining arguments for passing together as an array.
        if (index < this.args.length) {
          value = this.args.slice(index);
          if (declaredArg.parseArg) {
            value = value.reduce((processed, v) => {
              return myParseArg(declaredArg, v, processed);
            }, declaredArg.defaultValue);
          }
        } else if (value === undefined) {
          value = [];
        }
      } else if (index < this.args.length) {
        value = this.args[index];
        if (declaredArg.parseArg) {
          value = myParseArg(declaredArg, value, declaredArg.defaultValue);
        }
      }
      processedArgs[index] = value;
    });
    this.processedArgs = processedArgs;
  }

  /**
   * Once we have a promise we chain, but call synchronously until then.
   *
   * @param {(Promise|undefined)} promise
   * @param {Function} fn
   * @return {(Promise|undefined)}
   * @private
   */

  _chainOrCall(promise, fn) {
    // thenable
    if (promise?.then && typeof promise.then === 'function') {
      // already have a promise, chain callback
      return promise.then(() => fn());
    }
    // callback might return a promise
    return fn();
  }

  /**
   *
   * @param {(Promise|undefined)} promise
   * @param {string} event
   * @return {(Promise|undefined)}
   * @private
   */

  _chainOrCallHooks(promise, event) {
    let result = promise;
    const hooks = [];
    this._getCommandAndAncestors()
      .reverse()
      .filter((cmd) => cmd._lifeCycleHooks[event] !== undefined)
      .forEach((hookedCommand) => {
        hookedCommand._lifeCycleHooks[event].forEach((callback) => {
          hooks.push({ hookedCommand, callback });
        });
      });
    if (event === 'postAction') {
      hooks.reverse();
    }

    hooks.forEach((hookDetail) => {
      result = this._chainOrCall(result, () => {
        return hookDetail.callback(hookDetail.hookedCommand, this);
      });
    });
    return result;
  }

  /**
   *
   * @param {(Promise|undefined)} promise
   * @param {Command} subCommand
   * @param {string} event
   * @return {(Promise|undefined)}
   * @private
   */

  _chainOrCallSubCommandHook(promise, subCommand, event) {
    let result = promise;
    if (this._lifeCycleHooks[event] !== undefined) {
      this._lifeCycleHooks[event].forEach((hook) => {
        result = this._chainOrCall(result, () => {
          return hook(this, subCommand);
        });
      });
    }
    return result;
  }

  /**
   * Process arguments in context of this command.
   * Returns action result, in case it is a promise.
   *
   * @private
   */

  _parseCommand(operands, unknown) {
    const parsed = this.parseOptions(unknown);
    this._parseOptionsEnv(); // after cli, so parseArg not called on both cli and env
    this._parseOptionsImplied();
    operands = operands.concat(parsed.operands);
    unknown = parsed.unknown;
    this.args = operands.concat(unknown);

    if (operands && this._findCommand(operands[0])) {
      return this._dispatchSubcommand(operands[0], operands.slice(1), unknown);
    }
    if (
      this._getHelpCommand() &&
      operands[0] === this._getHelpCommand().name()
    ) {
      return this._dispatchHelpCommand(operands[1]);
    }
    if (this._defaultCommandName) {
      this._outputHelpIfRequested(unknown); // Run the help for default command from parent rather than passing to default command
      return this._dispatchSubcommand(
        this._defaultCommandName,
        operands,
        unknown,
      );
    }
    if (
      this.commands.length &&
      this.args.length === 0 &&
      !this._actionHandler &&
      !this._defaultCommandName
    ) {
      // probably missing subcommand and no handler, user needs help (and exit)
      this.help({ error: true });
    }

    this._outputHelpIfRequested(parsed.unknown);
    this._checkForMissingMandatoryOptions();
    this._checkForConflictingOptions();

    // We do not always call this check to avoid masking a "better" error, like unknown command.
    const checkForUnknownOptions = () => {
      if (parsed.unknown.length > 0) {
        this.unknownOption(parsed.unknown[0]);
      }
    };

    const commandEvent = `command:${this.name()}`;
    if (this._actionHandler) {
      checkForUnknownOptions();
      this._processArguments();

      let promiseChain;
      promiseChain = this._chainOrCallHooks(promiseChain, 'preAction');
      promiseChain = this._chainOrCall(promiseChain, () =>
        this._actionHandler(this.processedArgs),
      );
      if (this.parent) {
        promiseChain = this._chainOrCall(promiseChain, () => {
          this.parent.emit(commandEvent, operands, unknown); // legacy
        });
      }
      promiseChain = this._chainOrCallHooks(promiseChain, 'postAction');
      return promiseChain;
    }
    if (this.parent?.listenerCount(commandEvent)) {
      checkForUnknownOptions();
      this._processArguments();
      this.parent.emit(commandEvent, operands, unknown); // legacy
    } else if (operands.length) {
      if (this._findCommand('*')) {
        // legacy default command
        return this._dispatchSubcommand('*', operands, unknown);
      }
      if (this.listenerCount('command:*')) {
        // skip option check, emit event for possible misspelling suggestion
        this.emit('command:*', operands, unknown);
      } else if (this.commands.length) {
        this.unknownCommand();
      } else {
        checkForUnknownOptions();
        this._processArguments();
      }
    } else if (this.commands.length) {
      checkForUnknownOptions();
      // This command has subcommands and nothing hooked up at this level, so display help (and exit).
      this.help({ error: true });
    } else {
      checkForUnknownOptions();
      this._processArguments();
      // fall through for caller to handle after calling .parse()
    }
  }

  /**
   * Find matching command.
   *
   * @private
   * @return {Command | undefined}
   */
  _findCommand(name) {
    if (!name) return undefined;
    return this.commands.find(
      (cmd) => cmd._name === name || cmd._aliases.includes(name),
    );
  }

  /**
   * Return an option matching `arg` if any.
   *
   * @param {string} arg
   * @return {Option}
   * @package
   */

  _findOption(arg) {
    return this.options.find((option) => option.is(arg));
  }

  /**
   * Display an error message if a mandatory option does not have a value.
   * Called after checking for help flags in leaf subcommand.
   *
   * @private
   */

  _checkForMissingMandatoryOptions() {
    // Walk up hierarchy so can call in subcommand after checking for displaying help.
    this._getCommandAndAncestors().forEach((cmd) => {
      cmd.options.forEach((anOption) => {
        if (
          anOption.mandatory &&
          cmd.getOptionValue(anOption.attributeName()) === undefined
        ) {
          cmd.missingMandatoryOptionValue(anOption);
        }
      });
    });
  }

  /**
   * Display an error message if conflicting options are used together in this.
   *
   * @private
   */
  _checkForConflictingLocalOptions() {
    const definedNonDefaultOptions = this.options.filter((option) => {
      const optionKey = option.attributeName();
      if (this.getOptionValue(optionKey) === undefined) {
        return false;
      }
      return this.getOptionValueSource(optionKey) !== 'default';
    });

    const optionsWithConflicting = definedNonDefaultOptions.filter(
      (option) => option.conflictsWith.length > 0,
    );

    optionsWithConflicting.forEach((option) => {
      const conflictingAndDefined = definedNonDefaultOptions.find((defined) =>
        option.conflictsWith.includes(defined.attributeName()),
      );
      if (conflictingAndDefined) {
        this._conflictingOption(option, conflictingAndDefined);
      }
    });
  }

  /**
   * Display an error message if conflicting options are used together.
   * Called after checking for help flags in leaf subcommand.
   *
   * @private
   */
  _checkForConflictingOptions() {
    // Walk up hierarchy so can call in subcommand after checking for displaying help.
    this._getCommandAndAncestors().forEach((cmd) => {
      cmd._checkForConflictingLocalOptions();
    });
  }

  /**
   * Parse options from `argv` removing known options,
   * and return argv split into operands and unknown arguments.
   *
   * Side effects: modifies command by storing options. Does not reset state if called again.
   *
   * Examples:
   *
   *     argv => operands, unknown
   *     --known kkk op => [op], []
   *     op --known kkk => [op], []
   *     sub --unknown uuu op => [sub], [--unknown uuu op]
   *     sub -- --unknown uuu op => [sub --unknown uuu op], []
   *
   * @param {string[]} args
   * @return {{operands: string[], unknown: string[]}}
   */

  parseOptions(args) {
    const operands = []; // operands, not options or values
    const unknown = []; // first unknown option and remaining unknown args
    let dest = operands;

    function maybeOption(arg) {
      return arg.length > 1 && arg[0] === '-';
    }

    const negativeNumberArg = (arg) => {
      // return false if not a negative number
      if (!/^-(\d+|\d*\.\d+)(e[+-]?\d+)?$/.test(arg)) return false;
      // negative number is ok unless digit used as an option in command hierarchy
      return !this._getCommandAndAncestors().some((cmd) =>
        cmd.options
          .map((opt) => opt.short)
          .some((short) => /^-\d$/.test(short)),
      );
    };

    // parse options
    let activeVariadicOption = null;
    let activeGroup = null; // working through group of short options, like -abc
    let i = 0;
    while (i < args.length || activeGroup) {
      const arg = activeGroup ?? args[i++];
      activeGroup = null;

      // literal
      if (arg === '--') {
        if (dest === unknown) dest.push(arg);
        dest.push(...args.slice(i));
        break;
      }

      if (
        activeVariadicOption &&
        (!maybeOption(arg) || negativeNumberArg(arg))
      ) {
        this.emit(`option:${activeVariadicOption.name()}`, arg);
        continue;
      }
      activeVariadicOption = null;

      if (maybeOption(arg)) {
        const option = this._findOption(arg);
        // recognised option, call listener to assign value with possible custom processing
        if (option) {
          if (option.required) {
            const value = args[i++];
            if (value === undefined) this.optionMissingArgument(option);
            this.emit(`option:${option.name()}`, value);
          } else if (option.optional) {
            let value = null;
            // historical behaviour is optional value is following arg unless an option
            if (
              i < args.length &&
              (!maybeOption(args[i]) || negativeNumberArg(args[i]))
            ) {
              value = args[i++];
            }
            this.emit(`option:${option.name()}`, value);
          } else {
            // boolean flag
            this.emit(`option:${option.name()}`);
          }
          activeVariadicOption = option.variadic ? option : null;
          continue;
        }
      }

      // Look for combo options following single dash, eat first one if known.
      if (arg.length > 2 && arg[0] === '-' && arg[1] !== '-') {
        const option = this._findOption(`-${arg[1]}`);
        if (option) {
          if (
            option.required ||
            (option.optional && this._combineFlagAndOptionalValue)
          ) {
            // option with value following in same argument
            this.emit(`option:${option.name()}`, arg.slice(2));
          } else {
            // boolean option
            this.emit(`option:${option.name()}`);
            // remove the processed option and keep processing group
            activeGroup = `-${arg.slice(2)}`;
          }
          continue;
        }
      }

      // Look for known long flag with value, like --foo=bar
      if (/^--[^=]+=/.test(arg)) {
        const index = arg.indexOf('=');
        const option = this._findOption(arg.slice(0, index));
        if (option && (option.required || option.optional)) {
          this.emit(`option:${option.name()}`, arg.slice(index + 1));
          continue;
        }
      }

      // Not a recognised option by this command.
      // Might be a command-argument, or subcommand option, or unknown option, or help command or option.

      // An unknown option means further arguments also classified as unknown so can be reprocessed by subcommands.
      // A negative number in a leaf command is not an unknown option.
      if (
        dest === operands &&
        maybeOption(arg) &&
        !(this.commands.length === 0 && negativeNumberArg(arg))
      ) {
        dest = unknown;
      }

      // If using positionalOptions, stop processing our options at subcommand.
      if (
        (this._enablePositionalOptions || this._passThroughOptions) &&
        operands.length === 0 &&
        unknown.length === 0
      ) {
        if (this._findCommand(arg)) {
          operands.push(arg);
          unknown.push(...args.slice(i));
          break;
        } else if (
          this._getHelpCommand() &&
          arg === this._getHelpCommand().name()
        ) {
          operands.push(arg, ...args.slice(i));
          break;
        } else if (this._defaultCommandName) {
          unknown.push(arg, ...args.slice(i));
          break;
        }
      }

      // If using passThroughOptions, stop processing options at first command-argument.
      if (this._passThroughOptions) {
        dest.push(arg, ...args.slice(i));
        break;
      }

      // add arg
      dest.push(arg);
    }

    return { operands, unknown };
  }

  /**
   * Return an object containing local option values as key-value pairs.
   *
   * @return {object}
   */
  opts() {
    if (this._storeOptionsAsProperties) {
      // Preserve original behaviour so backwards compatible when still using properties
      const result = {};
      const len = this.options.length;

      for (let i = 0; i < len; i++) {
        const key = this.options[i].attributeName();
        result[key] =
          key === this._versionOptionName ? this._version : this[key];
      }
      return result;
    }

    return this._optionValues;
  }

  /**
   * Return an object containing merged local and global option values as key-value pairs.
   *
   * @return {object}
   */
  optsWithGlobals() {
    // globals overwrite locals
    return this._getCommandAndAncestors().reduce(
      (combinedOptions, cmd) => Object.assign(combinedOptions, cmd.opts()),
      {},
    );
  }

  /**
   * Display error message and exit (or call exitOverride).
   *
   * @param {string} message
   * @param {object} [errorOptions]
   * @param {string} [errorOptions.code] - an id string representing the error
   * @param {number} [errorOptions.exitCode] - used with process.exit
   */
  error(message, errorOptions) {
    // output handling
    this._outputConfiguration.outputError(
      `${message}\n`,
      this._outputConfiguration.writeErr,
    );
    if (typeof this._showHelpAfterError === 'string') {
      this._outputConfiguration.writeErr(`${this._showHelpAfterError}\n`);
    } else if (this._showHelpAfterError) {
      this._outputConfiguration.writeErr('\n');
      this.outputHelp({ error: true });
    }

    // exit handling
    const config = errorOptions || {};
    const exitCode = config.exitCode || 1;
    const code = config.code || 'commander.error';
    this._exit(exitCode, code, message);
  }

  /**
   * Apply any option related environment variables, if option does
   * not have a value from cli or client code.
   *
   * @private
   */
  _parseOptionsEnv() {
    this.options.forEach((option) => {
      if (option.envVar && option.envVar in process.env) {
        const optionKey = option.attributeName();
        // Priority check. Do not overwrite cli or options from unknown source (client-code).
        if (
          this.getOptionValue(optionKey) === undefined ||
          ['default', 'config', 'env'].includes(
            this.getOptionValueSource(optionKey),
          )
        ) {
          if (option.required || option.optional) {
            // option can take a value
            // keep very simple, optional always takes value
            this.emit(`optionEnv:${option.name()}`, process.env[option.envVar]);
          } else {
            // boolean
            // keep very simple, only care that envVar defined and not the value
            this.emit(`optionEnv:${option.name()}`);
          }
        }
      }
    });
  }

  /**
   * Apply any implied option values, if option is undefined or default value.
   *
   * @private
   */
  _parseOptionsImplied() {
    const dualHelper = new DualOptions(this.options);
    const hasCustomOptionValue = (optionKey) => {
      return (
        this.getOptionValue(optionKey) !== undefined &&
        !['default', 'implied'].includes(this.getOptionValueSource(optionKey))
      );
    };
    this.options
      .filter(
        (option) =>
          option.implied !== undefined &&
          hasCustomOptionValue(option.attributeName()) &&
          dualHelper.valueFromOption(
            this.getOptionValue(option.attributeName()),
            option,
          ),
      )
      .forEach((option) => {
        Object.keys(option.implied)
          .filter((impliedKey) => !hasCustomOptionValue(impliedKey))
          .forEach((impliedKey) => {
            this.setOptionValueWithSource(
              impliedKey,
              option.implied[impliedKey],
              'implied',
            );
          });
      });
  }

  /**
   * Argument `name` is missing.
   *
   * @param {string} name
   * @private
   */

  missingArgument(name) {
    const message = `error: missing required argument '${name}'`;
    this.error(message, { code: 'commander.missingArgument' });
  }

  /**
   * `Option` is missing an argument.
   *
   * @param {Option} option
   * @private
   */

  optionMissingArgument(option) {
    const message = `error: option '${option.flags}' argument missing`;
    this.error(message, { code: 'commander.optionMissingArgument' });
  }

  /**
   * `Option` does not have a value, and is a mandatory option.
   *
   * @param {Option} option
   * @private
   */

  missingMandatoryOptionValue(option) {
    const message = `error: required option '${option.flags}' not specified`;
    this.error(message, { code: 'commander.missingMandatoryOptionValue' });
  }

  /**
   * `Option` conflicts with another option.
   *
   * @param {Option} option
   * @param {Option} conflictingOption
   * @private
   */
  _conflictingOption(option, conflictingOption) {
    // The calling code does not know whether a negated option is the source of the
    // value, so do some work to take an educated guess.
    const findBestOptionFromValue = (option) => {
      const optionKey = option.attributeName();
      const optionValue = this.getOptionValue(optionKey);
      const negativeOption = this.options.find(
        (target) => target.negate && optionKey === target.attributeName(),
      );
      const positiveOption = this.options.find(
        (target) => !target.negate && optionKey === target.attributeName(),
      );
      if (
        negativeOption &&
        ((negativeOption.presetArg === undefined && optionValue === false) ||
          (negativeOption.presetArg !== undefined &&
            optionValue === negativeOption.presetArg))
      ) {
        return negativeOption;
      }
      return positiveOption || option;
    };

    const getErrorMessage = (option) => {
      const bestOption = findBestOptionFromValue(option);
      const optionKey = bestOption.attributeName();
      const source = this.getOptionValueSource(optionKey);
      if (source === 'env') {
        return `environment variable '${bestOption.envVar}'`;
      }
      return `option '${bestOption.flags}'`;
    };

    const message = `error: ${getErrorMessage(option)} cannot be used with ${getErrorMessage(conflictingOption)}`;
    this.error(message, { code: 'commander.conflictingOption' });
  }

  /**
   * Unknown option `flag`.
   *
   * @param {string} flag
   * @private
   */

  unknownOption(flag) {
    if (this._allowUnknownOption) return;
    let suggestion = '';

    if (flag.startsWith('--') && this._showSuggestionAfterError) {
      // Looping to pick up the global options too
      let candidateFlags = [];
      // eslint-disable-next-line @typescript-eslint/no-this-alias
      let command = this;
      do {
        const moreFlags = command
          .createHelp()
          .visibleOptions(command)
          .filter((option) => option.long)
          .map((option) => option.long);
        candidateFlags = candidateFlags.concat(moreFlags);
        command = command.parent;
      } while (command && !command._enablePositionalOptions);
      suggestion = suggestSimilar(flag, candidateFlags);
    }

    const message = `error: unknown option '${flag}'${suggestion}`;
    this.error(message, { code: 'commander.unknownOption' });
  }

  /**
   * Excess arguments, more than expected.
   *
   * @param {string[]} receivedArgs
   * @private
   */

  _excessArguments(receivedArgs) {
    if (this._allowExcessArguments) return;

    const expected = this.registeredArguments.length;
    const s = expected === 1 ? '' : 's';
    const forSubcommand = this.parent ? ` for '${this.name()}'` : '';
    const message = `error: too many arguments${forSubcommand}. Expected ${expected} argument${s} but got ${receivedArgs.length}.`;
    this.error(message, { code: 'commander.excessArguments' });
  }

  /**
   * Unknown command.
   *
   * @private
   */

  unknownCommand() {
    const unknownName = this.args[0];
    let suggestion = '';

    if (this._showSuggestionAfterError) {
      const candidateNames = [];
      this.createHelp()
        .visibleCommands(this)
        .forEach((command) => {
          candidateNames.push(command.name());
          // just visible alias
          if (command.alias()) candidateNames.push(command.alias());
        });
      suggestion = suggestSimilar(unknownName, candidateNames);
    }

    const message = `error: unknown command '${unknownName}'${suggestion}`;
    this.error(message, { code: 'commander.unknownCommand' });
  }

  /**
   * Get or set the program version.
   *
   * This method auto-registers the "-V, --version" option which will print the version number.
   *
   * You can optionally supply the flags and description to override the defaults.
   *
   * @param {string} [str]
   * @param {string} [flags]
   * @param {string} [description]
   * @return {(this | string | undefined)} `this` command for chaining, or version string if no arguments
   */

  version(str, flags, description) {
    if (str === undefined) return this._version;
    this._version = str;
    flags = flags || '-V, --version';
    description = description || 'output the version number';
    const versionOption = this.createOption(flags, description);
    this._versionOptionName = versionOption.attributeName();
    this._registerOption(versionOption);

    this.on('option:' + versionOption.name(), () => {
      this._outputConfiguration.writeOut(`${str}\n`);
      this._exit(0, 'commander.version', str);
    });
    return this;
  }

  /**
   * Set the description.
   *
   * @param {string} [str]
   * @param {object} [argsDescription]
   * @return {(string|Command)}
   */
  description(str, argsDescription) {
    if (str === undefined && argsDescription === undefined)
      return this._description;
    this._description = str;
    if (argsDescription) {
      this._argsDescription = argsDescription;
    }
    return this;
  }

  /**
   * Set the summary. Used when listed as subcommand of parent.
   *
   * @param {string} [str]
   * @return {(string|Command)}
   */
  summary(str) {
    if (str === undefined) return this._summary;
    this._summary = str;
    return this;
  }

  /**
   * Set an alias for the command.
   *
   * You may call more than once to add multiple aliases. Only the first alias is shown in the auto-generated help.
   *
   * @param {string} [alias]
   * @return {(string|Command)}
   */

  alias(alias) {
    if (alias === undefined) return this._aliases[0]; // just return first, for backwards compatibility

    /** @type {Command} */
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    let command = this;
    if (
      this.commands.length !== 0 &&
      this.commands[this.commands.length - 1]._executableHandler
    ) {
      // assume adding alias for last added executable subcommand, rather than this
      command = this.commands[this.commands.length - 1];
    }

    if (alias === command._name)
      throw new Error("Command alias can't be the same as its name");
    const matchingCommand = this.parent?._findCommand(alias);
    if (matchingCommand) {
      // c.f. _registerCommand
      const existingCmd = [matchingCommand.name()]
        .concat(matchingCommand.aliases())
        .join('|');
      throw new Error(
        `cannot add alias '${alias}' to command '${this.name()}' as already have command '${existingCmd}'`,
      );
    }

    command._aliases.push(alias);
    return this;
  }

  /**
   * Set aliases for the command.
   *
   * Only the first alias is shown in the auto-generated help.
   *
   * @param {string[]} [aliases]
   * @return {(string[]|Command)}
   */

  aliases(aliases) {
    // Getter for the array of aliases is the main reason for having aliases() in addition to alias().
    if (aliases === undefined) return this._aliases;

    aliases.forEach((alias) => this.alias(alias));
    return this;
  }

  /**
   * Set / get the command usage `str`.
   *
   * @param {string} [str]
   * @return {(string|Command)}
   */

  usage(str) {
    if (str === undefined) {
      if (this._usage) return this._usage;

      const args = this.registeredArguments.map((arg) => {
        return humanReadableArgName(arg);
      });
      return []
        .concat(
          this.options.length || this._helpOption !== null ? '[options]' : [],
          this.commands.length ? '[command]' : [],
          this.registeredArguments.length ? args : [],
        )
        .join(' ');
    }

    this._usage = str;
    return this;
  }

  /**
   * Get or set the name of the command.
   *
   * @param {string} [str]
   * @return {(string|Command)}
   */

  name(str) {
    if (str === undefined) return this._name;
    this._name = str;
    return this;
  }

  /**
   * Set/get the help group heading for this subcommand in parent command's help.
   *
   * @param {string} [heading]
   * @return {Command | string}
   */

  helpGroup(heading) {
    if (heading === undefined) return this._helpGroupHeading ?? '';
    this._helpGroupHeading = heading;
    return this;
  }

  /**
   * Set/get the default help group heading for subcommands added to this command.
   * (This does not override a group set directly on the subcommand using .helpGroup().)
   *
   * @example
   * program.commandsGroup('Development Commands:);
   * program.command('watch')...
   * program.command('lint')...
   * ...
   *
   * @param {string} [heading]
   * @returns {Command | string}
   */
  commandsGroup(heading) {
    if (heading === undefined) return this._defaultCommandGroup ?? '';
    this._defaultCommandGroup = heading;
    return this;
  }

  /**
   * Set/get the default help group heading for options added to this command.
   * (This does not override a group set directly on the option using .helpGroup().)
   *
   * @example
   * program
   *   .optionsGroup('Development Options:')
   *   .option('-d, --debug', 'output extra debugging')
   *   .option('-p, --profile', 'output profiling information')
   *
   * @param {string} [heading]
   * @returns {Command | string}
   */
  optionsGroup(heading) {
    if (heading === undefined) return this._defaultOptionGroup ?? '';
    this._defaultOptionGroup = heading;
    return this;
  }

  /**
   * @param {Option} option
   * @private
   */
  _initOptionGroup(option) {
    if (this._defaultOptionGroup && !option.helpGroupHeading)
      option.helpGroup(this._defaultOptionGroup);
  }

  /**
   * @param {Command} cmd
   * @private
   */
  _initCommandGroup(cmd) {
    if (this._defaultCommandGroup && !cmd.helpGroup())
      cmd.helpGroup(this._defaultCommandGroup);
  }

  /**
   * Set the name of the command from script filename, such as process.argv[1],
   * or require.main.filename, or __filename.
   *
   * (Used internally and public although not documented in README.)
   *
   * @example
   * program.nameFromFilename(require.main.filename);
   *
   * @param {string} filename
   * @return {Command}
   */

  nameFromFilename(filename) {
    this._name = path.basename(filename, path.extname(filename));

    return this;
  }

  /**
   * Get or set the directory for searching for executable subcommands of this command.
   *
   * @example
   * program.executableDir(__dirname);
   * // or
   * program.executableDir('subcommands');
   *
   * @param {string} [path]
   * @return {(string|null|Command)}
   */

  executableDir(path) {
    if (path === undefined) return this._executableDir;
    this._executableDir = path;
    return this;
  }

  /**
   * Return program help documentation.
   *
   * @param {{ error: boolean }} [contextOptions] - pass {error:true} to wrap for stderr instead of stdout
   * @return {string}
   */

  helpInformation(contextOptions) {
    const helper = this.createHelp();
    const context = this._getOutputContext(contextOptions);
    helper.prepareContext({
      error: context.error,
      helpWidth: context.helpWidth,
      outputHasColors: context.hasColors,
    });
    const text = helper.formatHelp(this, helper);
    if (context.hasColors) return text;
    return this._outputConfiguration.stripColor(text);
  }

  /**
   * @typedef HelpContext
   * @type {object}
   * @property {boolean} error
   * @property {number} helpWidth
   * @property {boolean} hasColors
   * @property {function} write - includes stripColor if needed
   *
   * @returns {HelpContext}
   * @private
   */

  _getOutputContext(contextOptions) {
    contextOptions = contextOptions || {};
    const error = !!contextOptions.error;
    let baseWrite;
    let hasColors;
    let helpWidth;
    if (error) {
      baseWrite = (str) => this._outputConfiguration.writeErr(str);
      hasColors = this._outputConfiguration.getErrHasColors();
      helpWidth = this._outputConfiguration.getErrHelpWidth();
    } else {
      baseWrite = (str) => this._outputConfiguration.writeOut(str);
      hasColors = this._outputConfiguration.getOutHasColors();
      helpWidth = this._outputConfiguration.getOutHelpWidth();
    }
    const write = (str) => {
      if (!hasColors) str = this._outputConfiguration.stripColor(str);
      return baseWrite(str);
    };
    return { error, write, hasColors, helpWidth };
  }

  /**
   * Output help information for this command.
   *
   * Outputs built-in help, and custom text added using `.addHelpText()`.
   *
   * @param {{ error: boolean } | Function} [contextOptions] - pass {error:true} to write to stderr instead of stdout
   */

  outputHelp(contextOptions) {
    let deprecatedCallback;
    if (typeof contextOptions === 'function') {
      deprecatedCallback = contextOptions;
      contextOptions = undefined;
    }

    const outputContext = this._getOutputContext(contextOptions);
    /** @type {HelpTextEventContext} */
    const eventContext = {
      error: outputContext.error,
      write: outputContext.write,
      command: this,
    };

    this._getCommandAndAncestors()
      .reverse()
      .forEach((command) => command.emit('beforeAllHelp', eventContext));
    this.emit('beforeHelp', eventContext);

    let helpInformation = this.helpInformation({ error: outputContext.error });
    if (deprecatedCallback) {
      helpInformation = deprecatedCallback(helpInformation);
      if (
        typeof helpInformation !== 'string' &&
        !Buffer.isBuffer(helpInformation)
      ) {
        throw new Error('outputHelp callback must return a string or a Buffer');
      }
    }
    outputContext.write(helpInformation);

    if (this._getHelpOption()?.long) {
      this.emit(this._getHelpOption().long); // deprecated
    }
    this.emit('afterHelp', eventContext);
    this._getCommandAndAncestors().forEach((command) =>
      command.emit('afterAllHelp', eventContext),
    );
  }

  /**
   * You can pass in flags and a description to customise the built-in help option.
   * Pass in false to disable the built-in help option.
   *
   * @example
   * program.helpOption('-?, --help' 'show help'); // customise
   * program.helpOption(false); // disable
   *
   * @param {(string | boolean)} flags
   * @param {string} [description]
   * @return {Command} `this` command for chaining
   */

  helpOption(flags, description) {
    // Support enabling/disabling built-in help option.
    if (typeof flags === 'boolean') {
      if (flags) {
        if (this._helpOption === null) this._helpOption = undefined; // reenable
        if (this._defaultOptionGroup) {
          // make the option to store the group
          this._initOptionGroup(this._getHelpOption());
        }
      } else {
        this._helpOption = null; // disable
      }
      return this;
    }

    // Customise flags and description.
    this._helpOption = this.createOption(
      flags ?? '-h, --help',
      description ?? 'display help for command',
    );
    // init group unless lazy create
    if (flags || description) this._initOptionGroup(this._helpOption);

    return this;
  }

  /**
   * Lazy create help option.
   * Returns null if has been disabled with .helpOption(false).
   *
   * @returns {(Option | null)} the help option
   * @package
   */
  _getHelpOption() {
    // Lazy create help option on demand.
    if (this._helpOption === undefined) {
      this.helpOption(undefined, undefined);
    }
    return this._helpOption;
  }

  /**
   * Supply your own option to use for the built-in help option.
   * This is an alternative to using helpOption() to customise the flags and description etc.
   *
   * @param {Option} option
   * @return {Command} `this` command for chaining
   */
  addHelpOption(option) {
    this._helpOption = option;
    this._initOptionGroup(option);
    return this;
  }

  /**
   * Output help information and exit.
   *
   * Outputs built-in help, and custom text added using `.addHelpText()`.
   *
   * @param {{ error: boolean }} [contextOptions] - pass {error:true} to write to stderr instead of stdout
   */

  help(contextOptions) {
    this.outputHelp(contextOptions);
    let exitCode = Number(process.exitCode ?? 0); // process.exitCode does allow a string or an integer, but we prefer just a number
    if (
      exitCode === 0 &&
      contextOptions &&
      typeof contextOptions !== 'function' &&
      contextOptions.error
    ) {
      exitCode = 1;
    }
    // message: do not have all displayed text available so only passing placeholder.
    this._exit(exitCode, 'commander.help', '(outputHelp)');
  }

  /**
   * // Do a little typing to coordinate emit and listener for the help text events.
   * @typedef HelpTextEventContext
   * @type {object}
   * @property {boolean} error
   * @property {Command} command
   * @property {function} write
   */

  /**
   * Add additional text to be displayed with the built-in help.
   *
   * Position is 'before' or 'after' to affect just this command,
   * and 'beforeAll' or 'afterAll' to affect this command and all its subcommands.
   *
   * @param {string} position - before or after built-in help
   * @param {(string | Function)} text - string to add, or a function returning a string
   * @return {Command} `this` command for chaining
   */

  addHelpText(position, text) {
    const allowedValues = ['beforeAll', 'before', 'after', 'afterAll'];
    if (!allowedValues.includes(position)) {
      throw new Error(`Unexpected value for position to addHelpText.
Expecting one of '${allowedValues.join("', '")}'`);
    }

    const helpEvent = `${position}Help`;
    this.on(helpEvent, (/** @type {HelpTextEventContext} */ context) => {
      let helpStr;
      if (typeof text === 'function') {
        helpStr = text({ error: context.error, command: context.command });
      } else {
        helpStr = text;
      }
      // Ignore falsy value when nothing to output.
      if (helpStr) {
        context.write(`${helpStr}\n`);
      }
    });
    return this;
  }

  /**
   * Output help information if help flags specified
   *
   * @param {Array} args - array of options to search for help flags
   * @private
   */

  _outputHelpIfRequested(args) {
    const helpOption = this._getHelpOption();
    const helpRequested = helpOption && args.find((arg) => helpOption.is(arg));
    if (helpRequested) {
      this.outputHelp();
      // (Do not have all displayed text available so only passing placeholder.)
      this._exit(0, 'commander.helpDisplayed', '(outputHelp)');
    }
  }
}

/**
 * Scan arguments and increment port number for inspect calls (to avoid conflicts when spawning new command).
 *
 * @param {string[]} args - array of arguments from node.execArgv
 * @returns {string[]}
 * @private
 */

function incrementNodeInspectorPort(args) {
  // Testing for these options:
  //  --inspect[=[host:]port]
  //  --inspect-brk[=[host:]port]
  //  --inspect-port=[host:]port
  return args.map((arg) => {
    if (!arg.startsWith('--inspect')) {
      return arg;
    }
    let debugOption;
    let debugHost = '127.0.0.1';
    let debugPort = '9229';
    let match;
    if ((match = arg.match(/^(--inspect(-brk)?)$/)) !== null) {
      // e.g. --inspect
      debugOption = match[1];
    } else if (
      (match = arg.match(/^(--inspect(-brk|-port)?)=([^:]+)$/)) !== null
    ) {
      debugOption = match[1];
      if (/^\d+$/.test(match[3])) {
        // e.g. --inspect=1234
        debugPort = match[3];
      } else {
        // e.g. --inspect=localhost
        debugHost = match[3];
      }
    } else if (
      (match = arg.match(/^(--inspect(-brk|-port)?)=([^:]+):(\d+)$/)) !== null
    ) {
      // e.g. --inspect=localhost:1234
      debugOption = match[1];
      debugHost = match[3];
      debugPort = match[4];
    }

    if (debugOption && debugPort !== '0') {
      return `${debugOption}=${debugHost}:${parseInt(debugPort) + 1}`;
    }
    return arg;
  });
}

/**
 * @returns {boolean | undefined}
 * @package
 */
function useColor() {
  // Test for common conventions.
  // NB: the observed behaviour is in combination with how author adds color! For example:
  //   - we do not test NODE_DISABLE_COLORS, but util:styletext does
  //   - we do test NO_COLOR, but Chalk does not
  //
  // References:
  // https://no-color.org
  // https://bixense.com/clicolors/
  // https://github.com/nodejs/node/blob/0a00217a5f67ef4a22384cfc80eb6dd9a917fdc1/lib/internal/tty.js#L109
  // https://github.com/chalk/supports-color/blob/c214314a14bcb174b12b3014b2b0a8de375029ae/index.js#L33
  // (https://force-color.org recent web page from 2023, does not match major javascript implementations)

  if (
    process.env.NO_COLOR ||
    process.env.FORCE_COLOR === '0' ||
    process.env.FORCE_COLOR === 'false'
  )
    return false;
  if (process.env.FORCE_COLOR || process.env.CLICOLOR_FORCE !== undefined)
    return true;
  return undefined;
}

exports.Command = Command;
exports.useColor = useColor; // exporting for tests


/***/ }),

/***/ 41135:
/***/ ((__unused_webpack_module, exports) => {

/**
 * CommanderError class
 */
class CommanderError extends Error {
  /**
   * Constructs the CommanderError class
   * @param {number} exitCode suggested exit code which could be used with process.exit
   * @param {string} code an id string representing the error
   * @param {string} message human-readable description of the error
   */
  constructor(exitCode, code, message) {
    super(message);
    // properly capture stack trace in Node.js
    Error.captureStackTrace(this, this.constructor);
    this.name = this.constructor.name;
    this.code = code;
    this.exitCode = exitCode;
    this.nestedError = undefined;
  }
}

/**
 * InvalidArgumentError class
 */
class InvalidArgumentError extends CommanderError {
  /**
   * Constructs the InvalidArgumentError class
   * @param {string} [message] explanation of why argument is invalid
   */
  constructor(message) {
    super(1, 'commander.invalidArgument', message);
    // properly capture stack trace in Node.js
    Error.captureStackTrace(this, this.constructor);
    this.name = this.constructor.name;
  }
}

exports.CommanderError = CommanderError;
exports.InvalidArgumentError = InvalidArgumentError;


/***/ }),

/***/ 79754:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { humanReadableArgName } = __nccwpck_require__(49154);

/**
 * TypeScript import types for JSDoc, used by Visual Studio Code IntelliSense and `npm run typescript-checkJS`
 * https://www.typescriptlang.org/docs/handbook/jsdoc-supported-types.html#import-types
 * @typedef { import("./argument.js").Argument } Argument
 * @typedef { import("./command.js").Command } Command
 * @typedef { import("./option.js").Option } Option
 */

// Although this is a class, methods are static in style to allow override using subclass or just functions.
class Help {
  constructor() {
    this.helpWidth = undefined;
    this.minWidthToWrap = 40;
    this.sortSubcommands = false;
    this.sortOptions = false;
    this.showGlobalOptions = false;
  }

  /**
   * prepareContext is called by Commander after applying overrides from `Command.configureHelp()`
   * and just before calling `formatHelp()`.
   *
   * Commander just uses the helpWidth and the rest is provided for optional use by more complex subclasses.
   *
   * @param {{ error?: boolean, helpWidth?: number, outputHasColors?: boolean }} contextOptions
   */
  prepareContext(contextOptions) {
    this.helpWidth = this.helpWidth ?? contextOptions.helpWidth ?? 80;
  }

  /**
   * Get an array of the visible subcommands. Includes a placeholder for the implicit help command, if there is one.
   *
   * @param {Command} cmd
   * @returns {Command[]}
   */

  visibleCommands(cmd) {
    const visibleCommands = cmd.commands.filter((cmd) => !cmd._hidden);
    const helpCommand = cmd._getHelpCommand();
    if (helpCommand && !helpCommand._hidden) {
      visibleCommands.push(helpCommand);
    }
    if (this.sortSubcommands) {
      visibleCommands.sort((a, b) => {
        // @ts-ignore: because overloaded return type
        return a.name().localeCompare(b.name());
      });
    }
    return visibleCommands;
  }

  /**
   * Compare options for sort.
   *
   * @param {Option} a
   * @param {Option} b
   * @returns {number}
   */
  compareOptions(a, b) {
    const getSortKey = (option) => {
      // WYSIWYG for order displayed in help. Short used for comparison if present. No special handling for negated.
      return option.short
        ? option.short.replace(/^-/, '')
        : option.long.replace(/^--/, '');
    };
    return getSortKey(a).localeCompare(getSortKey(b));
  }

  /**
   * Get an array of the visible options. Includes a placeholder for the implicit help option, if there is one.
   *
   * @param {Command} cmd
   * @returns {Option[]}
   */

  visibleOptions(cmd) {
    const visibleOptions = cmd.options.filter((option) => !option.hidden);
    // Built-in help option.
    const helpOption = cmd._getHelpOption();
    if (helpOption && !helpOption.hidden) {
      // Automatically hide conflicting flags. Bit dubious but a historical behaviour that is convenient for single-command programs.
      const removeShort = helpOption.short && cmd._findOption(helpOption.short);
      const removeLong = helpOption.long && cmd._findOption(helpOption.long);
      if (!removeShort && !removeLong) {
        visibleOptions.push(helpOption); // no changes needed
      } else if (helpOption.long && !removeLong) {
        visibleOptions.push(
          cmd.createOption(helpOption.long, helpOption.description),
        );
      } else if (helpOption.short && !removeShort) {
        visibleOptions.push(
          cmd.createOption(helpOption.short, helpOption.description),
        );
      }
    }
    if (this.sortOptions) {
      visibleOptions.sort(this.compareOptions);
    }
    return visibleOptions;
  }

  /**
   * Get an array of the visible global options. (Not including help.)
   *
   * @param {Command} cmd
   * @returns {Option[]}
   */

  visibleGlobalOptions(cmd) {
    if (!this.showGlobalOptions) return [];

    const globalOptions = [];
    for (
      let ancestorCmd = cmd.parent;
      ancestorCmd;
      ancestorCmd = ancestorCmd.parent
    ) {
      const visibleOptions = ancestorCmd.options.filter(
        (option) => !option.hidden,
      );
      globalOptions.push(...visibleOptions);
    }
    if (this.sortOptions) {
      globalOptions.sort(this.compareOptions);
    }
    return globalOptions;
  }

  /**
   * Get an array of the arguments if any have a description.
   *
   * @param {Command} cmd
   * @returns {Argument[]}
   */

  visibleArguments(cmd) {
    // Side effect! Apply the legacy descriptions before the arguments are displayed.
    if (cmd._argsDescription) {
      cmd.registeredArguments.forEach((argument) => {
        argument.description =
          argument.description || cmd._argsDescription[argument.name()] || '';
      });
    }

    // If there are any arguments with a description then return all the arguments.
    if (cmd.registeredArguments.find((argument) => argument.description)) {
      return cmd.registeredArguments;
    }
    return [];
  }

  /**
   * Get the command term to show in the list of subcommands.
   *
   * @param {Command} cmd
   * @returns {string}
   */

  subcommandTerm(cmd) {
    // Legacy. Ignores custom usage string, and nested commands.
    const args = cmd.registeredArguments
      .map((arg) => humanReadableArgName(arg))
      .join(' ');
    return (
      cmd._name +
      (cmd._aliases[0] ? '|' + cmd._aliases[0] : '') +
      (cmd.options.length ? ' [options]' : '') + // simplistic check for non-help option
      (args ? ' ' + args : '')
    );
  }

  /**
   * Get the option term to show in the list of options.
   *
   * @param {Option} option
   * @returns {string}
   */

  optionTerm(option) {
    return option.flags;
  }

  /**
   * Get the argument term to show in the list of arguments.
   *
   * @param {Argument} argument
   * @returns {string}
   */

  argumentTerm(argument) {
    return argument.name();
  }

  /**
   * Get the longest command term length.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {number}
   */

  longestSubcommandTermLength(cmd, helper) {
    return helper.visibleCommands(cmd).reduce((max, command) => {
      return Math.max(
        max,
        this.displayWidth(
          helper.styleSubcommandTerm(helper.subcommandTerm(command)),
        ),
      );
    }, 0);
  }

  /**
   * Get the longest option term length.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {number}
   */

  longestOptionTermLength(cmd, helper) {
    return helper.visibleOptions(cmd).reduce((max, option) => {
      return Math.max(
        max,
        this.displayWidth(helper.styleOptionTerm(helper.optionTerm(option))),
      );
    }, 0);
  }

  /**
   * Get the longest global option term length.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {number}
   */

  longestGlobalOptionTermLength(cmd, helper) {
    return helper.visibleGlobalOptions(cmd).reduce((max, option) => {
      return Math.max(
        max,
        this.displayWidth(helper.styleOptionTerm(helper.optionTerm(option))),
      );
    }, 0);
  }

  /**
   * Get the longest argument term length.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {number}
   */

  longestArgumentTermLength(cmd, helper) {
    return helper.visibleArguments(cmd).reduce((max, argument) => {
      return Math.max(
        max,
        this.displayWidth(
          helper.styleArgumentTerm(helper.argumentTerm(argument)),
        ),
      );
    }, 0);
  }

  /**
   * Get the command usage to be displayed at the top of the built-in help.
   *
   * @param {Command} cmd
   * @returns {string}
   */

  commandUsage(cmd) {
    // Usage
    let cmdName = cmd._name;
    if (cmd._aliases[0]) {
      cmdName = cmdName + '|' + cmd._aliases[0];
    }
    let ancestorCmdNames = '';
    for (
      let ancestorCmd = cmd.parent;
      ancestorCmd;
      ancestorCmd = ancestorCmd.parent
    ) {
      ancestorCmdNames = ancestorCmd.name() + ' ' + ancestorCmdNames;
    }
    return ancestorCmdNames + cmdName + ' ' + cmd.usage();
  }

  /**
   * Get the description for the command.
   *
   * @param {Command} cmd
   * @returns {string}
   */

  commandDescription(cmd) {
    // @ts-ignore: because overloaded return type
    return cmd.description();
  }

  /**
   * Get the subcommand summary to show in the list of subcommands.
   * (Fallback to description for backwards compatibility.)
   *
   * @param {Command} cmd
   * @returns {string}
   */

  subcommandDescription(cmd) {
    // @ts-ignore: because overloaded return type
    return cmd.summary() || cmd.description();
  }

  /**
   * Get the option description to show in the list of options.
   *
   * @param {Option} option
   * @return {string}
   */

  optionDescription(option) {
    const extraInfo = [];

    if (option.argChoices) {
      extraInfo.push(
        // use stringify to match the display of the default value
        `choices: ${option.argChoices.map((choice) => JSON.stringify(choice)).join(', ')}`,
      );
    }
    if (option.defaultValue !== undefined) {
      // default for boolean and negated more for programmer than end user,
      // but show true/false for boolean option as may be for hand-rolled env or config processing.
      const showDefault =
        option.required ||
        option.optional ||
        (option.isBoolean() && typeof option.defaultValue === 'boolean');
      if (showDefault) {
        extraInfo.push(
          `default: ${option.defaultValueDescription || JSON.stringify(option.defaultValue)}`,
        );
      }
    }
    // preset for boolean and negated are more for programmer than end user
    if (option.presetArg !== undefined && option.optional) {
      extraInfo.push(`preset: ${JSON.stringify(option.presetArg)}`);
    }
    if (option.envVar !== undefined) {
      extraInfo.push(`env: ${option.envVar}`);
    }
    if (extraInfo.length > 0) {
      const extraDescription = `(${extraInfo.join(', ')})`;
      if (option.description) {
        return `${option.description} ${extraDescription}`;
      }
      return extraDescription;
    }

    return option.description;
  }

  /**
   * Get the argument description to show in the list of arguments.
   *
   * @param {Argument} argument
   * @return {string}
   */

  argumentDescription(argument) {
    const extraInfo = [];
    if (argument.argChoices) {
      extraInfo.push(
        // use stringify to match the display of the default value
        `choices: ${argument.argChoices.map((choice) => JSON.stringify(choice)).join(', ')}`,
      );
    }
    if (argument.defaultValue !== undefined) {
      extraInfo.push(
        `default: ${argument.defaultValueDescription || JSON.stringify(argument.defaultValue)}`,
      );
    }
    if (extraInfo.length > 0) {
      const extraDescription = `(${extraInfo.join(', ')})`;
      if (argument.description) {
        return `${argument.description} ${extraDescription}`;
      }
      return extraDescription;
    }
    return argument.description;
  }

  /**
   * Format a list of items, given a heading and an array of formatted items.
   *
   * @param {string} heading
   * @param {string[]} items
   * @param {Help} helper
   * @returns string[]
   */
  formatItemList(heading, items, helper) {
    if (items.length === 0) return [];

    return [helper.styleTitle(heading), ...items, ''];
  }

  /**
   * Group items by their help group heading.
   *
   * @param {Command[] | Option[]} unsortedItems
   * @param {Command[] | Option[]} visibleItems
   * @param {Function} getGroup
   * @returns {Map<string, Command[] | Option[]>}
   */
  groupItems(unsortedItems, visibleItems, getGroup) {
    const result = new Map();
    // Add groups in order of appearance in unsortedItems.
    unsortedItems.forEach((item) => {
      const group = getGroup(item);
      if (!result.has(group)) result.set(group, []);
    });
    // Add items in order of appearance in visibleItems.
    visibleItems.forEach((item) => {
      const group = getGroup(item);
      if (!result.has(group)) {
        result.set(group, []);
      }
      result.get(group).push(item);
    });
    return result;
  }

  /**
   * Generate the built-in help text.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {string}
   */

  formatHelp(cmd, helper) {
    const termWidth = helper.padWidth(cmd, helper);
    const helpWidth = helper.helpWidth ?? 80; // in case prepareContext() was not called

    function callFormatItem(term, description) {
      return helper.formatItem(term, termWidth, description, helper);
    }

    // Usage
    let output = [
      `${helper.styleTitle('Usage:')} ${helper.styleUsage(helper.commandUsage(cmd))}`,
      '',
    ];

    // Description
    const commandDescription = helper.commandDescription(cmd);
    if (commandDescription.length > 0) {
      output = output.concat([
        helper.boxWrap(
          helper.styleCommandDescription(commandDescription),
          helpWidth,
        ),
        '',
      ]);
    }

    // Arguments
    const argumentList = helper.visibleArguments(cmd).map((argument) => {
      return callFormatItem(
        helper.styleArgumentTerm(helper.argumentTerm(argument)),
        helper.styleArgumentDescription(helper.argumentDescription(argument)),
      );
    });
    output = output.concat(
      this.formatItemList('Arguments:', argumentList, helper),
    );

    // Options
    const optionGroups = this.groupItems(
      cmd.options,
      helper.visibleOptions(cmd),
      (option) => option.helpGroupHeading ?? 'Options:',
    );
    optionGroups.forEach((options, group) => {
      const optionList = options.map((option) => {
        return callFormatItem(
          helper.styleOptionTerm(helper.optionTerm(option)),
          helper.styleOptionDescription(helper.optionDescription(option)),
        );
      });
      output = output.concat(this.formatItemList(group, optionList, helper));
    });

    if (helper.showGlobalOptions) {
      const globalOptionList = helper
        .visibleGlobalOptions(cmd)
        .map((option) => {
          return callFormatItem(
            helper.styleOptionTerm(helper.optionTerm(option)),
            helper.styleOptionDescription(helper.optionDescription(option)),
          );
        });
      output = output.concat(
        this.formatItemList('Global Options:', globalOptionList, helper),
      );
    }

    // Commands
    const commandGroups = this.groupItems(
      cmd.commands,
      helper.visibleCommands(cmd),
      (sub) => sub.helpGroup() || 'Commands:',
    );
    commandGroups.forEach((commands, group) => {
      const commandList = commands.map((sub) => {
        return callFormatItem(
          helper.styleSubcommandTerm(helper.subcommandTerm(sub)),
          helper.styleSubcommandDescription(helper.subcommandDescription(sub)),
        );
      });
      output = output.concat(this.formatItemList(group, commandList, helper));
    });

    return output.join('\n');
  }

  /**
   * Return display width of string, ignoring ANSI escape sequences. Used in padding and wrapping calculations.
   *
   * @param {string} str
   * @returns {number}
   */
  displayWidth(str) {
    return stripColor(str).length;
  }

  /**
   * Style the title for displaying in the help. Called with 'Usage:', 'Options:', etc.
   *
   * @param {string} str
   * @returns {string}
   */
  styleTitle(str) {
    return str;
  }

  styleUsage(str) {
    // Usage has lots of parts the user might like to color separately! Assume default usage string which is formed like:
    //    command subcommand [options] [command] <foo> [bar]
    return str
      .split(' ')
      .map((word) => {
        if (word === '[options]') return this.styleOptionText(word);
        if (word === '[command]') return this.styleSubcommandText(word);
        if (word[0] === '[' || word[0] === '<')
          return this.styleArgumentText(word);
        return this.styleCommandText(word); // Restrict to initial words?
      })
      .join(' ');
  }
  styleCommandDescription(str) {
    return this.styleDescriptionText(str);
  }
  styleOptionDescription(str) {
    return this.styleDescriptionText(str);
  }
  styleSubcommandDescription(str) {
    return this.styleDescriptionText(str);
  }
  styleArgumentDescription(str) {
    return this.styleDescriptionText(str);
  }
  styleDescriptionText(str) {
    return str;
  }
  styleOptionTerm(str) {
    return this.styleOptionText(str);
  }
  styleSubcommandTerm(str) {
    // This is very like usage with lots of parts! Assume default string which is formed like:
    //    subcommand [options] <foo> [bar]
    return str
      .split(' ')
      .map((word) => {
        if (word === '[options]') return this.styleOptionText(word);
        if (word[0] === '[' || word[0] === '<')
          return this.styleArgumentText(word);
        return this.styleSubcommandText(word); // Restrict to initial words?
      })
      .join(' ');
  }
  styleArgumentTerm(str) {
    return this.styleArgumentText(str);
  }
  styleOptionText(str) {
    return str;
  }
  styleArgumentText(str) {
    return str;
  }
  styleSubcommandText(str) {
    return str;
  }
  styleCommandText(str) {
    return str;
  }

  /**
   * Calculate the pad width from the maximum term length.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {number}
   */

  padWidth(cmd, helper) {
    return Math.max(
      helper.longestOptionTermLength(cmd, helper),
      helper.longestGlobalOptionTermLength(cmd, helper),
      helper.longestSubcommandTermLength(cmd, helper),
      helper.longestArgumentTermLength(cmd, helper),
    );
  }

  /**
   * Detect manually wrapped and indented strings by checking for line break followed by whitespace.
   *
   * @param {string} str
   * @returns {boolean}
   */
  preformatted(str) {
    return /\n[^\S\r\n]/.test(str);
  }

  /**
   * Format the "item", which consists of a term and description. Pad the term and wrap the description, indenting the following lines.
   *
   * So "TTT", 5, "DDD DDDD DD DDD" might be formatted for this.helpWidth=17 like so:
   *   TTT  DDD DDDD
   *        DD DDD
   *
   * @param {string} term
   * @param {number} termWidth
   * @param {string} description
   * @param {Help} helper
   * @returns {string}
   */
  formatItem(term, termWidth, description, helper) {
    const itemIndent = 2;
    const itemIndentStr = ' '.repeat(itemIndent);
    if (!description) return itemIndentStr + term;

    // Pad the term out to a consistent width, so descriptions are aligned.
    const paddedTerm = term.padEnd(
      termWidth + term.length - helper.displayWidth(term),
    );

    // Format the description.
    const spacerWidth = 2; // between term and description
    const helpWidth = this.helpWidth ?? 80; // in case prepareContext() was not called
    const remainingWidth = helpWidth - termWidth - spacerWidth - itemIndent;
    let formattedDescription;
    if (
      remainingWidth < this.minWidthToWrap ||
      helper.preformatted(description)
    ) {
      formattedDescription = description;
    } else {
      const wrappedDescription = helper.boxWrap(description, remainingWidth);
      formattedDescription = wrappedDescription.replace(
        /\n/g,
        '\n' + ' '.repeat(termWidth + spacerWidth),
      );
    }

    // Construct and overall indent.
    return (
      itemIndentStr +
      paddedTerm +
      ' '.repeat(spacerWidth) +
      formattedDescription.replace(/\n/g, `\n${itemIndentStr}`)
    );
  }

  /**
   * Wrap a string at whitespace, preserving existing line breaks.
   * Wrapping is skipped if the width is less than `minWidthToWrap`.
   *
   * @param {string} str
   * @param {number} width
   * @returns {string}
   */
  boxWrap(str, width) {
    if (width < this.minWidthToWrap) return str;

    const rawLines = str.split(/\r\n|\n/);
    // split up text by whitespace
    const chunkPattern = /[\s]*[^\s]+/g;
    const wrappedLines = [];
    rawLines.forEach((line) => {
      const chunks = line.match(chunkPattern);
      if (chunks === null) {
        wrappedLines.push('');
        return;
      }

      let sumChunks = [chunks.shift()];
      let sumWidth = this.displayWidth(sumChunks[0]);
      chunks.forEach((chunk) => {
        const visibleWidth = this.displayWidth(chunk);
        // Accumulate chunks while they fit into width.
        if (sumWidth + visibleWidth <= width) {
          sumChunks.push(chunk);
          sumWidth += visibleWidth;
          return;
        }
        wrappedLines.push(sumChunks.join(''));

        const nextChunk = chunk.trimStart(); // trim space at line break
        sumChunks = [nextChunk];
        sumWidth = this.displayWidth(nextChunk);
      });
      wrappedLines.push(sumChunks.join(''));
    });

    return wrappedLines.join('\n');
  }
}

/**
 * Strip style ANSI escape sequences from the string. In particular, SGR (Select Graphic Rendition) codes.
 *
 * @param {string} str
 * @returns {string}
 * @package
 */

function stripColor(str) {
  // eslint-disable-next-line no-control-regex
  const sgrPattern = /\x1b\[\d*(;\d*)*m/g;
  return str.replace(sgrPattern, '');
}

exports.Help = Help;
exports.stripColor = stripColor;


/***/ }),

/***/ 45240:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { InvalidArgumentError } = __nccwpck_require__(41135);

class Option {
  /**
   * Initialize a new `Option` with the given `flags` and `description`.
   *
   * @param {string} flags
   * @param {string} [description]
   */

  constructor(flags, description) {
    this.flags = flags;
    this.description = description || '';

    this.required = flags.includes('<'); // A value must be supplied when the option is specified.
    this.optional = flags.includes('['); // A value is optional when the option is specified.
    // variadic test ignores <value,...> et al which might be used to describe custom splitting of single argument
    this.variadic = /\w\.\.\.[>\]]$/.test(flags); // The option can take multiple values.
    this.mandatory = false; // The option must have a value after parsing, which usually means it must be specified on command line.
    const optionFlags = splitOptionFlags(flags);
    this.short = optionFlags.shortFlag; // May be a short flag, undefined, or even a long flag (if option has two long flags).
    this.long = optionFlags.longFlag;
    this.negate = false;
    if (this.long) {
      this.negate = this.long.startsWith('--no-');
    }
    this.defaultValue = undefined;
    this.defaultValueDescription = undefined;
    this.presetArg = undefined;
    this.envVar = undefined;
    this.parseArg = undefined;
    this.hidden = false;
    this.argChoices = undefined;
    this.conflictsWith = [];
    this.implied = undefined;
    this.helpGroupHeading = undefined; // soft initialised when option added to command
  }

  /**
   * Set the default value, and optionally supply the description to be displayed in the help.
   *
   * @param {*} value
   * @param {string} [description]
   * @return {Option}
   */

  default(value, description) {
    this.defaultValue = value;
    this.defaultValueDescription = description;
    return this;
  }

  /**
   * Preset to use when option used without option-argument, especially optional but also boolean and negated.
   * The custom processing (parseArg) is called.
   *
   * @example
   * new Option('--color').default('GREYSCALE').preset('RGB');
   * new Option('--donate [amount]').preset('20').argParser(parseFloat);
   *
   * @param {*} arg
   * @return {Option}
   */

  preset(arg) {
    this.presetArg = arg;
    return this;
  }

  /**
   * Add option name(s) that conflict with this option.
   * An error will be displayed if conflicting options are found during parsing.
   *
   * @example
   * new Option('--rgb').conflicts('cmyk');
   * new Option('--js').conflicts(['ts', 'jsx']);
   *
   * @param {(string | string[])} names
   * @return {Option}
   */

  conflicts(names) {
    this.conflictsWith = this.conflictsWith.concat(names);
    return this;
  }

  /**
   * Specify implied option values for when this option is set and the implied options are not.
   *
   * The custom processing (parseArg) is not called on the implied values.
   *
   * @example
   * program
   *   .addOption(new Option('--log', 'write logging information to file'))
   *   .addOption(new Option('--trace', 'log extra details').implies({ log: 'trace.txt' }));
   *
   * @param {object} impliedOptionValues
   * @return {Option}
   */
  implies(impliedOptionValues) {
    let newImplied = impliedOptionValues;
    if (typeof impliedOptionValues === 'string') {
      // string is not documented, but easy mistake and we can do what user probably intended.
      newImplied = { [impliedOptionValues]: true };
    }
    this.implied = Object.assign(this.implied || {}, newImplied);
    return this;
  }

  /**
   * Set environment variable to check for option value.
   *
   * An environment variable is only used if when processed the current option value is
   * undefined, or the source of the current value is 'default' or 'config' or 'env'.
   *
   * @param {string} name
   * @return {Option}
   */

  env(name) {
    this.envVar = name;
    return this;
  }

  /**
   * Set the custom handler for processing CLI option arguments into option values.
   *
   * @param {Function} [fn]
   * @return {Option}
   */

  argParser(fn) {
    this.parseArg = fn;
    return this;
  }

  /**
   * Whether the option is mandatory and must have a value after parsing.
   *
   * @param {boolean} [mandatory=true]
   * @return {Option}
   */

  makeOptionMandatory(mandatory = true) {
    this.mandatory = !!mandatory;
    return this;
  }

  /**
   * Hide option in help.
   *
   * @param {boolean} [hide=true]
   * @return {Option}
   */

  hideHelp(hide = true) {
    this.hidden = !!hide;
    return this;
  }

  /**
   * @package
   */

  _collectValue(value, previous) {
    if (previous === this.defaultValue || !Array.isArray(previous)) {
      return [value];
    }

    previous.push(value);
    return previous;
  }

  /**
   * Only allow option value to be one of choices.
   *
   * @param {string[]} values
   * @return {Option}
   */

  choices(values) {
    this.argChoices = values.slice();
    this.parseArg = (arg, previous) => {
      if (!this.argChoices.includes(arg)) {
        throw new InvalidArgumentError(
          `Allowed choices are ${this.argChoices.join(', ')}.`,
        );
      }
      if (this.variadic) {
        return this._collectValue(arg, previous);
      }
      return arg;
    };
    return this;
  }

  /**
   * Return option name.
   *
   * @return {string}
   */

  name() {
    if (this.long) {
      return this.long.replace(/^--/, '');
    }
    return this.short.replace(/^-/, '');
  }

  /**
   * Return option name, in a camelcase format that can be used
   * as an object attribute key.
   *
   * @return {string}
   */

  attributeName() {
    if (this.negate) {
      return camelcase(this.name().replace(/^no-/, ''));
    }
    return camelcase(this.name());
  }

  /**
   * Set the help group heading.
   *
   * @param {string} heading
   * @return {Option}
   */
  helpGroup(heading) {
    this.helpGroupHeading = heading;
    return this;
  }

  /**
   * Check if `arg` matches the short or long flag.
   *
   * @param {string} arg
   * @return {boolean}
   * @package
   */

  is(arg) {
    return this.short === arg || this.long === arg;
  }

  /**
   * Return whether a boolean option.
   *
   * Options are one of boolean, negated, required argument, or optional argument.
   *
   * @return {boolean}
   * @package
   */

  isBoolean() {
    return !this.required && !this.optional && !this.negate;
  }
}

/**
 * This class is to make it easier to work with dual options, without changing the existing
 * implementation. We support separate dual options for separate positive and negative options,
 * like `--build` and `--no-build`, which share a single option value. This works nicely for some
 * use cases, but is tricky for others where we want separate behaviours despite
 * the single shared option value.
 */
class DualOptions {
  /**
   * @param {Option[]} options
   */
  constructor(options) {
    this.positiveOptions = new Map();
    this.negativeOptions = new Map();
    this.dualOptions = new Set();
    options.forEach((option) => {
      if (option.negate) {
        this.negativeOptions.set(option.attributeName(), option);
      } else {
        this.positiveOptions.set(option.attributeName(), option);
      }
    });
    this.negativeOptions.forEach((value, key) => {
      if (this.positiveOptions.has(key)) {
        this.dualOptions.add(key);
      }
    });
  }

  /**
   * Did the value come from the option, and not from possible matching dual option?
   *
   * @param {*} value
   * @param {Option} option
   * @returns {boolean}
   */
  valueFromOption(value, option) {
    const optionKey = option.attributeName();
    if (!this.dualOptions.has(optionKey)) return true;

    // Use the value to deduce if (probably) came from the option.
    const preset = this.negativeOptions.get(optionKey).presetArg;
    const negativeValue = preset !== undefined ? preset : false;
    return option.negate === (negativeValue === value);
  }
}

/**
 * Convert string from kebab-case to camelCase.
 *
 * @param {string} str
 * @return {string}
 * @private
 */

function camelcase(str) {
  return str.split('-').reduce((str, word) => {
    return str + word[0].toUpperCase() + word.slice(1);
  });
}

/**
 * Split the short and long flag out of something like '-m,--mixed <value>'
 *
 * @private
 */

function splitOptionFlags(flags) {
  let shortFlag;
  let longFlag;
  // short flag, single dash and single character
  const shortFlagExp = /^-[^-]$/;
  // long flag, double dash and at least one character
  const longFlagExp = /^--[^-]/;

  const flagParts = flags.split(/[ |,]+/).concat('guard');
  // Normal is short and/or long.
  if (shortFlagExp.test(flagParts[0])) shortFlag = flagParts.shift();
  if (longFlagExp.test(flagParts[0])) longFlag = flagParts.shift();
  // Long then short. Rarely used but fine.
  if (!shortFlag && shortFlagExp.test(flagParts[0]))
    shortFlag = flagParts.shift();
  // Allow two long flags, like '--ws, --workspace'
  // This is the supported way to have a shortish option flag.
  if (!shortFlag && longFlagExp.test(flagParts[0])) {
    shortFlag = longFlag;
    longFlag = flagParts.shift();
  }

  // Check for unprocessed flag. Fail noisily rather than silently ignore.
  if (flagParts[0].startsWith('-')) {
    const unsupportedFlag = flagParts[0];
    const baseError = `option creation failed due to '${unsupportedFlag}' in option flags '${flags}'`;
    if (/^-[^-][^-]/.test(unsupportedFlag))
      throw new Error(
        `${baseError}
- a short flag is a single dash and a single character
  - either use a single dash and a single character (for a short flag)
  - or use a double dash for a long option (and can have two, like '--ws, --workspace')`,
      );
    if (shortFlagExp.test(unsupportedFlag))
      throw new Error(`${baseError}
- too many short flags`);
    if (longFlagExp.test(unsupportedFlag))
      throw new Error(`${baseError}
- too many long flags`);

    throw new Error(`${baseError}
- unrecognised flag format`);
  }
  if (shortFlag === undefined && longFlag === undefined)
    throw new Error(
      `option creation failed due to no flags found in '${flags}'.`,
    );

  return { shortFlag, longFlag };
}

exports.Option = Option;
exports.DualOptions = DualOptions;


/***/ }),

/***/ 65030:
/***/ ((__unused_webpack_module, exports) => {

const maxDistance = 3;

function editDistance(a, b) {
  // https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance
  // Calculating optimal string alignment distance, no substring is edited more than once.
  // (Simple implementation.)

  // Quick early exit, return worst case.
  if (Math.abs(a.length - b.length) > maxDistance)
    return Math.max(a.length, b.length);

  // distance between prefix substrings of a and b
  const d = [];

  // pure deletions turn a into empty string
  for (let i = 0; i <= a.length; i++) {
    d[i] = [i];
  }
  // pure insertions turn empty string into b
  for (let j = 0; j <= b.length; j++) {
    d[0][j] = j;
  }

  // fill matrix
  for (let j = 1; j <= b.length; j++) {
    for (let i = 1; i <= a.length; i++) {
      let cost = 1;
      if (a[i - 1] === b[j - 1]) {
        cost = 0;
      } else {
        cost = 1;
      }
      d[i][j] = Math.min(
        d[i - 1][j] + 1, // deletion
        d[i][j - 1] + 1, // insertion
        d[i - 1][j - 1] + cost, // substitution
      );
      // transposition
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }

  return d[a.length][b.length];
}

/**
 * Find close matches, restricted to same number of edits.
 *
 * @param {string} word
 * @param {string[]} candidates
 * @returns {string}
 */

function suggestSimilar(word, candidates) {
  if (!candidates || candidates.length === 0) return '';
  // remove possible duplicates
  candidates = Array.from(new Set(candidates));

  const searchingOptions = word.startsWith('--');
  if (searchingOptions) {
    word = word.slice(2);
    candidates = candidates.map((candidate) => candidate.slice(2));
  }

  let similar = [];
  let bestDistance = maxDistance;
  const minSimilarity = 0.4;
  candidates.forEach((candidate) => {
    if (candidate.length <= 1) return; // no one character guesses

    const distance = editDistance(word, candidate);
    const length = Math.max(word.length, candidate.length);
    const similarity = (length - distance) / length;
    if (similarity > minSimilarity) {
      if (distance < bestDistance) {
        // better edit distance, throw away previous worse matches
        bestDistance = distance;
        similar = [candidate];
      } else if (distance === bestDistance) {
        similar.push(candidate);
      }
    }
  });

  similar.sort((a, b) => a.localeCompare(b));
  if (searchingOptions) {
    similar = similar.map((candidate) => `--${candidate}`);
  }

  if (similar.length > 1) {
    return `\n(Did you mean one of ${similar.join(', ')}?)`;
  }
  if (similar.length === 1) {
    return `\n(Did you mean ${similar[0]}?)`;
  }
  return '';
}

exports.suggestSimilar = suggestSimilar;


/***/ }),

/***/ 41587:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   SK: () => (/* binding */ constantTimeEqual),
/* harmony export */   TR: () => (/* binding */ hmacSha256),
/* harmony export */   _6: () => (/* binding */ decodeUtf8),
/* harmony export */   fg: () => (/* binding */ sha256Hex),
/* harmony export */   r0: () => (/* binding */ base64url)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(77598);
/** Digests, comparisons and text in bytes. Touches node:crypto only. */


/** Lower-case hex SHA-256. */
function sha256Hex(data                     )         {
  return oneShot === undefined ? (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(data).digest("hex") : oneShot("sha256", data, "hex");
}

/** HMAC-SHA-256, 32 bytes. */
function hmacSha256(key            , data                     )             {
  return new Uint8Array((0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHmac)("sha256", key).update(data).digest());
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

/***/ 49489:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   bD: () => (/* binding */ messageOf),
/* harmony export */   ue: () => (/* binding */ GateError),
/* harmony export */   xb: () => (/* binding */ assertNever)
/* harmony export */ });
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

/***/ 43852:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   x: () => (/* binding */ VERSION)
/* harmony export */ });
/** The version of this build, as package.json says it (version.test.ts holds that). Pure. */
const VERSION = "0.1.0";


/***/ }),

/***/ 56036:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  e: () => (/* binding */ addConnect)
});

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __nccwpck_require__(31421);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(73024);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __nccwpck_require__(48161);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(76760);
// EXTERNAL MODULE: ./packages/base/src/errors.js
var errors = __nccwpck_require__(49489);
// EXTERNAL MODULE: ./packages/job/src/gateway-url.js
var gateway_url = __nccwpck_require__(39904);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __nccwpck_require__(77598);
// EXTERNAL MODULE: ./packages/job/src/control.js
var src_control = __nccwpck_require__(53043);
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
  throw new JobError("bug", "JOB_DAEMON_FAILED", "the daemon and connect are of different versions");
}

// EXTERNAL MODULE: ./packages/job/src/errors.js
var src_errors = __nccwpck_require__(84175);
;// CONCATENATED MODULE: ./packages/job/src/launch.js
/**
 * Starts the daemon so that it outlives this process and this step: its own process group, nothing of the step's
 * output held open, secrets on stdin only, and a minimal environment. Touches processes.
 */



                                            
                                                              


                                                           

/**
 * The daemon's file for a running entry: `dist/<part>/main.js` beside a bundle, the source beside our own source.
 * @param entry `process.argv[1]` of the running program
 */
function daemonEntry(entry        , mode                      )         {
  const here = (0,external_node_path_.dirname)((0,external_node_fs_.realpathSync)(entry));
  const name = mode === "gateway" ? "proxy" : "embedded";
  const bundle = (0,external_node_path_.join)(here, "..", name, "main.js");
  if ((0,external_node_fs_.existsSync)(bundle)) return bundle;
  const source = mode === "gateway" ? "daemon-main.ts" : "embedded-main.ts";
  for (const up of [
    ["..", ".."],
    ["..", "..", ".."],
  ]) {
    const candidate = (0,external_node_path_.join)(here, ...up, "packages", "job", "src", source);
    if ((0,external_node_fs_.existsSync)(candidate)) return candidate;
  }
  throw new src_errors/* JobError */.CR(
    "operator",
    "JOB_DAEMON_FAILED",
    `the proxy is missing (${(0,external_node_path_.join)("dist", name, "main.js")}): use a release, or run the build`,
  );
}

/**
 * Resolves when the daemon says that its endpoints are open.
 * @throws {JobError} the daemon's own error, or JOB_DEADLINE after READY_MS_MAX; the daemon is then ended.
 */
async function launchDaemon(
  file        ,
  config              ,
  env                                              ,
  signal              ,
)                        {
  const child = (0,external_node_child_process_.spawn)(process.execPath, ["--disable-warning=ExperimentalWarning", file], {
    detached: true,
    // Descriptor 3 is the ready signal: one line, then it closes. Inherited output would keep the step open.
    stdio: ["pipe", "ignore", "ignore", "pipe"],
    env: minimalEnvironment(env),
    cwd: config.directory,
    windowsHide: true,
  });
  const pipe = child.stdio[3]            ;
  const stop = ()       => void child.kill("SIGTERM");
  signal?.addEventListener("abort", stop, { once: true });
  try {
    // A daemon that dies early closes its end: the error is told by the ready line, or by its absence.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(JSON.stringify(config));
    const line = await firstLine(pipe, child, READY_MS_MAX);
    const ready = JSON.parse(line)         ;
    if (ready.ready) return ready;
    throw new src_errors/* JobError */.CR("operator", ready.code                , ready.message);
  } catch (error) {
    child.kill("SIGTERM");
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    pipe.destroy();
    child.stdin?.destroy();
    child.unref();
  }
}

/** Nothing of the step's environment but what a process needs to run, and what the runner finds orphans by. */
function minimalEnvironment(env                                              )                         {
  const kept                         = {};
  for (const name of ENVIRONMENT_NAMES) {
    const value = env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function firstLine(pipe          , child                          , msMax        )                  {
  return new Promise((resolve, reject) => {
    let text = "";
    const settle = (run            )       => {
      clearTimeout(timer);
      run();
    };
    const timer = setTimeout(
      () =>
        reject(
          new src_errors/* JobError */.CR(
            "operator",
            "JOB_DEADLINE",
            `the job's gate proxy was not ready within ${msMax / 1000} s; see its log`,
          ),
        ),
      msMax,
    );
    const gone = ()       =>
      settle(() => reject(new src_errors/* JobError */.CR("bug", "JOB_DAEMON_FAILED", "the job's gate proxy ended before it was ready")));
    child.once("error", (error) =>
      settle(() =>
        reject(
          new src_errors/* JobError */.CR("operator", "JOB_DAEMON_FAILED", "the job's gate proxy could not be started", { cause: error }),
        ),
      ),
    );
    pipe.setEncoding("utf8");
    pipe.on("data", (chunk        ) => {
      text += chunk;
      if (text.length > READY_CHARS_MAX) gone();
      const at = text.indexOf("\n");
      if (at !== -1) settle(() => resolve(text.slice(0, at)));
    });
    pipe.once("end", gone).once("error", gone);
  });
}

/** From the start of the daemon to its ready line, token exchange and retries included. */
const READY_MS_MAX = 60_000;
/** The ready line, in characters. */
const READY_CHARS_MAX = 1_048_576;
const ENVIRONMENT_NAMES = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "RUNNER_TRACKING_ID"];

;// CONCATENATED MODULE: ./packages/job/src/connect.js
/**
 * Starts and ends a job's session: the library behind the connect action and `gate connect`.
 * Touches the file system (a directory of its own) and processes.
 */





                                                             


                                                   



                                                    

                                
                           
                           
                                          
                             
             
                       
 

                                 
                            
                                                                    
                           
                                                 
                             
                                                                            
                                                 
                                                    
                             
 

                               
                                              
                                     
                                                              
                                             
                                                            
                                 
                                                                             
                         
                             
                                                                                               
                                                       
                                                             
                                
 

                          
                                
                      
                                              
                             
                           
                                            
                              
 

/** @throws {JobError} with cause and fix; nothing is left running then. */
async function start(options              )                   {
  const { to, grants, subjectToken, leasePid, commitStatus } = options;
  const directory = makeDirectory(options.tempDirectory);
  const control = process.platform === "win32" ? `\\\\.\\pipe\\${randomName()}` : (0,external_node_path_.join)(directory, "control");
  const closeToken = (0,external_node_crypto_.randomBytes)(32).toString("base64url");
  const common = {
    version: CONFIG_VERSION,
    directory,
    control,
    closeToken,
    grants,
    ...(leasePid === undefined ? {} : { leasePid }),
    ...(subjectToken === undefined ? {} : { subjectToken }),
    ...(commitStatus === undefined ? {} : { commitStatus }),
  }         ;
  const config               =
    to.mode === "gateway"
      ? { ...common, ...to, audience: to.audience ?? (0,gateway_url/* parseGatewayUrl */.R)(to.gateway).origin }
      : { ...common, ...to };
  try {
    const { session, endpoints } = await launchDaemon(
      daemonEntry(options.entry, to.mode),
      config,
      options.env,
      options.signal,
    );
    return { session, endpoints, directory, control, closeToken };
  } catch (error) {
    (0,external_node_fs_.rmSync)(directory, { recursive: true, force: true });
    throw error;
  }
}

                          
                                
                                                 
                                           
                                                         
                                
                                       
 

/**
 * Closes the session and fetches its recording. Never throws: what could not be done is in `problems`.
 * When the daemon is gone nobody holds the session's key any more: the session then ends by its time to live, and
 * the gateway keeps the recording.
 */
async function stop(session                                                       )                   {
  const { directory, control, closeToken } = session;
  try {
    await (0,src_control/* askControl */.t)(control, { op: "ping" }, PING_MS_MAX);
    return await (0,src_control/* askControl */.t)(control, { op: "close", token: closeToken, reason: CLOSE_REASON, directory }, CLOSE_MS_MAX);
  } catch (error) {
    const ended = readEnded((0,external_node_path_.join)(directory, ENDED_FILE));
    if (ended === undefined) return { problems: [(0,errors/* messageOf */.bD)(error)] };
    // Whoever could write this note could also change the recording: its signatures are what counts.
    const kind = ended.recording?.endsWith(".tar") ? ("tar"         ) : ("directory"         );
    const recording = ended.recording === undefined ? undefined : { kind, path: ended.recording };
    return {
      endedBefore: ended.reason,
      ...(recording === undefined ? {} : { recording }),
      problems: recording === undefined ? [ended.problem ?? "the recording was not fetched"] : [],
    };
  }
}

function readEnded(file        )                    {
  try {
    const found = JSON.parse((0,external_node_fs_.readFileSync)(file, "utf8"))         ;
    return typeof found.reason === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Mode 0700, and short enough for a Unix socket in it. */
function makeDirectory(parent        )         {
  const base = Buffer.byteLength(parent) + 32 <= SOCKET_PATH_BYTES_MAX ? parent : (0,external_node_os_.tmpdir)();
  try {
    const directory = (0,external_node_fs_.mkdtempSync)((0,external_node_path_.join)(base, "gate-"));
    (0,external_node_fs_.chmodSync)(directory, 0o700);
    return directory;
  } catch (error) {
    throw new src_errors/* JobError */.CR("operator", "JOB_PLATFORM", `cannot make a directory in ${base}: ${(0,errors/* messageOf */.bD)(error)}`, {
      cause: error,
    });
  }
}

function randomName()         {
  return `gate-${(0,external_node_crypto_.randomBytes)(8).toString("hex")}`;
}

/** What the record of an embedded gate says when the post step ended the session. */
const CLOSE_REASON = "the job is done";
/** sun_path is 108 bytes on Linux and 104 on macOS, with the final NUL. */
const SOCKET_PATH_BYTES_MAX = 103;
/** How long a living proxy may take to say that it is there. */
const PING_MS_MAX = 10_000;
/** Close, seal and download of the recording together. */
const CLOSE_MS_MAX = 150_000;

;// CONCATENATED MODULE: ./packages/job/src/mcp-config.js
/**
 * The `.mcp.json` that agents read (Claude Code, Cursor, and what is built on the official SDKs): one server a grant.
 * Writes into the session's directory, which only its user can read.
 */


                                                   

                                                                                           

/** Writes the file; its path, or `undefined` when no endpoint is such a server. */
function writeMcpConfig(directory        , endpoints                        )                     {
  const servers = endpoints.filter(isMcp);
  if (servers.length === 0) return undefined;
  const folder = join(directory, "mcp");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, ".mcp.json");
  const mcpServers = Object.fromEntries(
    servers.map(({ grant, host, port, password }) => [
      grant,
      { type: "http", url: `http://${host}:${port}/mcp`, headers: { Authorization: `Bearer ${password}` } },
    ]),
  );
  writeFileSync(file, `${JSON.stringify({ mcpServers }, null, 2)}\n`, { mode: 0o600 });
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
  const folder = join(directory, "ssh");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const { info, clientKey } of keyed) {
    writeFileSync(join(folder, `${info.grant}.key`), clientKey ?? "", { mode: 0o600 });
  }
  const known = keyed.map(({ info }) => `${alias(info.grant)} ${info.hostKey ?? ""}\n`);
  writeFileSync(join(folder, "known_hosts"), known.join(""), { mode: 0o600 });
  const file = join(folder, "config");
  writeFileSync(file, configText(folder, keyed), { mode: 0o600 });
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
      `  IdentityFile ${quoted(join(folder, `${info.grant}.key`))}`,
      `  UserKnownHostsFile ${quoted(join(folder, "known_hosts"))}`,
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
const SETTINGS = (/* unused pure expression or super */ null && ([
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
]));

;// CONCATENATED MODULE: ./packages/job/src/environment.js
/** The variables that a job's steps see (CONTRACT §5). Pure. */
                                                   




                                 
                                                       
                                                                                                                
                                      
 

/**
 * @param defaults grants that own the protocol's common variables (PGHOST …) although there are several
 * @throws {JobError} JOB_INPUT when `defaults` names no grant of the session, or two of one protocol; or when two
 *   grants would get the same variable names.
 */
function jobEnvironment(
  session                                                                                                ,
  defaults                   ,
)                 {
  const variables                         = { GATE_SESSION_ID: session.id, GATE_CONTROL: session.control };
  const secrets = new Set        ();
  const prefixes = new Map                ();
  for (const endpoint of session.endpoints) {
    const prefix = variablePrefix(endpoint.grant);
    const other = prefixes.get(prefix);
    if (other !== undefined) {
      throw input(
        `the grants "${other}" and "${endpoint.grant}" would both be called ${prefix}*: ask for one of them in \`grants\``,
      );
    }
    prefixes.set(prefix, endpoint.grant);
    const url = endpointUrl(endpoint);
    variables[`${prefix}URL`] = url;
    variables[`${prefix}HOST`] = endpoint.host;
    variables[`${prefix}PORT`] = String(endpoint.port);
    // fetch() and its kin take no password in a URL: for them it stands alone.
    if (endpoint.protocol === "http" || isMcp(endpoint)) variables[`${prefix}TOKEN`] = endpoint.password;
    secrets.add(endpoint.password);
    if (url.includes(endpoint.password)) secrets.add(url);
  }
  const owner = postgresOwner(session.endpoints, defaults);
  if (owner !== undefined) {
    Object.assign(variables, {
      PGHOST: owner.host,
      PGPORT: String(owner.port),
      PGUSER: owner.user,
      PGPASSWORD: owner.password,
      ...(owner.database === undefined ? {} : { PGDATABASE: owner.database }),
      PGSSLMODE: "disable",
      DATABASE_URL: endpointUrl(owner),
    });
  }
  const { sshConfig } = session.endpoints.find((endpoint) => endpoint.sshConfig !== undefined) ?? {};
  if (sshConfig !== undefined) {
    Object.assign(variables, { GATE_SSH_CONFIG: sshConfig, GIT_SSH_COMMAND: sshCommand(sshConfig) });
  }
  const { mcpConfig } = session.endpoints.find((endpoint) => endpoint.mcpConfig !== undefined) ?? {};
  if (mcpConfig !== undefined) variables["GATE_MCP_CONFIG"] = mcpConfig;
  return { variables, secrets: [...secrets] };
}

/** The address of an endpoint as clients take it; holds its password. */
function endpointUrl(endpoint              )         {
  const { protocol, user, password, host, port, database } = endpoint;
  if (protocol === "postgres") {
    const path = database === undefined ? "" : encodeURIComponent(database);
    return `postgres://${user}:${password}@${host}:${port}/${path}?sslmode=disable`;
  }
  if (isMcp(endpoint)) return mcpUrl(endpoint);
  // Its clients have a key, not a password.
  if (endpoint.sshConfig !== undefined) return `${protocol}://${user}@${host}:${port}`;
  return `${protocol}://${user}:${password}@${host}:${port}`;
}

/** The action's `endpoints` output: JSON {grant: {url, host, port, protocol}}. Holds secrets. */
function endpointOutputs(endpoints                         )         {
  const outputs = endpoints.map((endpoint) => {
    const { grant, host, port, protocol } = endpoint;
    return [grant, { url: endpointUrl(endpoint), host, port, protocol }]         ;
  });
  return JSON.stringify(Object.fromEntries(outputs));
}

function postgresOwner(endpoints                         , defaults                   )                           {
  for (const name of defaults) {
    if (!endpoints.some((endpoint) => endpoint.grant === name)) {
      throw input(`\`default\` names the grant "${name}", which this session does not have`);
    }
  }
  const postgres = endpoints.filter((endpoint) => endpoint.protocol === "postgres");
  const chosen = postgres.filter((endpoint) => defaults.includes(endpoint.grant));
  if (chosen.length > 1) {
    throw input(
      `\`default\` names several PostgreSQL grants (${chosen.map(({ grant }) => grant).join(", ")}): only one can own PGHOST`,
    );
  }
  return chosen[0] ?? (postgres.length === 1 ? postgres[0] : undefined);
}

/** `orders-db` → `GATE_ORDERS_DB_`. */
function variablePrefix(grant        )         {
  return `GATE_${grant.toUpperCase().replace(/[^A-Z0-9]/g, "_")}_`;
}

function input(message        )           {
  return new src_errors/* JobError */.CR("operator", "JOB_INPUT", message);
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __nccwpck_require__(51455);
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
  if (!requestUrl || !requestToken || !URL.canParse(requestUrl)) throw (0,src_errors/* noIdToken */.o5)();
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
  throw new JobError(
    "operator",
    "JOB_ID_TOKEN_FAILED",
    `the runner's token service at ${url.host} gave no OIDC token: ${reason}. ` +
      "Run the job again; if it stays so, check that the job has `permissions: id-token: write`",
  );
}

async function readTokenFile(path        )                  {
  let token        ;
  try {
    token = (await readFile(path, "utf8")).trim();
  } catch (error) {
    throw new JobError("operator", "JOB_ID_TOKEN_FAILED", "the token file cannot be read; check --token-file", {
      cause: error,
    });
  }
  if (isCompactJws(token)) return token;
  throw new JobError("operator", "JOB_ID_TOKEN_FAILED", "the token file does not hold one JWT (three base64url parts)");
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

// EXTERNAL MODULE: ./packages/cli/src/output.js
var output = __nccwpck_require__(12582);
// EXTERNAL MODULE: ./packages/cli/src/person-client.js + 1 modules
var person_client = __nccwpck_require__(22770);
;// CONCATENATED MODULE: ./packages/cli/src/connect.js
/** `gate connect`: a session outside Actions, for one command or detached. Touches processes and files. */






                                         



                          
                           
                           
                            
                             
                              
                       
                            
                             
                              
                            
 

function addConnect(program         )       {
  program
    .command("connect [command...]")
    .description("exchange an OIDC token for a session and run a command inside it")
    .requiredOption("--gateway <url>", "the gateway's address")
    .option("--grants <list>", "grants to ask for, comma-separated (default: all the trust rule gives)")
    .option("--default <list>", "grants that own PGHOST and its like")
    .option("--audience <text>", "audience of the OIDC token (default: the gateway's origin)")
    .option("--token-file <file>", "file with the OIDC token; inside Actions it is fetched")
    .option("--ca <file>", "PEM of the authority to trust")
    .option("--env-file <file>", "write KEY=value lines there (mode 0600), values without quotes")
    // Node reads an `--env-file` argument itself wherever it stands, and refuses to start when the file is missing.
    .option("--write-env <file>", "the same as --env-file, for `node dist/cli/main.js`, where Node would take that one")
    .option("--recording <path>", "keep the sealed recording there when the command is done")
    .option("--detach", "leave the session running until its time is over")
    .addHelpText(
      "after",
      "\nExample: gate connect --gateway https://gate.acme.dev --grants orders-db --token-file token -- psql -c 'SELECT 1'",
    )
    .action(async (command          , options                ) => {
      process.exitCode = await connect(command, options);
    });
}

async function connect(command                   , options                )                  {
  const detach = options.detach === true;
  if (detach === command.length > 0) {
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, "give either a command after `--`, or --detach");
  }
  const envFile = options.writeEnv ?? options.envFile;
  if (detach && envFile === undefined) {
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, "--detach needs --env-file: nobody would know where the endpoints are");
  }
  (0,gateway_url/* parseGatewayUrl */.R)(options.gateway);
  const entry = process.argv[1];
  if (entry === undefined) throw new output/* CommandError */.Qd(output/* EXIT */.dc.unknown, "cannot tell where gate is installed");
  const started = await start({
    to: {
      mode: "gateway",
      gateway: options.gateway,
      ...(options.audience === undefined ? {} : { audience: options.audience }),
      ...(options.ca === undefined ? {} : { ca: (0,person_client/* readCertificate */.w$)(options.ca) }),
    },
    grants: list(options.grants),
    subjectToken: tokenSource(options.tokenFile),
    tempDirectory: process.env["RUNNER_TEMP"] ?? (0,external_node_os_.tmpdir)(),
    entry,
    env: process.env,
    ...(detach ? {} : { leasePid: process.pid }),
  });
  const { variables } = jobEnvironment(
    { id: started.session.id, control: started.control, endpoints: started.endpoints },
    list(options.default),
  );
  if (envFile !== undefined) {
    const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`);
    try {
      (0,external_node_fs_.writeFileSync)(envFile, "", { mode: 0o600, flag: "a" });
      // A file that was there keeps its mode when it is written.
      if ((0,external_node_fs_.statSync)(envFile).isFile()) (0,external_node_fs_.chmodSync)(envFile, 0o600);
      (0,external_node_fs_.writeFileSync)(envFile, lines.join(""));
    } catch (error) {
      // Nobody would know where the endpoints are.
      await end(started, options.recording);
      throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, `cannot write ${envFile}: ${(0,errors/* messageOf */.bD)(error)}`);
    }
  }
  for (const warning of started.session.warnings) (0,output/* complain */.cc)(`gate: ${warning}`);
  if (detach) {
    (0,output/* print */.yy)(started.session.id);
    return output/* EXIT */.dc.ok;
  }
  const code = await run(command, { ...process.env, ...variables });
  await end(started, options.recording);
  return code;
}

/** Inside Actions the runner gives the token; anywhere else somebody has to. */
function tokenSource(file                    )                                            {
  if (file !== undefined) {
    (0,person_client/* readText */.yR)(file);
    // The session's proxy reads it again at each renewal, and works in another directory.
    return { kind: "file", path: (0,external_node_path_.resolve)(file) };
  }
  if (process.env["GITHUB_ACTIONS"] !== "true" && process.env["ACTIONS_ID_TOKEN_REQUEST_URL"] === undefined) {
    throw new output/* CommandError */.Qd(
      output/* EXIT */.dc.usage,
      "who is this? Outside of Actions give --token-file FILE, with an OIDC token in it",
    );
  }
  return actionsTokenSource(process.env);
}

function run(command                   , env                   )                  {
  const [file = "", ...args] = command;
  return new Promise((ended) => {
    const child = (0,external_node_child_process_.spawn)(file, args, { stdio: "inherit", env });
    const forward = (signal                )       => void child.kill(signal);
    process.on("SIGINT", forward).on("SIGTERM", forward);
    child.once("error", (error) => {
      const { code } = error                         ;
      const why = RUN_ERRORS.get(code ?? "") ?? (0,errors/* messageOf */.bD)(error);
      (0,output/* complain */.cc)(`gate: cannot run ${file}: ${why}`);
      ended(code === "EACCES" ? NOT_EXECUTABLE_EXIT : NOT_FOUND_EXIT);
    });
    child.once("exit", (code, signal) => {
      process.off("SIGINT", forward).off("SIGTERM", forward);
      ended(code ?? 128 + (signal === null ? 0 : external_node_os_.constants.signals[signal]));
    });
  });
}

async function end(started         , recording                    )                {
  const stopped = await stop(started);
  for (const problem of stopped.problems) (0,output/* complain */.cc)(`gate: ${problem}`);
  if (recording === undefined) return;
  if (stopped.recording === undefined) (0,output/* complain */.cc)("gate: there is no recording to keep");
  else (0,external_node_fs_.cpSync)(stopped.recording.path, recording, { recursive: true });
}

function list(text                    )           {
  return (text ?? "")
    .split(/[,\s]+/)
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

/** Why a command does not start, and what to look at. */
const RUN_ERRORS                              = new Map([
  ["ENOENT", "there is no such command; check its name, PATH and the working directory"],
  ["EACCES", "it may not be executed; check its mode (chmod +x)"],
]);
/** What shells say of a command that they do not find, and of one that they may not execute. */
const NOT_FOUND_EXIT = 127;
const NOT_EXECUTABLE_EXIT = 126;


/***/ }),

/***/ 72649:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Hp: () => (/* binding */ savedLogin),
/* harmony export */   N8: () => (/* binding */ saveLogin),
/* harmony export */   XE: () => (/* binding */ credentialsFile)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(73024);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(48161);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(76760);
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(49489);
/* harmony import */ var _output_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(12582);
/**
 * What `gate login` keeps: one token a gateway, in a file that only its owner reads ($GATE_CONFIG_DIR, else
 * $XDG_CONFIG_HOME/gate or ~/.config/gate, %APPDATA%\gate on Windows). Touches that file.
 */






                             
                         
                        
                  
                              
 

function credentialsFile(env                   , platform                  = process.platform)         {
  const own = env["GATE_CONFIG_DIR"];
  if (own !== undefined && own !== "") return (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(own, FILE);
  const base = platform === "win32" ? env["APPDATA"] : env["XDG_CONFIG_HOME"];
  return (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(base === undefined || base === "" ? (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)((0,node_os__WEBPACK_IMPORTED_MODULE_1__.homedir)(), ".config") : base, "gate", FILE);
}

/** The login of a gateway, by its origin; undefined without one. */
function savedLogin(file        , gateway     )                         {
  return readAll(file)[gateway.origin];
}

/** Saves, or with undefined forgets. */
function saveLogin(file        , gateway     , login                        )       {
  const { [gateway.origin]: _old, ...others } = readAll(file);
  const all = login === undefined ? others : { ...others, [gateway.origin]: login };
  const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(file, "..");
  const fresh = `${file}.${process.pid}`;
  try {
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdirSync)(folder, { recursive: true, mode: 0o700 });
    // Written whole beside the old one: a command that is stopped here leaves the old one.
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.writeFileSync)(fresh, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.chmodSync)(fresh, 0o600);
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.renameSync)(fresh, file);
  } catch (error) {
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(fresh, { force: true });
    throw new _output_js__WEBPACK_IMPORTED_MODULE_3__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_3__/* .EXIT */ .dc.unknown, `cannot write ${file}: ${(0,_gate_base__WEBPACK_IMPORTED_MODULE_4__/* .messageOf */ .bD)(error)}`);
  }
}

function readAll(file        )                                       {
  let text        ;
  try {
    text = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)(file, "utf8");
  } catch (error) {
    if ((error                         ).code === "ENOENT") return {};
    throw new _output_js__WEBPACK_IMPORTED_MODULE_3__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_3__/* .EXIT */ .dc.unknown, `cannot read ${file}: ${(0,_gate_base__WEBPACK_IMPORTED_MODULE_4__/* .messageOf */ .bD)(error)}`);
  }
  try {
    const found = JSON.parse(text)                           ;
    return Object.fromEntries(
      Object.entries(found).filter((entry)                                => isLogin(entry[1])),
    );
  } catch {
    throw new _output_js__WEBPACK_IMPORTED_MODULE_3__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_3__/* .EXIT */ .dc.unknown, `${file} is not readable as JSON: remove it and run gate login again`);
  }
}

function isLogin(value         )                      {
  if (value === null || typeof value !== "object") return false;
  return ["token", "name", "expires_at"].every(
    (key) => Object.hasOwn(value, key) && typeof (value                           )[key] === "string",
  );
}

const FILE = "credentials.json";


/***/ }),

/***/ 61920:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   x: () => (/* binding */ addKeygen)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(73024);
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(49489);
/* harmony import */ var _gate_recording__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(41194);
/* harmony import */ var _output_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(12582);
/** `gate keygen`: an Ed25519 signing key. Touches the file it writes. */



                                         


function addKeygen(program         )       {
  program
    .command("keygen")
    .description("make a key that signs recordings; prints the verification key (C2SP vkey)")
    .requiredOption("-o, --output <file>", "where the private key goes (PEM, mode 0600); never overwritten")
    .option("--name <name>", "the key's name in signatures", "gate")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: gate keygen -o gate.key")
    .action((options                                                  ) => {
      const pem = (0,_gate_recording__WEBPACK_IMPORTED_MODULE_1__/* .generateKeyPem */ .LV)();
      const { vkey } = named(pem, options.name);
      try {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.writeFileSync)(options.output, pem, { mode: 0o600, flag: "wx" });
      } catch (error) {
        const exists = (error                         ).code === "EEXIST";
        const why = exists ? "it exists, and keys are never overwritten; give another name" : (0,_gate_base__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .bD)(error);
        throw new _output_js__WEBPACK_IMPORTED_MODULE_3__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_3__/* .EXIT */ .dc.no, `cannot write ${options.output}: ${why}`);
      }
      if (options.json === true) (0,_output_js__WEBPACK_IMPORTED_MODULE_3__/* .printJson */ .Q2)({ file: options.output, vkey });
      else (0,_output_js__WEBPACK_IMPORTED_MODULE_3__/* .print */ .yy)(vkey);
    });
}

/** A name that no signature could carry is wrong use, and nothing is written. */
function named(pem        , name        )                            {
  try {
    return (0,_gate_recording__WEBPACK_IMPORTED_MODULE_1__/* .loadSigner */ .vu)(pem, name);
  } catch (error) {
    throw new _output_js__WEBPACK_IMPORTED_MODULE_3__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_3__/* .EXIT */ .dc.usage, `--name: ${(0,_gate_base__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .bD)(error)}`);
  }
}


/***/ }),

/***/ 50518:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   r: () => (/* binding */ addLogin)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(77598);
/* harmony import */ var node_child_process__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(31421);
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(37067);
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_6__ = __nccwpck_require__(41587);
/* harmony import */ var _credentials_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(72649);
/* harmony import */ var _output_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(12582);
/* harmony import */ var _person_client_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(22770);
/**
 * `gate login` and `gate logout`: a person's own token, through the gateway's identity provider. Over a loopback port
 * (RFC 8252, PKCE), or with --device by a code typed into any browser (RFC 8628). Touches the network and a browser.
 */



                                            

                                         




                                              
                            
                            
 

                  
                               
                             
                                    
                              
                            
 

function addLogin(program         )       {
  (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .withGatewayOptions */ .hu)(program.command("login").description("sign in as a person, to see sessions and answer holds"))
    .option("--device", "show a code to type into a browser, on this machine or another one")
    .option("--no-browser", "print the address instead of opening it")
    .addHelpText("after", "\nExample: gate login --gateway https://gate.acme.dev")
    .action(async (options              ) => {
      const url = (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .gatewayUrl */ .MS)(options);
      const login = await (options.device === true ? byDevice(options, url) : byLoopback(options, url));
      (0,_credentials_js__WEBPACK_IMPORTED_MODULE_4__/* .saveLogin */ .N8)((0,_credentials_js__WEBPACK_IMPORTED_MODULE_4__/* .credentialsFile */ .XE)(process.env), url, login);
      if (options.json === true) (0,_output_js__WEBPACK_IMPORTED_MODULE_5__/* .printJson */ .Q2)({ name: login.name, expires_at: login.expires_at });
      else (0,_output_js__WEBPACK_IMPORTED_MODULE_5__/* .print */ .yy)(`signed in to ${url.origin} as ${(0,_output_js__WEBPACK_IMPORTED_MODULE_5__/* .visible */ .RK)(login.name)} until ${login.expires_at}`);
    });
  (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .withGatewayOptions */ .hu)(program.command("logout").description("end the login that gate login saved"))
    .addHelpText("after", "\nExample: gate logout --gateway https://gate.acme.dev")
    .action(async (options               ) => {
      const url = (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .gatewayUrl */ .MS)(options);
      const file = (0,_credentials_js__WEBPACK_IMPORTED_MODULE_4__/* .credentialsFile */ .XE)(process.env);
      const login = (0,_credentials_js__WEBPACK_IMPORTED_MODULE_4__/* .savedLogin */ .Hp)(file, url);
      if (login === undefined) throw new _output_js__WEBPACK_IMPORTED_MODULE_5__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_5__/* .EXIT */ .dc.no, `there is no login for ${url.origin}`);
      (0,_credentials_js__WEBPACK_IMPORTED_MODULE_4__/* .saveLogin */ .N8)(file, url, undefined);
      const headers = { authorization: `Bearer ${login.token}` };
      await (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .withClient */ .SV)(options, url, async (client) =>
        (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .accepted */ .qG)(await client.send("POST", new URL("/v1/people/logout", url).href, { headers, json: {} })),
      );
      if (options.json === true) (0,_output_js__WEBPACK_IMPORTED_MODULE_5__/* .printJson */ .Q2)({ name: login.name });
      else (0,_output_js__WEBPACK_IMPORTED_MODULE_5__/* .print */ .yy)(`signed out of ${url.origin}`);
    });
}

async function byLoopback(options              , url     )                      {
  // A gateway that is not there is told here, not by the browser while the command waits.
  const { signIn } = await (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .withClient */ .SV)(options, url, (client) => client.wellKnown());
  if (signIn?.length === 0) {
    const fix = "set people.oidc or people.saml in gateway.yaml, or use a token of people.tokens with GATE_TOKEN_FILE";
    throw new _output_js__WEBPACK_IMPORTED_MODULE_5__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_5__/* .EXIT */ .dc.no, `nobody can sign in at ${url.origin}, which knows no identity provider: ${fix}`);
  }
  const verifier = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(32).toString("base64url");
  const state = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(24).toString("base64url");
  const waiting = await waitForCode(state);
  const login = new URL("/login", url);
  login.searchParams.set("cli_port", String(waiting.port));
  login.searchParams.set("cli_state", state);
  login.searchParams.set("cli_challenge", (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(verifier).digest("base64url"));
  (0,_output_js__WEBPACK_IMPORTED_MODULE_5__/* .complain */ .cc)(`open this address to sign in:\n\n  ${login.href}\n`);
  if (options.browser) openBrowser(login.href);
  const code = await waiting.code;
  return (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .withClient */ .SV)(options, url, async (client) =>
    (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .accepted */ .qG)            (
      await client.send("POST", new URL("/v1/people/token", url).href, { json: { code, verifier } }),
    ),
  );
}

async function byDevice(options              , url     )                      {
  return (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .withClient */ .SV)(options, url, async (client) => {
    const begun = await client.send("POST", new URL("/v1/people/device", url).href, { json: {} });
    const device = (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .accepted */ .qG)        (begun);
    (0,_output_js__WEBPACK_IMPORTED_MODULE_5__/* .complain */ .cc)(`open ${(0,_output_js__WEBPACK_IMPORTED_MODULE_5__/* .visible */ .RK)(device.verification_uri)}\nand type the code ${(0,_output_js__WEBPACK_IMPORTED_MODULE_5__/* .visible */ .RK)(device.user_code)}\n`);
    const untilMs = Date.now() + Math.min(device.expires_in * 1000, LOGIN_MS_MAX);
    while (Date.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, device.interval) * 1000));
      const json = { device_code: device.device_code };
      const answer = await client.send("POST", new URL("/v1/people/device/token", url).href, { json });
      if (answer.status !== 202) return (0,_person_client_js__WEBPACK_IMPORTED_MODULE_3__/* .accepted */ .qG)            (answer);
    }
    throw new _output_js__WEBPACK_IMPORTED_MODULE_5__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_5__/* .EXIT */ .dc.no, "nobody typed the code in time: run gate login again");
  });
}

/** Listens on a loopback port for the browser to come back with a code for `state`. */
async function waitForCode(state        )                                                                     {
  const server = (0,node_http__WEBPACK_IMPORTED_MODULE_2__.createServer)();
  server.listen({ host: "127.0.0.1", port: 0 });
  await new Promise      ((resolve, reject) => server.once("listening", resolve).once("error", reject));
  const code = new Promise        ((resolve, reject) => {
    const late = setTimeout(
      () => reject(new _output_js__WEBPACK_IMPORTED_MODULE_5__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_5__/* .EXIT */ .dc.no, "nobody signed in in time: run gate login again")),
      LOGIN_MS_MAX,
    );
    server.on("request", (request, response) => {
      // Not as a URL: `//` is none, and any page may ask for it.
      const [path, query = ""] = (request.url ?? "").split("?", 2);
      const seen = new URLSearchParams(query);
      const found = seen.get("code");
      const right = (0,_gate_base__WEBPACK_IMPORTED_MODULE_6__/* .constantTimeEqual */ .SK)(seen.get("state") ?? "", state);
      if (request.method !== "GET" || path !== "/callback" || found === null || !right) {
        answer(response, 404, "There is nothing here.");
        return;
      }
      answer(response, 200, "You are signed in. You can close this page and go back to the terminal.");
      clearTimeout(late);
      resolve(found);
    });
  }).finally(() => {
    server.close();
    server.closeIdleConnections();
  });
  return { port: (server.address()               ).port, code };
}

function answer(response                , status        , text        )       {
  response
    .writeHead(status, {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'",
      connection: "close",
    })
    .end(`${text}\n`);
}

/** The address stands on the terminal too: where nothing can open it, a person does. */
function openBrowser(url        )       {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["rundll32", "url.dll,FileProtocolHandler", url]
        : ["xdg-open", url];
  (0,node_child_process__WEBPACK_IMPORTED_MODULE_1__.spawn)(command ?? "", args, { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}

/** Milliseconds that a person may take to sign in. */
const LOGIN_MS_MAX = 10 * 60_000;


/***/ }),

/***/ 22622:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(43852);
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_11__ = __nccwpck_require__(49489);
/* harmony import */ var _gate_job__WEBPACK_IMPORTED_MODULE_12__ = __nccwpck_require__(84175);
/* harmony import */ var commander__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(48179);
/* harmony import */ var _connect_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(56036);
/* harmony import */ var _keygen_js__WEBPACK_IMPORTED_MODULE_10__ = __nccwpck_require__(61920);
/* harmony import */ var _login_js__WEBPACK_IMPORTED_MODULE_6__ = __nccwpck_require__(50518);
/* harmony import */ var _output_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(12582);
/* harmony import */ var _people_js__WEBPACK_IMPORTED_MODULE_7__ = __nccwpck_require__(74136);
/* harmony import */ var _policy_js__WEBPACK_IMPORTED_MODULE_9__ = __nccwpck_require__(32535);
/* harmony import */ var _serve_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(17616);
/* harmony import */ var _status_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(83021);
/* harmony import */ var _verify_js__WEBPACK_IMPORTED_MODULE_8__ = __nccwpck_require__(81653);
/** The `gate` command: parses arguments, prints errors, sets exit codes. Composition root. */













(0,_output_js__WEBPACK_IMPORTED_MODULE_1__/* .endQuietlyWithReader */ .eN)();
const program = new commander__WEBPACK_IMPORTED_MODULE_0__/* .Command */ .uB("gate")
  .description("Per-command verdicts, masking and evidence for the sessions of CI jobs")
  .version(_gate_base__WEBPACK_IMPORTED_MODULE_2__/* .VERSION */ .x)
  .addHelpText(
    "after",
    "\nExample: gate connect --gateway https://gate.acme.dev --grants orders-db --token-file token -- psql -c 'SELECT 1'\nExit: 0 success, 1 the answer is no, 2 wrong use, 3 cannot tell. `gate <command> --help` says more.",
  )
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /u, "gate: ")) })
  .exitOverride();
(0,_serve_js__WEBPACK_IMPORTED_MODULE_3__/* .addServe */ .H)(program);
(0,_connect_js__WEBPACK_IMPORTED_MODULE_4__/* .addConnect */ .e)(program);
(0,_status_js__WEBPACK_IMPORTED_MODULE_5__/* .addStatus */ .s)(program);
(0,_login_js__WEBPACK_IMPORTED_MODULE_6__/* .addLogin */ .r)(program);
(0,_people_js__WEBPACK_IMPORTED_MODULE_7__/* .addPeopleCommands */ .b)(program);
(0,_verify_js__WEBPACK_IMPORTED_MODULE_8__/* .addVerify */ .F)(program);
(0,_policy_js__WEBPACK_IMPORTED_MODULE_9__/* .addPolicy */ .i7)(program);
(0,_keygen_js__WEBPACK_IMPORTED_MODULE_10__/* .addKeygen */ .x)(program);
tellHow(program, "gate");

/** Errors of the job's side that are not the answer "no": wrong use, or nobody who could answer. */
const JOB_EXITS                                                  = {
  JOB_INPUT: _output_js__WEBPACK_IMPORTED_MODULE_1__/* .EXIT */ .dc.usage,
  JOB_GATEWAY_UNREACHABLE: _output_js__WEBPACK_IMPORTED_MODULE_1__/* .EXIT */ .dc.unknown,
  JOB_GATEWAY_CERTIFICATE: _output_js__WEBPACK_IMPORTED_MODULE_1__/* .EXIT */ .dc.unknown,
  JOB_GATEWAY_ANSWER: _output_js__WEBPACK_IMPORTED_MODULE_1__/* .EXIT */ .dc.unknown,
  JOB_DEADLINE: _output_js__WEBPACK_IMPORTED_MODULE_1__/* .EXIT */ .dc.unknown,
};

/** Wrong use is told where right use stands. */
function tellHow(command         , name        )       {
  const shows = command.commands.length > 0 ? "the commands" : "an example";
  command.exitOverride().showHelpAfterError(`(${name} --help shows ${shows})`);
  for (const each of command.commands) tellHow(each, `${name} ${each.name()}`);
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = explain(error);
}

function explain(error         )         {
  if (error instanceof commander__WEBPACK_IMPORTED_MODULE_0__/* .CommanderError */ .b7) {
    // --help and --version arrive here too, with exit code 0.
    return error.exitCode === 0 ? _output_js__WEBPACK_IMPORTED_MODULE_1__/* .EXIT */ .dc.ok : _output_js__WEBPACK_IMPORTED_MODULE_1__/* .EXIT */ .dc.usage;
  }
  if (error instanceof _output_js__WEBPACK_IMPORTED_MODULE_1__/* .CommandError */ .Qd) {
    (0,_output_js__WEBPACK_IMPORTED_MODULE_1__/* .complain */ .cc)(`gate: ${error.message}`);
    return error.exit;
  }
  // A list of mistakes stands alone, each line with its file, line and column, as editors and CI like it.
  if (error instanceof _gate_base__WEBPACK_IMPORTED_MODULE_11__/* .GateError */ .ue && "problems" in error) (0,_output_js__WEBPACK_IMPORTED_MODULE_1__/* .complain */ .cc)(error.message);
  else (0,_output_js__WEBPACK_IMPORTED_MODULE_1__/* .complain */ .cc)(`gate: ${error instanceof _gate_job__WEBPACK_IMPORTED_MODULE_12__/* .JobError */ .CR ? (0,_output_js__WEBPACK_IMPORTED_MODULE_1__/* .inOptions */ .M3)(error.message) : (0,_gate_base__WEBPACK_IMPORTED_MODULE_11__/* .messageOf */ .bD)(error)}`);
  if (error instanceof _gate_job__WEBPACK_IMPORTED_MODULE_12__/* .JobError */ .CR) return JOB_EXITS[error.code] ?? _output_js__WEBPACK_IMPORTED_MODULE_1__/* .EXIT */ .dc.no;
  return error instanceof _gate_base__WEBPACK_IMPORTED_MODULE_11__/* .GateError */ .ue ? _output_js__WEBPACK_IMPORTED_MODULE_1__/* .EXIT */ .dc.no : _output_js__WEBPACK_IMPORTED_MODULE_1__/* .EXIT */ .dc.unknown;
}

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 12582:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   M3: () => (/* binding */ inOptions),
/* harmony export */   Q2: () => (/* binding */ printJson),
/* harmony export */   Qd: () => (/* binding */ CommandError),
/* harmony export */   RK: () => (/* binding */ visible),
/* harmony export */   cK: () => (/* binding */ whenReaderLeaves),
/* harmony export */   cc: () => (/* binding */ complain),
/* harmony export */   dc: () => (/* binding */ EXIT),
/* harmony export */   eN: () => (/* binding */ endQuietlyWithReader),
/* harmony export */   tp: () => (/* binding */ table),
/* harmony export */   yy: () => (/* binding */ print)
/* harmony export */ });
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(49489);
/** What every command shares: exit codes, printing, refusing wrong use. Composition root: may print. */


/** CONTRACT §1: 0 success, 1 the answer is no, 2 wrong use, 3 cannot tell. */
const EXIT = { ok: 0, no: 1, usage: 2, unknown: 3 }         ;

                                                        

/** Ends a command with a code and a message for stderr. */
class CommandError extends _gate_base__WEBPACK_IMPORTED_MODULE_0__/* .GateError */ .ue {
           code = "COMMAND_FAILED";
           exit          ;

  constructor(exit          , message        ) {
    super("peer-wrong", message);
    this.exit = exit;
  }
}

function print(text        )       {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** No text in it moves the terminal or hides: JSON itself escapes only the controls below a space. */
function printJson(value         )       {
  const escaped = (unit        )         => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const text = JSON.stringify(value, null, 2);
  print(text.replace(/[\x7f-\x9f\u2028\u2029]|\p{Cf}/gu, (found) => found.split("").map(escaped).join("")));
}

function complain(text        )       {
  process.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
}

/**
 * A reader that leaves early (`gate verify … | head -1`) is no error: what it will not read is dropped, the command
 * finishes what it has begun (a session is still closed), and a success becomes the code of a SIGPIPE in a shell.
 */
function endQuietlyWithReader()       {
  let gone = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error                       ) => {
      if (error.code !== "EPIPE") throw error;
      gone ||= stream === process.stdout;
    });
  }
  process.on("exit", (code) => {
    if (gone && code === EXIT.ok) process.exitCode = SIGPIPE_EXIT;
  });
}

/** For a command that would go on for as long as there is something to print. */
function whenReaderLeaves(then            )       {
  process.stdout.once("error", then);
}

/** What the job's side says of an action's inputs, in the words of the command line. */
function inOptions(message        )         {
  return message
    .replaceAll("`gateway-ca`", "--ca")
    .replace(/(?:the )?`(gateway|audience|grants|default)`(?: input)?/gu, "--$1")
    .replaceAll("this runner", "this machine");
}

/** Columns padded to their widest cell; control characters of foreign text are shown, not obeyed by the terminal. */
function table(header                   , rows                                )         {
  const all = [header, ...rows].map((row) => row.map(visible));
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** One line of text that cannot move the cursor, change colours or hide what follows. */
function visible(text        )         {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character === "\n" || character === "\t"
      ? " "
      : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/** What a shell says of a process that SIGPIPE ended: 128 + 13. */
const SIGPIPE_EXIT = 141;


/***/ }),

/***/ 74136:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   b: () => (/* binding */ addPeopleCommands)
/* harmony export */ });
/* harmony import */ var commander__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(48179);
/* harmony import */ var _output_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(12582);
/* harmony import */ var _person_client_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(22770);
/** `gate approvals` and `gate sessions`: a person's requests to the gateway with their token. Touches the network. */




                
                      
                         
                        
                         
                          
                             
                                
                                  
                         
                                   
                              
                                                                                                           
                                                      
                                                     
                                                                 
                                   
 

                      
                      
                         
                              
                             
                              
 

                                             
                                     
                             
                               
                                                                          
                            
                         
 

function addPeopleCommands(program         )       {
  const approvals = program
    .command("approvals")
    .description("see and answer commands that wait for a person")
    .addHelpText("after", "\nExample: gate approvals list --gateway https://gate.acme.dev");
  (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .withPersonOptions */ .ut)(approvals.command("list").description("holds, newest first"))
    .addOption(new commander__WEBPACK_IMPORTED_MODULE_0__/* .Option */ .c$("--state <state>", "only holds in this state").choices(HOLD_STATES).default("pending"))
    .addHelpText("after", "\nExample: gate approvals list --gateway https://gate.acme.dev --token-file ~/.gate-token")
    .action(async (options                                   ) => {
      const query = options.state === "all" ? "" : `?state=${encodeURIComponent(options.state)}`;
      const { approvals: holds } = await (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .ask */ .kA)                       (options, "GET", `/v1/approvals${query}`);
      if (options.json === true) return (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .printJson */ .Q2)(holds);
      if (holds.length === 0) return (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)("no holds");
      (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)(
        (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .table */ .tp)(
          ["ID", "STATE", "TARGET", "RULE", "WHO", "COMMAND"],
          holds.map((hold) => [
            hold.id,
            hold.state,
            hold.target,
            hold.rule,
            hold.principal,
            (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(hold.command_text).slice(0, 60),
          ]),
        ),
      );
    });
  (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .withPersonOptions */ .ut)(approvals.command("show <id>").description("one hold: exactly what would run, and for whom"))
    .addHelpText("after", "\nExample: gate approvals show hold_x3 --gateway https://gate.acme.dev")
    .action(async (id        , options               ) => {
      const hold = await (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .ask */ .kA)      (options, "GET", `/v1/approvals/${encodeURIComponent(id)}`);
      if (options.json === true) return (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .printJson */ .Q2)(hold);
      (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)(
        [
          `hold      ${hold.id} (${hold.state}, until ${hold.expires_at})`,
          `who       ${(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(hold.principal)}`,
          `target    ${(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(hold.target)} through grant ${(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(hold.grant)}`,
          ...originLines(hold.origin ?? {}),
          `rule      ${(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(hold.rule)}: ${hold.count} of ${hold.from.map(_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK).join(", ")}`,
          ...Object.entries(hold.effects ?? {}).map(
            ([name, values]) => `does      ${(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(name)}: ${values.map(_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK).join(", ")}`,
          ),
          ...(hold.estimated_rows === undefined ? [] : [`expects   ${hold.estimated_rows} rows, says the planner`]),
          `digest    ${hold.command_digest}`,
          ...hold.votes.map((vote) => `vote      ${(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(vote.approver)}: ${vote.vote} ${(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(vote.reason)}`),
          "command",
          ...hold.command_text.split("\n").map((line) => `  ${(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(line)}`),
        ].join("\n"),
      );
    });
  for (const vote of ["approve", "deny"]         ) {
    (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .withPersonOptions */ .ut)(approvals.command(`${vote} <id>`).description(`${vote} a held command`))
      .option("--reason <text>", "kept in the record", "")
      .addHelpText(
        "after",
        `\nExample: gate approvals ${vote} hold_x3 --reason "ticket 17" --gateway https://gate.acme.dev`,
      )
      .action(async (id        , options                                    ) => {
        const hold = await (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .ask */ .kA)      (options, "POST", `/v1/approvals/${encodeURIComponent(id)}/votes`, {
          vote,
          reason: options.reason,
        });
        if (options.json === true) return (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .printJson */ .Q2)(hold);
        const said = hold.votes.filter((each) => each.vote === "approve").length;
        (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)(`${hold.id}: ${hold.state}${hold.state === "pending" ? ` (${said} of ${hold.count})` : ""}`);
      });
  }
  const sessions = program
    .command("sessions")
    .description("see, follow and end the sessions of jobs")
    .addHelpText("after", "\nExample: gate sessions list --gateway https://gate.acme.dev");
  (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .withPersonOptions */ .ut)(sessions.command("list").description("open sessions"))
    .addOption(new commander__WEBPACK_IMPORTED_MODULE_0__/* .Option */ .c$("--state <state>", "only sessions in this state").choices(SESSION_STATES).default("open"))
    .addHelpText("after", "\nExample: gate sessions list --gateway https://gate.acme.dev --json")
    .action(async (options                                   ) => {
      const query = options.state === "all" ? "" : `?state=${encodeURIComponent(options.state)}`;
      const { sessions: rows } = await (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .ask */ .kA)                            (options, "GET", `/v1/sessions${query}`);
      if (options.json === true) return (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .printJson */ .Q2)(rows);
      if (rows.length === 0) return (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)("no sessions");
      (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)(
        (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .table */ .tp)(
          ["ID", "STATE", "TRUST RULE", "WHO", "UNTIL"],
          rows.map((row) => [row.id, row.state, row.trust_rule, row.principal, row.expires_at]),
        ),
      );
    });
  (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .withPersonOptions */ .ut)(sessions.command("show <id>").description("one session with its verdict counts"))
    .addHelpText("after", "\nExample: gate sessions show ses_x3 --gateway https://gate.acme.dev")
    .action(async (id        , options               ) => {
      const session = await (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .ask */ .kA)                (options, "GET", `/v1/sessions/${encodeURIComponent(id)}`);
      if (options.json === true) return (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .printJson */ .Q2)(session);
      const { verdicts } = session;
      (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)(
        [
          `session   ${session.id} (${session.state}, trust rule ${(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(session.trust_rule)})`,
          `who       ${(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(session.principal)}`,
          `grants    ${session.grants.map(_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK).join(", ")}`,
          `from      ${session.issued_at}`,
          `until     ${session.expires_at}`,
          ...(verdicts === undefined
            ? []
            : [`verdicts  ${verdicts.allow} allowed, ${verdicts.hold} held, ${verdicts.deny} denied`]),
          ...(session.entries === undefined ? [] : [`entries   ${session.entries}`]),
          ...(session.root === undefined ? [] : [`root      ${session.root}`]),
        ].join("\n"),
      );
    });
  (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .withPersonOptions */ .ut)(sessions.command("tail <id>").description("a session's entries as they are written, until it ends"))
    .addHelpText("after", "\nExample: gate sessions tail ses_x3 --gateway https://gate.acme.dev")
    .action(async (id        , options               ) => {
      // Who cannot be reached, or does not know the session, is told as by every other command.
      await (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .ask */ .kA)(options, "GET", `/v1/sessions/${encodeURIComponent(id)}`);
      let ended = false;
      const reader = new AbortController();
      (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .whenReaderLeaves */ .cK)(() => reader.abort());
      const onEvent = (name        , data        )       => {
        if (name === "end") ended = true;
        else if (options.json === true) (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)(data);
        else (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)(entryLine(JSON.parse(data)                                     ));
      };
      await (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .follow */ .e6)(options, `/v1/sessions/${encodeURIComponent(id)}/events`, onEvent, reader.signal);
      if (!ended && !reader.signal.aborted)
        throw new _output_js__WEBPACK_IMPORTED_MODULE_2__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_2__/* .EXIT */ .dc.unknown, "the gateway ended the stream before the session was over");
    });
  (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .withPersonOptions */ .ut)(sessions.command("revoke <id>").description("end a session and its live connections now"))
    .addHelpText("after", "\nExample: gate sessions revoke ses_x3 --gateway https://gate.acme.dev")
    .action(async (id        , options               ) => {
      const answer = await (0,_person_client_js__WEBPACK_IMPORTED_MODULE_1__/* .ask */ .kA)(options, "POST", `/v1/sessions/${encodeURIComponent(id)}/revoke`, {});
      if (options.json === true) return (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .printJson */ .Q2)(answer);
      (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)(`${id}: revoked`);
    });
}

/** Where it comes from, as far as the job's token said. */
function originLines(origin                                  )           {
  const told = (names                   )         =>
    names
      .flatMap((name) => (origin[name] === undefined ? [] : [(0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(origin[name])]))
      .filter((value, index, all) => all.indexOf(value) === index)
      .join(", ");
  const lines = [
    ["from      ", told(["repository", "ref", "sha"])],
    [
      "job       ",
      told(["workflow_ref", "job_workflow_ref", "environment", "event_name", "actor", "triggering_actor"]),
    ],
  ]         ;
  return lines.filter(([, text]) => text !== "").map(([label, text]) => label + text);
}

/** One entry on one line: when, what, and the command where there is one. */
function entryLine(entry                                   )         {
  const text = (value         )         => (typeof value === "string" ? (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .visible */ .RK)(value) : "");
  const head = `${String(entry["seq"]).padStart(5)}  ${text(entry["time"]).slice(11, 23)}  `;
  if (entry["type"] === "verdict") {
    const rules = Array.isArray(entry["rules"]) ? entry["rules"].map(text).join(",") : "";
    const command = entry["command"]                                  ;
    const observed = entry["observed"] === true ? " (observed)" : "";
    return `${head}${text(entry["verdict"]).padEnd(5)}  ${text(entry["grant"])}  ${rules}${observed}  ${text(command?.text).slice(0, 200)}`;
  }
  const words = ["event", "state", "approver", "vote", "outcome", "reason"]
    .map((key) => text(entry[key]))
    .filter(Boolean);
  return `${head}${[text(entry["type"]), ...words].join("  ")}`;
}

const HOLD_STATES = ["pending", "approved", "spent", "denied", "expired", "withdrawn", "void", "all"];
const SESSION_STATES = ["open", "closed", "revoked", "expired", "all"];


/***/ }),

/***/ 22770:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  qG: () => (/* binding */ accepted),
  kA: () => (/* binding */ ask),
  e6: () => (/* binding */ follow),
  MS: () => (/* binding */ gatewayUrl),
  w$: () => (/* binding */ readCertificate),
  yR: () => (/* binding */ readText),
  SV: () => (/* binding */ withClient),
  hu: () => (/* binding */ withGatewayOptions),
  ut: () => (/* binding */ withPersonOptions)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(73024);
// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __nccwpck_require__(37067);
// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __nccwpck_require__(44708);
// EXTERNAL MODULE: ./packages/base/src/errors.js
var errors = __nccwpck_require__(49489);
// EXTERNAL MODULE: ./packages/job/src/gateway-url.js
var gateway_url = __nccwpck_require__(39904);
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __nccwpck_require__(77030);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __nccwpck_require__(57075);
// EXTERNAL MODULE: external "node:stream/promises"
var promises_ = __nccwpck_require__(46466);
// EXTERNAL MODULE: external "node:tls"
var external_node_tls_ = __nccwpck_require__(41692);
// EXTERNAL MODULE: ./packages/job/src/errors.js
var src_errors = __nccwpck_require__(84175);
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
    ? new external_node_https_.Agent({ ...tls, keepAlive: true, maxSockets: SOCKETS_MAX, timeout: REQUEST_MS_MAX })
    : new external_node_http_.Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, timeout: REQUEST_MS_MAX });
  let tlsSession                    ;

  const open = (
    target        ,
    method        ,
    headers                                  ,
    extra                ,
  )                => {
    const at = sameOrigin(target, url);
    const request = { method, host: hostname, port, path: at.pathname + at.search, headers, agent, ...extra };
    return secure && extra.createConnection === undefined ? (0,external_node_https_.request)({ ...tls, ...request }) : (0,external_node_http_.request)(request);
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
        throw new src_errors/* JobError */.CR(
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
        throw (0,src_errors/* connectionError */.$t)(error, host);
      }
    },

    async download(target, headers, file) {
      const signal = AbortSignal.timeout(DOWNLOAD_MS_MAX);
      try {
        const response = await respond(open(target, "GET", headers, { signal }));
        if (response.statusCode !== 200) {
          const { code, detail } = toProblem(response.statusCode ?? 0, await readJson(response));
          throw new src_errors/* JobError */.CR(
            "peer-wrong",
            "JOB_RECORDING",
            `the gateway did not give the recording (${code === "" ? response.statusCode : code}): ${detail}`,
          );
        }
        let bytes = 0;
        const bounded = new external_node_stream_.Transform({
          transform(chunk        , _encoding, done) {
            bytes += chunk.length;
            if (bytes > RECORDING_BYTES_MAX) {
              done(
                new src_errors/* JobError */.CR(
                  "peer-wrong",
                  "JOB_RECORDING",
                  `the recording is larger than ${RECORDING_BYTES_MAX} bytes`,
                ),
              );
            } else done(null, chunk);
          },
        });
        await (0,promises_.pipeline)(response, bounded, (0,external_node_fs_.createWriteStream)(file, { flags: "wx", mode: 0o600 }));
        return bytes;
      } catch (error) {
        throw (0,src_errors/* connectionError */.$t)(error, host);
      }
    },

    dial() {
      return new Promise((resolve, reject) => {
        const base = { host: hostname, port, allowHalfOpen: true };
        const socket = secure
          ? (0,external_node_tls_.connect)({ ...tls, ...base, ...(tlsSession === undefined ? {} : { session: tlsSession }) })
          : (0,external_node_net_.connect)(base);
        socket.setNoDelay(true);
        const timer = setTimeout(() => socket.destroy(timeout(host)), DIAL_MS_MAX);
        const fail = (error       )       => {
          clearTimeout(timer);
          reject((0,src_errors/* connectionError */.$t)(error, host));
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
          reject((0,src_errors/* connectionError */.$t)(error, host));
        });
        request.once("upgrade", (_response, stream, head) => {
          clearTimeout(timer);
          if (head.length > 0) stream.unshift(head);
          resolve({ stream });
        });
        request.once("response", (response) => {
          readJson(response)
            .then((body) => resolve({ problem: toProblem(response.statusCode ?? 0, body) }))
            .catch((error         ) => reject((0,src_errors/* connectionError */.$t)(error, host)))
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
  throw new src_errors/* JobError */.CR(
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
      throw new src_errors/* JobError */.CR(
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
  return (0,src_errors/* connectionError */.$t)(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" }), host);
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

// EXTERNAL MODULE: ./packages/cli/src/credentials.js
var credentials = __nccwpck_require__(72649);
// EXTERNAL MODULE: ./packages/cli/src/output.js
var output = __nccwpck_require__(12582);
;// CONCATENATED MODULE: ./packages/cli/src/person-client.js
/** A person's requests to a gateway, with their token. Touches the network. */





                                         



                                
                            
                              
                       
                          
 

function withPersonOptions(command         )          {
  return withGatewayOptions(command).option(
    "--token-file <file>",
    "file with your token (default: $GATE_TOKEN_FILE, else what gate login saved)",
  );
}

function withGatewayOptions(command         )          {
  return command
    .option("--gateway <url>", "the gateway's address (default: $GATE_GATEWAY)")
    .option("--ca <file>", "PEM of the authority to trust (default: $GATE_CA_FILE)")
    .option("--json", "print JSON");
}

function gatewayUrl(options               )      {
  const gateway = options.gateway ?? process.env["GATE_GATEWAY"];
  if (gateway === undefined) {
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, "which gateway? Give --gateway URL or set GATE_GATEWAY");
  }
  return (0,gateway_url/* parseGatewayUrl */.R)(gateway);
}

/** @throws {CommandError} no when the gateway says no; unknown when it cannot be asked */
async function ask   (options               , method                , path        , json          )             {
  const url = gatewayUrl(options);
  const authorization = `Bearer ${personToken(options, url)}`;
  return withClient(options, url, async (client) => {
    const answer = await client.send(method, new URL(path, url).href, {
      headers: { authorization },
      ...(json === undefined ? {} : { json }),
    });
    return accepted   (answer);
  });
}

async function withClient   (
  options               ,
  url     ,
  run                                       ,
)             {
  const ca = options.ca ?? process.env["GATE_CA_FILE"];
  const client = createGatewayClient({ url, ...(ca === undefined ? {} : { ca: readCertificate(ca) }) });
  try {
    return await run(client);
  } catch (error) {
    throw error instanceof output/* CommandError */.Qd ? error : new output/* CommandError */.Qd(output/* EXIT */.dc.unknown, (0,output/* inOptions */.M3)((0,errors/* messageOf */.bD)(error)));
  } finally {
    client.close();
  }
}

/** @throws {CommandError} with what the gateway said */
function accepted   (answer        )    {
  if (answer.status >= 200 && answer.status <= 299) return answer.body     ;
  const problem = answer.body                                                     ;
  const said = problem?.detail ?? problem?.title ?? `status ${answer.status}`;
  throw new output/* CommandError */.Qd(answer.status >= 500 ? output/* EXIT */.dc.unknown : output/* EXIT */.dc.no, (0,output/* visible */.RK)(typeof said === "string" ? said : ""));
}

/**
 * Server-sent events of one stream, until it ends or `signal` aborts; `onEvent` gets each event's name and data.
 * @throws {CommandError} like `ask`, and unknown when the stream breaks
 */
async function follow(
  options               ,
  path        ,
  onEvent                                      ,
  signal              ,
)                {
  const url = gatewayUrl(options);
  const ca = options.ca ?? process.env["GATE_CA_FILE"];
  const send = url.protocol === "https:" ? external_node_https_.request : external_node_http_.request;
  const headers = { accept: "text/event-stream", authorization: `Bearer ${personToken(options, url)}` };
  const tls = ca === undefined ? {} : { ca: readCertificate(ca) };
  const response = await new Promise                 ((resolve, reject) => {
    const request = send(new URL(path, url), { headers, agent: false, rejectUnauthorized: true, ...tls }, resolve);
    request.setTimeout(SILENCE_MS_MAX, () => request.destroy(new Error("the gateway fell silent")));
    request.once("error", reject).end();
  }).catch((error         ) => {
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.unknown, (0,errors/* messageOf */.bD)(error));
  });
  let rest = "";
  signal?.addEventListener("abort", () => response.destroy());
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      rest += chunk          ;
      if (rest.length > EVENT_CHARS_MAX) throw new Error("an event is too large");
      if (response.statusCode !== 200) continue;
      const events = rest.split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        const name = fieldOf(event, "event");
        if (name !== undefined) onEvent(name, fieldOf(event, "data") ?? "");
      }
    }
  } catch (error) {
    if (signal?.aborted === true) return;
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.unknown, (0,errors/* messageOf */.bD)(error));
  }
  if (response.statusCode !== 200) accepted({ status: response.statusCode ?? 0, body: parsed(rest) });
}

/** Not by a pattern: to those U+2028 in a command's text ends a line too. */
function fieldOf(event        , name        )                     {
  const line = event.split("\n").find((each) => each.startsWith(`${name}: `));
  return line?.slice(name.length + 2);
}

function parsed(text        )          {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** PEM, or wrong use: another file would only make the gateway look unknown. */
function readCertificate(file        )         {
  const text = readText(file);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, `${file} holds no certificate: give PEM text, with BEGIN CERTIFICATE`);
}

function readText(file        )         {
  try {
    return (0,external_node_fs_.readFileSync)(file, "utf8");
  } catch (error) {
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, `cannot read ${file}: ${(0,errors/* messageOf */.bD)(error)}`);
  }
}

function personToken(options               , url     )         {
  const tokenFile = options.tokenFile ?? process.env["GATE_TOKEN_FILE"];
  if (tokenFile !== undefined) {
    const token = readText(tokenFile).trim();
    if (token === "") throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, `${tokenFile} is empty: write your token into it`);
    return token;
  }
  const login = (0,credentials/* savedLogin */.Hp)((0,credentials/* credentialsFile */.XE)(process.env), url);
  if (login === undefined) {
    throw new output/* CommandError */.Qd(
      output/* EXIT */.dc.usage,
      `who are you? Run gate login --gateway ${url.origin}, give --token-file FILE, or set GATE_TOKEN_FILE`,
    );
  }
  if (Date.parse(login.expires_at) <= Date.now()) {
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.no, `your login is over: run gate login --gateway ${url.origin} again`);
  }
  return login.token;
}

/** Milliseconds without a byte: the gateway sends a sign of life every fifteen seconds. */
const SILENCE_MS_MAX = 60_000;
/** Characters of one event: an entry is at most a mebibyte. */
const EVENT_CHARS_MAX = 4 * 1024 * 1024;


/***/ }),

/***/ 32535:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  i7: () => (/* binding */ addPolicy),
  Fh: () => (/* binding */ gatewayNames),
  w6: () => (/* binding */ needText),
  yR: () => (/* binding */ readText)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(73024);
// EXTERNAL MODULE: ./packages/base/src/errors.js
var errors = __nccwpck_require__(49489);
// EXTERNAL MODULE: ./packages/cli/src/output.js
var output = __nccwpck_require__(12582);
;// CONCATENATED MODULE: ./packages/cli/src/policy-diff.js
/** `gate policy diff`: what a change of a policy makes possible, and what it takes away. Reads files only. */
                                                
                                                               
                                         



function addPolicyDiff(policy         )       {
  policy
    .command("diff <old> <new>")
    .description("what the new version allows and the old one does not, and the other way round, each with an example")
    .option("--config <file>", "gateway.yaml: names of issuers and targets")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample: git show main:policy.yaml > /tmp/old.yaml && gate policy diff /tmp/old.yaml policy.yaml\nExit: 0 the same or only narrower, 1 wider, 2 wrong use, 3 the old version cannot be read",
    )
    .action(async (oldFile        , newFile        , options                                     ) => {
      const { exchange } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(426), __nccwpck_require__.e(958), __nccwpck_require__.e(885)]).then(__nccwpck_require__.bind(__nccwpck_require__, 50885));
      const { diffPolicies, parsePolicy } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(958), __nccwpck_require__.e(870)]).then(__nccwpck_require__.bind(__nccwpck_require__, 95870));
      const names = await gatewayNames(options.config);
      const before = await readOld(oldFile, names);
      const after = parsePolicy(needText(newFile), { file: newFile, ...names });
      const diff = diffPolicies(before, after, exchange);
      if (options.json === true) (0,output/* printJson */.Q2)(diff);
      else describe(diff);
      process.exitCode = diff.wider ? output/* EXIT */.dc.no : output/* EXIT */.dc.ok;
    });
}

async function readOld(file        , names         )                  {
  const { parsePolicy, PolicyError } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(958), __nccwpck_require__.e(870)]).then(__nccwpck_require__.bind(__nccwpck_require__, 95870));
  try {
    return parsePolicy(needText(file), { file, ...names });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    (0,output/* complain */.cc)(error.message);
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.unknown, `${file} is not valid, so nothing can be compared with it`);
  }
}

function describe(diff            )       {
  for (const change of diff.changes) (0,output/* print */.yy)(describeChange(change));
  if (diff.changes.length === 0) (0,output/* print */.yy)("no difference found");
  const wider = diff.changes.filter(({ direction }) => direction !== "narrower").length;
  (0,output/* print */.yy)(
    `${wider} wider, ${diff.changes.length - wider} narrower; tried ${diff.commands} commands and ${diff.tokens} tokens`,
  );
  for (const name of diff.bounded) (0,output/* print */.yy)(`not every combination of \`${name}\` was tried: there are too many`);
}

function describeChange({ direction, subject, name, from, to, example, commands, count }        )         {
  const lines = [`${direction.padEnd(8)} ${subject} ${name}: ${from} → ${to}`];
  if (example !== undefined)
    lines.push(`    for example: ${(0,output/* visible */.RK)(example)}${count > 1 ? ` (and ${count - 1} more)` : ""}`);
  if (commands !== undefined && commands.length > 1) lines.push(`    commands: ${(0,output/* visible */.RK)(commands.join("; "))}`);
  return lines.join("\n");
}

// EXTERNAL MODULE: ./node_modules/commander/esm.mjs
var esm = __nccwpck_require__(48179);
;// CONCATENATED MODULE: ./packages/cli/src/policy-explain.js
/** `gate policy explain`: why one command would be allowed, held or denied. Reads files only. */
                                                              
                                                 




                                                          
                       
                         
                              
                           
                          
  

const EXAMPLES                                       = {
  sql: "an SQL text",
  http: "a request: 'POST /v1/refunds' or '{method: POST, path: /v1/refunds, body: {amount: 5}}'",
  kube: "'{verb: create, resource: pods, subresource: exec, namespace: shop}'",
  exec: "a command line",
  sftp: "'read /var/log/app/x.log'",
  ssh: "'{shell: true}' or '{forward: \"db.internal:5432\"}'",
  mcp: "'{tool: search, arguments: {q: x}}'",
};

const COMMAND_KEYS = Object.keys(EXAMPLES)                         ;

function addPolicyExplain(policy         )       {
  const command = policy
    .command("explain <file>")
    .description("why a command would be allowed, held or denied: for each rule the first matcher that failed")
    .requiredOption("--grant <name>", "the grant that it goes over")
    .option("--as <name>", "the trust rule of the job: checks that it gives the grant");
  for (const key of COMMAND_KEYS) command.addOption(new esm/* Option */.c$(`--${key} <command>`, EXAMPLES[key]));
  command
    .option("--catalogue <file>", "a .test.yaml whose `catalogue` says which tables there are")
    .option("--config <file>", "gateway.yaml: names of issuers and targets")
    .option("--json", "print JSON, with the facts")
    .addHelpText(
      "after",
      "\nExample: gate policy explain policy.yaml --as deploy-prod --grant orders-db --sql 'UPDATE orders SET paid = true'\nExit: 0 allowed, held or only observed, 1 denied, 2 wrong use",
    )
    .action(async (file        , options         ) => {
      const { catalogueOf, explainCommand } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(426), __nccwpck_require__.e(958), __nccwpck_require__.e(885)]).then(__nccwpck_require__.bind(__nccwpck_require__, 50885));
      const { formatProblems, parsePolicy } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(958), __nccwpck_require__.e(870)]).then(__nccwpck_require__.bind(__nccwpck_require__, 95870));
      const used = COMMAND_KEYS.filter((key) => options[key] !== undefined);
      const [key] = used;
      if (key === undefined || used.length > 1) {
        throw new output/* CommandError */.Qd(
          output/* EXIT */.dc.usage,
          `give exactly one command: ${COMMAND_KEYS.map((each) => `--${each}`).join(", ")}`,
        );
      }
      const names = await gatewayNames(options.config);
      const parsed = parsePolicy(needText(file), { file, ...names });
      const declared =
        options.catalogue === undefined ? undefined : catalogueOf(needText(options.catalogue), options.catalogue);
      if (declared !== undefined && declared.problems.length > 0) {
        throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, formatProblems(declared.problems));
      }
      const answer = await explainCommand(parsed, {
        grant: options.grant,
        key,
        command: options[key] ?? "",
        ...(options.as === undefined ? {} : { as: options.as }),
        ...(declared?.catalogue === undefined ? {} : { catalogue: declared.catalogue }),
      });
      if ("problems" in answer) {
        throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, answer.problems.map(({ message }) => message).join("\n"));
      }
      if (options.json === true) (0,output/* printJson */.Q2)(answer);
      else policy_explain_describe(answer);
      if (answer.verdict.kind === "deny" && !answer.observed) process.exitCode = output/* EXIT */.dc.no;
    });
}

function policy_explain_describe({ verdict, observed, rules, obligations, facts }           )       {
  const approval = verdict.kind === "hold" ? `, approval \`${verdict.approval.name}\`` : "";
  (0,output/* print */.yy)(`${verdict.kind} by ${verdict.rules.join(", ")}${approval}${observed ? " (only observed, not enforced)" : ""}`);
  if (verdict.kind === "deny") (0,output/* print */.yy)(`message  ${(0,output/* visible */.RK)(verdict.message)}`);
  if (verdict.kind === "deny" && verdict.hint !== undefined) (0,output/* print */.yy)(`hint     ${(0,output/* visible */.RK)(verdict.hint)}`);
  if (!facts.classified) (0,output/* print */.yy)(`unclassified: ${(0,output/* visible */.RK)(facts.unclassifiedReason ?? "")}`);
  (0,output/* print */.yy)("");
  (0,output/* print */.yy)(
    (0,output/* table */.tp)(
      ["RULE", "EFFECT", "OUTCOME", "FIRST FAILED"],
      rules.map(({ rule, effect, outcome, failed }) => [rule, effect, outcome, failed ?? ""]),
    ),
  );
  for (const line of obligations.flatMap(describeObligation)) (0,output/* print */.yy)(line);
}

function describeObligation(obligation            )                    {
  if (obligation.kind === "limit") {
    const limits = Object.entries(obligation.limits).map(([name, value]) => `${name} ${String(value)}`);
    return [`limits   ${limits.join(", ")}`];
  }
  return obligation.masks.map((mask) => {
    const where = mask.kind === "column" ? mask.column : mask.kind === "json" ? mask.path : mask.detectors.join(", ");
    return `mask     ${mask.kind} ${where}: ${mask.action.kind}`;
  });
}

;// CONCATENATED MODULE: ./packages/cli/src/policy-lint.js
/** `gate policy lint`: what is wrong, dangerous or pointless in policies. Reads files only. */
                                            
                                         



                   
                           
                            
                            
                          
 

function addPolicyLint(policy         )       {
  policy
    .command("lint <files...>")
    .description("find what is wrong, dangerous or pointless in policies, each with its place, why and the fix")
    .option("--config <file>", "gateway.yaml: also checks the names of issuers and targets, and what targets can do")
    .option("--columns <file>", "columns of the targets, for masks: a JSON list of schema.table.column")
    .option("--strict", "warnings count as errors")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample: gate policy lint policy.yaml --config gateway.yaml\nExit: 0 no errors (with --strict: nor warnings), 1 some, 2 wrong use. Files of tests (*.test.yaml) are passed over.\nAccept a finding for a time with\n  # gate-lint: ignore CODE until 2027-03-01: reason",
    )
    .action(async (files          , options         ) => {
      const { isTestFile, lintPath, readColumns } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(426), __nccwpck_require__.e(958), __nccwpck_require__.e(885)]).then(__nccwpck_require__.bind(__nccwpck_require__, 50885));
      const names = await gatewayNames(options.config);
      const columns =
        options.columns === undefined ? undefined : readColumns(needText(options.columns), options.columns);
      if (options.columns !== undefined && columns === undefined) {
        throw new output/* CommandError */.Qd(
          output/* EXIT */.dc.usage,
          `${options.columns} holds no columns: write a JSON list such as ["public.customers.email"]`,
        );
      }
      // What a shell makes of policies/*.yaml: tests are no policies.
      const policies = files.filter((file) => !isTestFile(file));
      if (policies.length === 0) {
        throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, `${files.join(", ")}: tests, and no policy; run them with gate policy test`);
      }
      const findings = policies.flatMap((file) => {
        needText(file);
        return lintPath(file, readText, { ...names, nowMs: Date.now(), ...(columns && { columns }) }) ?? [];
      });
      if (options.json === true) (0,output/* printJson */.Q2)({ findings });
      else policy_lint_describe(findings, policies.length);
      const bad = findings.some(({ severity }) => severity === "error" || (options.strict && severity === "warning"));
      process.exitCode = bad ? output/* EXIT */.dc.no : output/* EXIT */.dc.ok;
    });
}

function policy_lint_describe(findings                    , files        )       {
  for (const { file, line, column, severity, code, message, danger, fix } of findings) {
    (0,output/* print */.yy)(`${file}:${line}:${column}: ${severity} ${code}: ${(0,output/* visible */.RK)(message)}`);
    (0,output/* print */.yy)(`    why: ${(0,output/* visible */.RK)(danger)}\n    fix: ${(0,output/* visible */.RK)(fix)}`);
  }
  const count = (severity                     ) => findings.filter((finding) => finding.severity === severity).length;
  const parts = (["error", "warning", "note"]         ).map(
    (severity) => `${count(severity)} ${severity}${count(severity) === 1 ? "" : "s"}`,
  );
  (0,output/* print */.yy)(findings.length === 0 ? `${files === 1 ? "1 file" : `${files} files`}, nothing found` : parts.join(", "));
}

;// CONCATENATED MODULE: ./packages/cli/src/policy-schema.js
/** `gate policy schema`: JSON Schema of policy.yaml, for editors. */
                                         


function addPolicySchema(policy         )       {
  policy
    .command("schema")
    .description("print the JSON Schema (draft 2020-12) of policy.yaml, for editors")
    .option("--json", "print JSON (it always is)")
    .addHelpText("after", "\nExample: gate policy schema > policy.schema.json")
    .action(async () => {
      const { COMMAND_KEYS } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(426), __nccwpck_require__.e(958), __nccwpck_require__.e(885)]).then(__nccwpck_require__.bind(__nccwpck_require__, 50885));
      const { policySchema } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(958), __nccwpck_require__.e(870)]).then(__nccwpck_require__.bind(__nccwpck_require__, 95870));
      (0,output/* printJson */.Q2)(policySchema(COMMAND_KEYS));
    });
}

;// CONCATENATED MODULE: ./packages/cli/src/policy-test.js
/** `gate policy test`: runs the tests of policies. Reads files only. */
                                                    
                                         



function addPolicyTest(policy         )       {
  policy
    .command("test <files...>")
    .description("run the tests of policies: `tests:` in the policy, and the *.test.yaml beside it")
    .option("--config <file>", "gateway.yaml: names of issuers and targets")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      '\nExample: gate policy test policy.yaml\nA test: {as: deploy-prod, grant: orders-db, sql: "DROP TABLE x", expect: {effect: deny, rule: never}}\nExit: 0 all pass, 1 one fails or cannot be read, 2 wrong use, 3 there are no tests',
    )
    .action(async (files          , options                                     ) => {
      const { testPath, unreadable } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(426), __nccwpck_require__.e(958), __nccwpck_require__.e(885)]).then(__nccwpck_require__.bind(__nccwpck_require__, 50885));
      const names = await gatewayNames(options.config);
      const reports                = [];
      for (const file of files) {
        const broken = unreadable(needText(file), file);
        const found = broken === undefined ? await testPath(file, readText, names) : [broken];
        if (found.length === 0) (0,output/* complain */.cc)(`${file}: no tests; add \`tests:\`, or a .test.yaml beside it`);
        for (const report of found) if (!reports.some((other) => other.file === report.file)) reports.push(report);
      }
      if (options.json === true) (0,output/* printJson */.Q2)({ passed: failures(reports) === 0, files: reports });
      else await policy_test_describe(reports);
      const ran = reports.some((report) => report.results.length > 0 || report.problems.length > 0);
      process.exitCode = failures(reports) > 0 ? output/* EXIT */.dc.no : ran ? output/* EXIT */.dc.ok : output/* EXIT */.dc.unknown;
    });
}

/** A file that could not be run fails as a whole. */
function failures(reports                        )         {
  const failed = reports.flatMap(({ results }) => results.filter(({ passed }) => !passed));
  return failed.length + reports.filter(({ problems }) => problems.length > 0).length;
}

async function policy_test_describe(reports                        )                {
  const { formatProblems } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(958), __nccwpck_require__.e(870)]).then(__nccwpck_require__.bind(__nccwpck_require__, 95870));
  for (const { file, policyFile, results, problems } of reports) {
    (0,output/* print */.yy)(file === policyFile ? file : `${file} (policy ${policyFile})`);
    if (problems.length > 0) (0,output/* print */.yy)(formatProblems(problems));
    for (const result of results) {
      (0,output/* print */.yy)(`  ${result.passed ? "ok  " : "FAIL"}  ${(0,output/* visible */.RK)(result.name)}`);
      if (result.passed) continue;
      (0,output/* print */.yy)(`        at        ${result.file}:${result.line}:${result.column}`);
      (0,output/* print */.yy)(`        expected  ${(0,output/* visible */.RK)(result.expected)}`);
      (0,output/* print */.yy)(`        got       ${(0,output/* visible */.RK)(result.got)}`);
      if (result.because !== undefined) (0,output/* print */.yy)(`        because   ${(0,output/* visible */.RK)(result.because)}`);
      for (const problem of result.problems) (0,output/* print */.yy)(`        problem   ${(0,output/* visible */.RK)(problem.message)}`);
      for (const { rule, effect, outcome, failed } of result.explanation ?? []) {
        (0,output/* print */.yy)(
          `        rule      ${rule} (${effect}): ${outcome}${failed === undefined ? "" : `, first failed: ${failed}`}`,
        );
      }
    }
  }
  const all = reports.flatMap(({ results }) => results);
  const passed = all.filter((result) => result.passed).length;
  (0,output/* print */.yy)(`${passed} passed, ${all.length - passed} failed`);
}

;// CONCATENATED MODULE: ./packages/cli/src/policy.js
/**
 * `gate policy`: lint, test, explain, diff and schema. Reads files only. The policy's code and the classifiers are loaded
 * by the command that needs them: they are most of what there is to load.
 */


                                                
                                         







function addPolicy(program         )       {
  const policy = program
    .command("policy")
    .description("check, test, explain and compare policy files")
    .addHelpText("after", "\nExample: gate policy lint policy.yaml");
  addPolicyLint(policy);
  addPolicyTest(policy);
  addPolicyExplain(policy);
  addPolicyDiff(policy);
  addPolicySchema(policy);
}

/** What gateway.yaml names. @throws {CommandError} wrong use when it cannot be read. */
async function gatewayNames(config                    )                   {
  if (config === undefined) return {};
  const text = needText(config);
  const { readGatewayNames } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(426), __nccwpck_require__.e(958), __nccwpck_require__.e(885)]).then(__nccwpck_require__.bind(__nccwpck_require__, 50885));
  try {
    return readGatewayNames(text, config);
  } catch (error) {
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, `--config: ${(0,errors/* messageOf */.bD)(error)}`);
  }
}

/** The text of a file, or undefined when there is none. */
function readText(path        )                     {
  try {
    return (0,external_node_fs_.readFileSync)(path, "utf8");
  } catch (error) {
    if ((error                         ).code === "ENOENT") return undefined;
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, `cannot read ${path}: ${(0,errors/* messageOf */.bD)(error)}`);
  }
}

/** @throws {CommandError} wrong use when there is no such file. */
function needText(path        )         {
  const text = readText(path);
  if (text === undefined) throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, `there is no file ${path}; check the path`);
  return text;
}


/***/ }),

/***/ 17616:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ addServe)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(73024);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(76760);
/* harmony import */ var _output_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(12582);
/** `gate serve` and `gate validate`. Touches what the gateway touches. */


                                         


function addServe(program         )       {
  program
    .command("serve")
    .description("run a gateway until SIGTERM, which drains it")
    .requiredOption("--config <file>", "gateway.yaml")
    .addHelpText("after", "\nExample: gate serve --config gateway.yaml")
    .action(async (options                    ) => {
      requireNode();
      const { serve } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(426), __nccwpck_require__.e(268)]).then(__nccwpck_require__.bind(__nccwpck_require__, 23268));
      process.exitCode = await serve({
        config: options.config,
        env: process.env,
        // The same as `gate policy explain`, loaded when somebody asks.
        explainCommand: async (policy, question) => (await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(426), __nccwpck_require__.e(958), __nccwpck_require__.e(885)]).then(__nccwpck_require__.bind(__nccwpck_require__, 50885))).explainCommand(policy, question),
        ...webFolder(process.argv[1]),
      });
    });
  program
    .command("validate")
    .description("check gateway.yaml and its policy, print the effective configuration with secrets redacted")
    .requiredOption("--config <file>", "gateway.yaml")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: gate validate --config gateway.yaml")
    .action(async (options                                    ) => {
      const { validate } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(426), __nccwpck_require__.e(268)]).then(__nccwpck_require__.bind(__nccwpck_require__, 23268));
      const result = await validate({ config: options.config, env: process.env });
      for (const warning of result.warnings) (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .complain */ .cc)(`warning: ${warning}`);
      if (options.json === true) (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .printJson */ .Q2)(result.effective);
      else (0,_output_js__WEBPACK_IMPORTED_MODULE_2__/* .print */ .yy)(result.text);
    });
}

/** The pages lie beside the bundle; `gate` on the PATH is a link to it. */
function webFolder(entry                    )                                  {
  return entry === undefined ? {} : { webFolder: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)((0,node_fs__WEBPACK_IMPORTED_MODULE_0__.realpathSync)(entry)), "web") };
}

/** CONTRACT §1: the gateway's store needs node:sqlite. */
function requireNode()       {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) return;
  throw new _output_js__WEBPACK_IMPORTED_MODULE_2__/* .CommandError */ .Qd(
    _output_js__WEBPACK_IMPORTED_MODULE_2__/* .EXIT */ .dc.usage,
    `gate serve needs Node 22.13 or newer (node:sqlite); this is Node ${process.versions.node}. Install Node 24 and run it again`,
  );
}


/***/ }),

/***/ 83021:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   s: () => (/* binding */ addStatus)
/* harmony export */ });
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(49489);
/* harmony import */ var _gate_job__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(53043);
/* harmony import */ var _output_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(12582);
/** `gate status`: the session of the job that this command runs in. Touches the control socket. */


                                         


function addStatus(program         )       {
  program
    .command("status")
    .description("this job's session: endpoints, expiry, verdict counts")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: gate status --json")
    .action(async (options                    ) => {
      const control = process.env["GATE_CONTROL"];
      if (control === undefined) {
        throw new _output_js__WEBPACK_IMPORTED_MODULE_0__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_0__/* .EXIT */ .dc.unknown, "no session here: GATE_CONTROL is not set. Run the connect step first");
      }
      const status = await (0,_gate_job__WEBPACK_IMPORTED_MODULE_1__/* .askControl */ .t)(control, { op: "status" }, STATUS_MS_MAX).catch((error         ) => {
        throw new _output_js__WEBPACK_IMPORTED_MODULE_0__/* .CommandError */ .Qd(_output_js__WEBPACK_IMPORTED_MODULE_0__/* .EXIT */ .dc.unknown, (0,_gate_base__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .bD)(error));
      });
      if (options.json === true) return (0,_output_js__WEBPACK_IMPORTED_MODULE_0__/* .printJson */ .Q2)(status);
      (0,_output_js__WEBPACK_IMPORTED_MODULE_0__/* .print */ .yy)(`session  ${status.sessionId} (${status.mode}, ${status.state}, trust rule ${status.trustRule})`);
      (0,_output_js__WEBPACK_IMPORTED_MODULE_0__/* .print */ .yy)(`until    ${new Date(status.expiresAtMs).toISOString()}`);
      if (status.verdicts !== undefined) {
        const { allow, hold, deny } = status.verdicts;
        (0,_output_js__WEBPACK_IMPORTED_MODULE_0__/* .print */ .yy)(`verdicts ${allow} allowed, ${hold} held, ${deny} denied`);
      }
      if (status.observed !== undefined) {
        const { allow, hold, deny } = status.observed;
        (0,_output_js__WEBPACK_IMPORTED_MODULE_0__/* .print */ .yy)(`observe  nothing is enforced: ${hold} would have been held, ${deny} denied, ${allow} allowed`);
      }
      (0,_output_js__WEBPACK_IMPORTED_MODULE_0__/* .print */ .yy)(
        (0,_output_js__WEBPACK_IMPORTED_MODULE_0__/* .table */ .tp)(
          ["GRANT", "TARGET", "PROTOCOL", "ENDPOINT", "CONNECTIONS"],
          status.endpoints.map((endpoint) => [
            endpoint.grant,
            endpoint.target,
            endpoint.protocol,
            `${endpoint.host}:${endpoint.port}`,
            String(endpoint.connections),
          ]),
        ),
      );
      if (status.lastError !== undefined) (0,_output_js__WEBPACK_IMPORTED_MODULE_0__/* .print */ .yy)(`last error: ${status.lastError}`);
    });
}

/** How long the daemon may take to answer, in milliseconds. */
const STATUS_MS_MAX = 10_000;


/***/ }),

/***/ 81653:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  F: () => (/* binding */ addVerify)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(73024);
// EXTERNAL MODULE: ./packages/base/src/errors.js
var errors = __nccwpck_require__(49489);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __nccwpck_require__(77598);
// EXTERNAL MODULE: ./packages/base/src/bytes.js
var src_bytes = __nccwpck_require__(41587);
;// CONCATENATED MODULE: ./packages/recording/src/checks.js
/**
 * What the entries of a recording must say together: order, time, and that nothing ran without an answer. Pure.
 */
                                                

                       
                     
                    
                 
                       
                      
                              
                   
                            
                     
                    

                                                                             

/** Commands, holds and votes that are kept in mind while a recording is checked. */
const TRACKED_MAX = 200_000;

/** Reads entries in order and reports what cannot be. */
class EntryChecks {
           #report        ;
  /** Verdict entries that may have a result, and how they stand. */
           #commands = new Map                  ();
  /** Hold-resolved entries that admit: a result may name either. */
           #resolved = new Map                ();
           #holds = new Map                   ();
  #expected = 0;
  #time = "";
  #forgotBelow = -1;
  sessionId                    ;
  policyDigest                    ;
  mode                    ;
  closed = false;

  constructor(report        ) {
    this.#report = report;
  }

  /** For every line whose head could be read, also of unknown types. */
  head(seq        , time        )       {
    if (seq !== this.#expected) {
      this.#report("SEQUENCE_BROKEN", `entry ${this.#expected} was expected, not ${seq}`, this.#expected);
    }
    // Go on from here: a missing line is reported once, not for all that follow.
    this.#expected = seq + 1;
    if (time < this.#time) this.#report("TIME_BACKWARDS", "the time is before that of the entry above", seq);
    else this.#time = time;
    if (this.closed) this.#report("ENTRY_AFTER_CLOSE", "an entry follows session-closed", seq);
  }

  /** A line that could not be read still has its place. */
  skip()       {
    this.#expected += 1;
  }

  entry(entry               )       {
    if ((entry.type === "session-opened") !== (entry.seq === 0)) {
      this.#report("ENTRY_FIRST", "the first entry, and only it, is session-opened", entry.seq);
    }
    switch (entry.type) {
      case "session-opened":
        this.sessionId ??= entry.session.id;
        this.policyDigest ??= entry.session.policyDigest;
        this.mode ??= entry.session.mode;
        return;
      case "verdict":
        return this.#verdict(entry);
      case "vote": {
        const hold = this.#hold(entry.hold, entry.seq);
        if (entry.vote === "approve") hold.approvers.add(entry.approver);
        else hold.denied = true;
        return;
      }
      case "hold-resolved":
        return this.#resolve(entry);
      case "result":
        return this.#result(entry);
      case "session-closed":
        this.closed = true;
        return;
      case "session-renewed":
      case "latch-refused":
      case "connection-opened":
      case "connection-closed":
      case "note":
    }
  }

  #verdict(entry                                     )       {
    // Observed, a verdict stops nothing; what the engine itself refused went nowhere all the same.
    const observed = entry.observed === true && entry.override === undefined;
    if (entry.verdict === "deny" && !observed) return;
    if (entry.verdict === "hold" && !observed) {
      if (entry.hold === undefined) {
        this.#report("HOLD_MISMATCH", "a held command names no hold", entry.seq);
        return;
      }
      this.#hold(entry.hold, entry.seq).digest ??= entry.command.digest;
    }
    this.#commands.set(entry.seq, {
      digest: entry.command.digest,
      hold: entry.hold,
      admitted: observed || entry.verdict === "allow",
    });
    if (this.#commands.size > TRACKED_MAX) {
      for (const oldest of this.#commands.keys()) {
        this.#commands.delete(oldest);
        this.#forget(oldest, entry.seq);
        break;
      }
    }
  }

  #resolve(entry                                           )       {
    const command = this.#commands.get(entry.of);
    if (command === undefined || command.admitted || command.hold !== entry.hold || command.digest !== entry.digest) {
      if (entry.of <= this.#forgotBelow) return;
      this.#report("HOLD_MISMATCH", "the answer is not for the command that was held", entry.seq);
      return;
    }
    if (entry.state !== "approved") {
      this.#commands.delete(entry.of);
      return;
    }
    const source = entry.claims ?? entry.hold;
    const hold = this.#holds.get(source);
    if (hold === undefined || hold.digest !== entry.digest) {
      this.#report("HOLD_MISMATCH", "the approval is for another command", entry.seq);
      return;
    }
    if (hold.used) {
      this.#report("APPROVAL_REUSED", "the approval was used before", entry.seq);
      return;
    }
    const people = new Set(entry.approvers);
    const voted = [...people].every((name) => hold.approvers.has(name));
    if (people.size === 0 || people.size !== entry.approvers.length || !voted || hold.denied) {
      this.#report("APPROVAL_WITHOUT_VOTES", "the recorded votes do not approve it", entry.seq);
      return;
    }
    hold.used = true;
    command.admitted = true;
    this.#resolved.set(entry.seq, entry.of);
  }

  #result(entry                                    )       {
    const of = this.#resolved.get(entry.of) ?? entry.of;
    const command = this.#commands.get(of);
    if (command?.admitted === true) {
      // Deleted: a second result of one admission is one too many.
      this.#commands.delete(of);
      this.#resolved.delete(entry.of);
    } else if (of > this.#forgotBelow) {
      this.#report(
        "RESULT_WITHOUT_ADMISSION",
        `entry ${entry.of} admitted nothing that could have a result`,
        entry.seq,
      );
    }
  }

  #hold(id        , seq        )            {
    let hold = this.#holds.get(id);
    if (hold === undefined) {
      hold = { digest: undefined, approvers: new Set(), denied: false, used: false };
      this.#holds.set(id, hold);
      if (this.#holds.size > TRACKED_MAX) {
        this.#holds.clear();
        this.#forget(seq, seq);
      }
    }
    return hold;
  }

  #forget(below        , seq        )       {
    if (this.#forgotBelow === -1) {
      this.#report("TOO_MANY_OPEN", "more commands wait for a result than a verifier keeps in mind", seq);
    }
    this.#forgotBelow = below;
  }
}

                    
                          
                                    
                    
 

                     
                             
                                  
                  
                
 

// EXTERNAL MODULE: ./packages/recording/src/checkpoint.js
var checkpoint = __nccwpck_require__(31690);
// EXTERNAL MODULE: ./packages/recording/src/entry.js
var entry = __nccwpck_require__(91262);
// EXTERNAL MODULE: ./packages/recording/src/errors.js
var src_errors = __nccwpck_require__(11863);
// EXTERNAL MODULE: ./packages/recording/src/folder.js
var folder = __nccwpck_require__(71292);
// EXTERNAL MODULE: ./packages/recording/src/lines.js
var lines = __nccwpck_require__(32297);
// EXTERNAL MODULE: ./packages/recording/src/manifest.js
var src_manifest = __nccwpck_require__(69321);
// EXTERNAL MODULE: ./packages/recording/src/merkle.js
var merkle = __nccwpck_require__(45790);
// EXTERNAL MODULE: ./packages/recording/src/note.js
var src_note = __nccwpck_require__(62664);
// EXTERNAL MODULE: ./packages/recording/src/parse.js
var parse = __nccwpck_require__(73473);
;// CONCATENATED MODULE: ./packages/recording/src/report.js
/** What a verification answers. Types and bounds only. */
                                                     
                                             
                                                

/** What a finding makes of the whole: `invalid` beats `incomplete`, which beats `unpinned`. */
                                                                           

                         
             
                                                
                    
                  
                   
                  
                      
                                                            
                       
                   
                                                            
                   
                        
                                                                  
                         
                                                                               
                       
                                                                       
                   
                                    
               
                       
                                                            
                 
                                                                                    
                  
                
                                                      
                       
                                                                           
                     
                                                                           
                      
                                                
                        

                          
                             
                                                    
                           
               
                        
                                        
                         
 

                               
                                
                                                                     
                                        
                                   
                                         
                                 
                                    
                           
                                                  
                                    
                                                
                                    
                               
                           
 

                                
                                                                                                          
                                    
                                                                                       
                                       
                                                    
                              
                                                                                  
                       
                 
                                                        
                                 
                                                                                                                
 

/** Findings that a report lists. */
const FINDINGS_MAX = 100;

// EXTERNAL MODULE: ./packages/recording/src/tar.js
var tar = __nccwpck_require__(42861);
// EXTERNAL MODULE: ./packages/recording/src/verdicts.js
var src_verdicts = __nccwpck_require__(72742);
;// CONCATENATED MODULE: ./packages/recording/src/verify.js
/**
 * Verifies a recording offline: digests, order, tree, signatures, and that nothing ran without an admission.
 * Reads the bundle, touches nothing else.
 */



                                                               














/**
 * Verifies a bundle: a reader, or the path of a folder or `.tar`.
 *
 * Whatever is wrong with the bundle is in the report. What is not covered: that the gateway recorded the truth, and
 * that an unsealed recording ends where it should.
 * @throws {RecordingError} VKEY_INVALID, and NOTE_INVALID for `previousCheckpoint`: wrong use, not a wrong bundle.
 *   Errors of the file system come as they are.
 */
async function verifyBundle(bundle                          , options               )                        {
  const pinned = options.vkeys.map(src_note/* parseVkey */.z5);
  const previous = options.previousCheckpoint === undefined ? [] : (0,checkpoint/* parseCheckpoints */.h3)(options.previousCheckpoint);
  if (options.previousCheckpoint !== undefined && previous.length === 0) {
    throw new src_errors/* RecordingError */.e("NOTE_INVALID", "operator", "the earlier checkpoint is empty");
  }
  const reader =
    typeof bundle !== "string" ? bundle : (0,external_node_fs_.statSync)(bundle).isDirectory() ? (0,folder/* folderReader */._)(bundle) : (0,tar/* tarReader */.R)(bundle);
  const run = new Verification(reader, pinned, options, previous);
  try {
    await run.run();
  } catch (error) {
    if (!(error instanceof src_errors/* RecordingError */.e)) throw error;
    run.bundleError(error);
  }
  return run.report();
}

                                                                                 

class Verification {
           #reader                 ;
           #pinned                 ;
           #options               ;
           #previous                             ;
           #findings            = [];
  #found = 0;
           #severities = new Set                     ();
  #manifest                      ;
  #keys                  = [];
  #signedBy                  ;
  #checkpoints                              = [];
           #tree = new merkle/* MerkleTree */.vU();
           #checks             ;
  #line = 0;
           #digests = new Map                    ();
  #verdicts                    ;
  #session                     ;

  constructor(
    reader                 ,
    pinned                 ,
    options               ,
    previous                             ,
  ) {
    this.#reader = reader;
    this.#pinned = pinned;
    this.#options = options;
    this.#previous = previous;
    this.#checks = new EntryChecks((code, message, seq) => {
      this.#find(code, code === "TOO_MANY_OPEN" ? "incomplete" : "invalid", message, { seq, line: this.#line });
    });
  }

  async run()                {
    const names = new Set((await this.#reader.list()).map(({ name }) => name));
    if (!names.has(entry/* RECORDS_FILE */.Oe)) return this.#find("FILE_MISSING", "invalid", `${entry/* RECORDS_FILE */.Oe} is missing`);
    if (names.has(entry/* MANIFEST_FILE */.h1)) await this.#readManifest();
    else this.#find("NOT_SEALED", "incomplete", "the recording was never sealed: its gateway is running, or died");
    this.#chooseKeys();
    this.#checkManifestSignature();
    await this.#readCheckpoints(names);
    await this.#readRecords();
    this.#checkEnd();
    await this.#checkFiles(names);
    this.#checkIdentity();
  }

  report()               {
    const worst = (["invalid", "incomplete", "unpinned"]         ).find((each) => this.#severities.has(each));
    return {
      status: worst ?? "valid",
      findings: this.#findings,
      findingsOmitted: this.#found - this.#findings.length,
      sessionId: this.#checks.sessionId,
      mode: this.#checks.mode,
      entries: this.#tree.size,
      root: this.#tree.size === 0 ? undefined : this.#tree.root().toString("base64"),
      vkey: this.#signedBy?.text,
      checkpoints: this.#checkpoints.length,
      sealed: this.#manifest !== undefined && this.#checks.closed,
    };
  }

  bundleError(error                )       {
    const code = error.code === "FILE_MISSING" ? "FILE_MISSING" : "BUNDLE_INVALID";
    this.#find(code, "invalid", error.message);
  }

  #manifestNote                  ;

  async #readManifest()                {
    const text = asText(await (0,lines/* readAll */.yw)(this.#reader.read(entry/* MANIFEST_FILE */.h1), MANIFEST_BYTES_MAX));
    try {
      const { manifest, note } = (0,src_manifest/* parseManifest */.Ng)(text ?? "");
      if (manifest.format !== src_manifest/* BUNDLE_FORMAT */.jf) {
        this.#find("MANIFEST_INVALID", "incomplete", `the bundle has a format other than ${src_manifest/* BUNDLE_FORMAT */.jf}`);
      }
      this.#manifest = manifest;
      this.#manifestNote = note;
    } catch {
      this.#find("MANIFEST_INVALID", "invalid", "manifest.json is not in the form that gate writes");
    }
  }

  #chooseKeys()       {
    this.#keys = this.#pinned;
    if (this.#pinned.length > 0) return;
    this.#find("KEY_UNPINNED", "unpinned", "no key was given: whoever signed this, it fits the key in it");
    if (this.#manifest === undefined) return;
    try {
      this.#keys = [(0,src_note/* parseVkey */.z5)(this.#manifest.vkey)];
    } catch {
      this.#find("MANIFEST_INVALID", "invalid", "the manifest's key is not a verification key");
    }
  }

  #checkManifestSignature()       {
    if (this.#manifest === undefined || this.#manifestNote === undefined) return;
    this.#checkNote(this.#manifestNote, "the manifest");
    if (this.#signedBy !== undefined && this.#signedBy.text !== this.#manifest.vkey) {
      this.#find("MANIFEST_MISMATCH", "invalid", "the manifest names another key than the one that signed it");
    }
  }

  async #readCheckpoints(names                     )                {
    if (!names.has(entry/* CHECKPOINTS_FILE */.zA)) return;
    const text = asText(await (0,lines/* readAll */.yw)(this.#reader.read(entry/* CHECKPOINTS_FILE */.zA), CHECKPOINTS_BYTES_MAX));
    try {
      this.#checkpoints = (0,checkpoint/* parseCheckpoints */.h3)(text ?? "\n");
    } catch {
      this.#find("CHECKPOINT_INVALID", "invalid", `${entry/* CHECKPOINTS_FILE */.zA} is not a row of signed checkpoints`);
      return;
    }
    let size = 0;
    for (const { note, checkpoint } of this.#checkpoints) {
      this.#checkNote(note, `the checkpoint at ${checkpoint.size}`);
      if (checkpoint.size <= size) {
        this.#find("CHECKPOINT_INVALID", "invalid", `the checkpoint at ${checkpoint.size} does not grow`);
      }
      size = checkpoint.size;
    }
  }

  #checkNote(note      , what        )       {
    if (this.#keys.length === 0) return;
    const verdict = (0,src_note/* verifyNote */.W4)(note, this.#keys);
    if (verdict.kind === "signed") this.#signedBy ??= verdict.by;
    else if (verdict.kind === "forged") this.#find("SIGNATURE_INVALID", "invalid", `${what} has a wrong signature`);
    else this.#find("KEY_UNKNOWN", "invalid", `${what} is not signed with the expected key`);
  }

  async #readRecords()                {
    const waiting = [...this.#checkpoints, ...this.#previous]
      .map(({ checkpoint }) => checkpoint)
      .sort((a, b) => a.size - b.size);
    for (const { note, checkpoint } of this.#previous)
      this.#checkNote(note, `the earlier checkpoint at ${checkpoint.size}`);
    const compare = () => {
      while (waiting[0] !== undefined && waiting[0].size <= this.#tree.size) {
        const checkpoint = waiting.shift()              ;
        if (!checkpoint.root.equals(this.#tree.root())) {
          const message = `the checkpoint at ${checkpoint.size} was signed over other entries`;
          this.#find("CHECKPOINT_MISMATCH", "invalid", message, { seq: checkpoint.size - 1 });
        }
      }
    };
    compare();
    const whole = new Digest();
    const derived = new Digest();
    const verdicts = new src_verdicts/* VerdictLines */.zD((line) => derived.add(line + "\n"));
    const onLine = (line        ) => {
      this.#tree.append((0,merkle/* leafHash */.Jq)(line));
      this.#line += 1;
      this.#readLine(line, verdicts);
      compare();
    };
    const torn = await (0,lines/* forEachLine */.FF)(this.#reader.read(entry/* RECORDS_FILE */.Oe), onLine, (chunk) => whole.add(chunk));
    if (torn > 0) {
      const severity = this.#manifest === undefined ? "incomplete" : "invalid";
      this.#find("TAIL_TORN", severity, "the last line is not whole", { line: this.#line + 1 });
    }
    for (const { size } of waiting) {
      const message = `a checkpoint covers ${size} entries, the recording has ${this.#tree.size}`;
      this.#find("CHECKPOINT_BEYOND", "invalid", message);
    }
    verdicts.end();
    this.#verdicts = derived.hex();
    this.#digests.set(entry/* RECORDS_FILE */.Oe, whole.of(entry/* RECORDS_FILE */.Oe));
  }

  #readLine(line        , verdicts              )       {
    const parsed = (0,parse/* parseLine */.A)(line);
    switch (parsed.kind) {
      case "malformed":
        this.#checks.skip();
        return this.#find("ENTRY_INVALID", "invalid", `not an entry: ${parsed.problem}`, { line: this.#line });
      case "unknown-type":
        this.#checks.head(parsed.seq, parsed.time);
        return this.#find("ENTRY_UNKNOWN", "incomplete", "an entry of a type that this version does not know", {
          seq: parsed.seq,
          line: this.#line,
        });
      case "entry":
        this.#checks.head(parsed.entry.seq, parsed.entry.time);
        this.#checks.entry(parsed.entry);
        verdicts.entry(parsed.entry);
        if (parsed.entry.type === "session-opened") this.#session ??= parsed.entry.session;
        if (parsed.entry.type === "verdict") this.#rederive(parsed.entry);
    }
  }

  #rederive(entry                                              )       {
    // Limits, obligations and the session's end are the engine's own answers: policy would have said something else.
    if (this.#options.rederive === undefined || (entry.override !== undefined && entry.verdict === "deny")) return;
    const at = { seq: entry.seq, line: this.#line };
    let again                                                    ;
    try {
      again = this.#options.rederive(entry.facts, entry, this.#session);
    } catch {
      again = undefined;
    }
    if (again === undefined) {
      this.#find("VERDICT_UNCHECKED", "incomplete", "the verdict could not be derived again", at);
    } else if (again.verdict !== entry.verdict || !sameSet(again.rules, entry.rules)) {
      this.#find("VERDICT_MISMATCH", "invalid", `the recorded facts give ${again.verdict}, not ${entry.verdict}`, at);
    } else if ((again.observed === true) !== (entry.observed === true)) {
      const mode = again.observed === true ? "observes" : "enforces";
      this.#find("VERDICT_MISMATCH", "invalid", `the policy ${mode} this grant, the entry says otherwise`, at);
    }
  }

  #checkEnd()       {
    const sealed = this.#manifest !== undefined;
    const covered = this.#checkpoints.at(-1)?.checkpoint.size ?? 0;
    if (covered < this.#tree.size) {
      const message = `no checkpoint covers the last ${this.#tree.size - covered} entries`;
      this.#find("TAIL_UNSIGNED", sealed ? "invalid" : "incomplete", message, { seq: covered });
    }
    if (sealed && !this.#checks.closed) {
      this.#find("NOT_SEALED", "invalid", "there is a manifest, but the entries do not end with session-closed");
    }
    if (this.#tree.size === 0 && sealed) this.#find("ENTRY_FIRST", "invalid", "there are no entries");
  }

  async #checkFiles(names                     )                {
    for (const name of names) {
      if (name === entry/* MANIFEST_FILE */.h1 || name === entry/* RECORDS_FILE */.Oe) continue;
      if (this.#manifest === undefined && name !== POLICY_FILE) continue;
      const digest = new Digest();
      for await (const chunk of this.#reader.read(name)) digest.add(chunk);
      this.#digests.set(name, digest.of(name));
    }
    const policy = this.#digests.get(POLICY_FILE);
    if (
      policy !== undefined &&
      this.#checks.policyDigest !== undefined &&
      policy.sha256 !== this.#checks.policyDigest
    ) {
      this.#find("POLICY_MISMATCH", "invalid", `${POLICY_FILE} is not the policy that the session was pinned to`);
    }
    if (this.#manifest === undefined) return;
    const listed = new Set        ();
    for (const { name, bytes, sha256 } of this.#manifest.files) {
      listed.add(name);
      const found = this.#digests.get(name);
      if (found === undefined) this.#find("FILE_MISSING", "invalid", `${name} is missing`);
      else if (found.sha256 !== sha256 || found.bytes !== bytes) {
        this.#find("FILE_CHANGED", "invalid", `${name} is not the file that was sealed`);
      }
    }
    for (const name of this.#digests.keys()) {
      if (!listed.has(name)) this.#find("FILE_UNLISTED", "invalid", `${name} was not there when it was sealed`);
    }
    const verdicts = this.#digests.get(entry/* VERDICTS_FILE */._n);
    if (verdicts === undefined || verdicts.sha256 !== this.#verdicts) {
      this.#find("VERDICTS_MISMATCH", "invalid", `${entry/* VERDICTS_FILE */._n} is not what the entries give`);
    }
  }

  /** Everything must be about one session. */
  #checkIdentity()       {
    const session = this.#checks.sessionId;
    const origins = [...this.#checkpoints, ...this.#previous].map(({ checkpoint }) => checkpoint.origin);
    const others = origins.filter((origin) => origin !== (0,checkpoint/* originOf */.yv)(session ?? ""));
    if (others.length > 0) this.#find("SESSION_MISMATCH", "invalid", "a checkpoint is that of another session");
    if (this.#options.sessionId !== undefined && this.#options.sessionId !== session) {
      this.#find("SESSION_MISMATCH", "invalid", "this is the recording of another session");
    }
    const manifest = this.#manifest;
    if (manifest === undefined) return;
    if (
      manifest.session !== session ||
      manifest.mode !== this.#checks.mode ||
      manifest.entries !== this.#tree.size ||
      manifest.root !== this.#tree.root().toString("base64")
    ) {
      this.#find(
        "MANIFEST_MISMATCH",
        "invalid",
        "the manifest's session, mode, entries or root are not those recorded",
      );
    }
  }

  #find(
    code             ,
    severity                     ,
    message        ,
    at                                                    = {},
  )       {
    this.#found += 1;
    this.#severities.add(severity);
    if (this.#findings.length < FINDINGS_MAX) this.#findings.push({ code, severity, message, ...at });
  }
}

class Digest {
           #hash = external_node_crypto_.createHash("sha256");
  #bytes = 0;

  add(chunk                     )       {
    this.#hash.update(chunk);
    this.#bytes += typeof chunk === "string" ? Buffer.byteLength(chunk) : chunk.length;
  }

  hex()         {
    return this.#hash.digest("hex");
  }

  of(name        )             {
    return { name, bytes: this.#bytes, sha256: this.hex() };
  }
}

function asText(bytes        )                     {
  try {
    return (0,src_bytes/* decodeUtf8 */._6)(bytes);
  } catch {
    return undefined;
  }
}

function sameSet(a                   , b                   )          {
  const left = new Set(a);
  return left.size === new Set(b).size && b.every((each) => left.has(each));
}

const POLICY_FILE = "evidence/policy.yaml";
/** manifest.json, bytes. */
const MANIFEST_BYTES_MAX = 4_194_304;
/** checkpoints.note, bytes. */
const CHECKPOINTS_BYTES_MAX = 67_108_864;

// EXTERNAL MODULE: ./packages/cli/src/output.js
var output = __nccwpck_require__(12582);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __nccwpck_require__(57075);
;// CONCATENATED MODULE: ./packages/cli/src/progress.js
/** A line on the terminal that says how far a long command is; nothing where nobody watches. Writes to what it is given. */

                                                      

/** What it is shown on: stderr, which is a terminal or not. */
                         
                           
                               
 

                           
                           
                                   
              
 

/** Shown once the command has taken `QUIET_MS`, and at most every `STEP_MS` after it. */
function progress(what        , screen        , nowMs              )           {
  const beganMs = nowMs();
  let shownMs                    ;
  let bytes = 0;
  return {
    add(more) {
      bytes += more;
      const now = nowMs();
      if (screen.isTTY !== true || now - (shownMs ?? beganMs) < (shownMs === undefined ? QUIET_MS : STEP_MS)) return;
      shownMs = now;
      screen.write(`\r${what}: ${Math.floor(bytes / MEBIBYTE)} MiB read`);
    },
    end() {
      if (shownMs !== undefined) screen.write(`\r${" ".repeat(what.length + CLEARED_CHARS)}\r`);
      shownMs = undefined;
    },
  };
}

/** The same bundle; what is read of it counts. */
function watched(reader                 , shown          )                  {
  const count = async function* (name        ) {
    for await (const chunk of reader.read(name)) {
      shown.add(chunk.length);
      yield chunk;
    }
  };
  return {
    list: () => reader.list(),
    read: (name) => external_node_stream_.Readable.from(count(name), { objectMode: false }),
  };
}

/** Milliseconds that a command may take in silence. */
const QUIET_MS = 500;
const STEP_MS = 200;
const MEBIBYTE = 1024 * 1024;
/** More than `: 1048576 MiB read` takes. */
const CLEARED_CHARS = 24;

;// CONCATENATED MODULE: ./packages/cli/src/verify.js
/** `gate verify`: checks a recording offline. Reads the bundle only. */


                                           

                                                      
                                         



const EXIT_OF                                                                             = {
  valid: output/* EXIT */.dc.ok,
  invalid: output/* EXIT */.dc.no,
  incomplete: output/* EXIT */.dc.unknown,
  unpinned: output/* EXIT */.dc.unknown,
};

function addVerify(program         )       {
  program
    .command("verify <bundle>")
    .description("check a recording (folder or .tar) offline: digests, order, tree, signatures, admissions, verdicts")
    .option("--key <vkey>", "verification key that it must be signed with; may be repeated", collect, [])
    .option("--previous-checkpoint <file>", "an earlier checkpoint of the same session that it must extend")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample: gate verify gate-deploy-1-ses_x3/ --key 'gate+1a2b3c4d+AR…'\nExit: 0 valid, 1 invalid, 2 wrong use, 3 cannot tell (unsealed, or no key pinned)",
    )
    .action(async (bundle        , options                                                                ) => {
      const shown = progress("verifying", process.stderr, Date.now);
      const reader = process.stderr.isTTY ? watched(verify_open(bundle), shown) : verify_open(bundle);
      const report = await verifyBundle(reader, {
        vkeys: options.key,
        rederive: await rederiver(reader),
        ...(options.previousCheckpoint === undefined ? {} : { previousCheckpoint: read(options.previousCheckpoint) }),
      })
        .catch(wrongOption)
        .finally(() => shown.end());
      if (options.json === true) (0,output/* printJson */.Q2)(report);
      else describe(report);
      process.exitCode = EXIT_OF[report.status];
    });
}

/** A key or checkpoint that is none is a slip of whoever gave it, and says nothing of the recording. */
function wrongOption(error         )        {
  const option = error instanceof src_errors/* RecordingError */.e ? WRONG_OPTIONS.get(error.code) : undefined;
  throw option === undefined ? error : new output/* CommandError */.Qd(output/* EXIT */.dc.usage, `${option}: ${(0,errors/* messageOf */.bD)(error)}`);
}

function describe(report              )       {
  (0,output/* print */.yy)(`${report.status}: session ${(0,output/* visible */.RK)(report.sessionId ?? "unknown")}, ${report.entries} entries`);
  if (report.root !== undefined) (0,output/* print */.yy)(`root ${report.root}`);
  for (const finding of report.findings) {
    const where = finding.seq === undefined ? "" : ` (entry ${finding.seq})`;
    (0,output/* print */.yy)(`- ${finding.code}${where}: ${(0,output/* visible */.RK)(finding.message)}`);
  }
  if (report.status === "unpinned") (0,output/* print */.yy)("pin the gateway's key with --key to know who signed it");
}

/** Re-derives every verdict from the recorded facts under the recorded policy; undefined where there is no policy. */
async function rederiver(
  reader                 ,
)                                                                       {
  const { decide, parsePolicy } = await Promise.all(/* import() */[__nccwpck_require__.e(873), __nccwpck_require__.e(958), __nccwpck_require__.e(870)]).then(__nccwpck_require__.bind(__nccwpck_require__, 95870));
  let text                    ;
  try {
    text = await readWhole(reader, "evidence/policy.yaml");
  } catch {
    // Every verdict then counts as unchecked, and the bundle as incomplete.
  }
  // The policy names no protocols; the entries do. It is read again when they tell of another one.
  const protocols = new Map                ();
  let policy                    ;
  return (facts, entry, session) => {
    if (text !== undefined && !protocols.has(entry.target) && protocols.size < TARGETS_MAX) {
      protocols.set(entry.target, entry.protocol);
      policy = undefined;
      policy = parsePolicy(text, { file: "evidence/policy.yaml", protocols });
    }
    const grant = policy?.grants.get(entry.grant);
    if (grant?.target !== entry.target || protocols.get(entry.target) !== entry.protocol) return undefined;
    const verdict = decide(grant, facts, session);
    return { verdict: verdict.kind, rules: verdict.rules, observed: grant.mode === "observe" };
  };
}

async function readWhole(reader                 , name        )                  {
  const chunks           = [];
  let size = 0;
  for await (const chunk of reader.read(name)) {
    const bytes = Buffer.from(chunk              );
    size += bytes.length;
    if (size > POLICY_BYTES_MAX) throw new RangeError("the recorded policy is too large");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function verify_open(bundle        )                  {
  try {
    return (0,external_node_fs_.statSync)(bundle).isDirectory() ? (0,folder/* folderReader */._)(bundle) : (0,tar/* tarReader */.R)(bundle);
  } catch (error) {
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.unknown, `cannot read ${bundle}: ${(0,errors/* messageOf */.bD)(error)}`);
  }
}

function read(file        )         {
  try {
    return (0,external_node_fs_.readFileSync)(file, "utf8");
  } catch (error) {
    throw new output/* CommandError */.Qd(output/* EXIT */.dc.usage, `cannot read ${file}: ${(0,errors/* messageOf */.bD)(error)}`);
  }
}

function collect(value        , before          )           {
  return [...before, value];
}

const WRONG_OPTIONS                              = new Map([
  ["VKEY_INVALID", "--key"],
  ["NOTE_INVALID", "--previous-checkpoint"],
]);
/** Targets of one recording. */
const TARGETS_MAX = 256;
/** Bytes of a recorded policy file. */
const POLICY_BYTES_MAX = 1024 * 1024;


/***/ }),

/***/ 53043:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   t: () => (/* binding */ askControl)
/* harmony export */ });
/* unused harmony export serveControl */
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(77030);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(84175);
/**
 * The daemon's control socket: one line of JSON in, one line of JSON out, then it closes.
 * `status` is open to every process of the user and holds no secret; `close` needs the token that connect kept in the
 * action's state, so that a nested step cannot end the session in silence. Touches a Unix socket (a named pipe on
 * Windows).
 */


                                                                                              
                                                   


                            
                             
                                                                                                                 
                           
                                                                       
                                                                                                           

/** Everything about the session that is not a secret. */
                                                      
                             
                                     
                             
                       
                                                                                                              
                                                     
                              
 

                         
                                
                                        
                                                                                                           
                                       
 

                                  
                                   
                                                                        
 

/** @throws {JobError} JOB_DAEMON_FAILED when the socket cannot be made. */
function serveControl(path        , token        , handlers                 )                  {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    readLine(socket, REQUEST_BYTES_MAX, REQUEST_MS_MAX)
      .then(async (line) => {
        const request = parseRequest(line);
        if (request.op === "status") return handlers.status();
        if (request.op === "ping") return {};
        if (!constantTimeEqual(request.token, token)) {
          throw new JobError("peer-wrong", "JOB_CONTROL", "close needs the token that connect kept in its state");
        }
        return handlers.close(request.reason, request.directory);
      })
      .then(
        (result) => answer(socket, { ok: true, result }),
        (error         ) => answer(socket, { ok: false, error: messageOf(error) }),
      );
  });
  server.maxConnections = CLIENTS_MAX;
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new JobError("operator", "JOB_DAEMON_FAILED", `cannot make the control socket: ${messageOf(error)}`, {
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
  const socket = (0,node_net__WEBPACK_IMPORTED_MODULE_0__.createConnection)(path);
  let line        ;
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    line = await readLine(socket, REPLY_BYTES_MAX, msMax);
  } catch (error) {
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .JobError */ .CR(
      "peer-wrong",
      "JOB_DAEMON_GONE",
      `the job's gate proxy does not answer: ${error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .JobError */ .CR ? error.message : "it is not running any more"}`,
      { cause: error },
    );
  } finally {
    socket.destroy();
  }
  const reply = JSON.parse(line)                                                       ;
  if (reply.ok === true) return reply.result;
  throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .JobError */ .CR("peer-wrong", "JOB_CONTROL", String(reply.error));
}

function parseRequest(line        )                 {
  const bad = new JobError("peer-wrong", "JOB_CONTROL", 'write {"op":"status"} or {"op":"close","token":"…"}');
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
      reject(new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .JobError */ .CR("peer-wrong", "JOB_CONTROL", message));
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


/***/ }),

/***/ 84175:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $t: () => (/* binding */ connectionError),
/* harmony export */   CR: () => (/* binding */ JobError),
/* harmony export */   o5: () => (/* binding */ noIdToken)
/* harmony export */ });
/* unused harmony export exchangeError */
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(49489);
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

/***/ 39904:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   R: () => (/* binding */ parseGatewayUrl)
/* harmony export */ });
/* unused harmony export isLoopback */
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(77030);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(84175);
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

/***/ 51712:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   AL: () => (/* binding */ invalidBundle),
/* harmony export */   Bi: () => (/* binding */ missingFile),
/* harmony export */   Mk: () => (/* binding */ BUNDLE_DEPTH_MAX),
/* harmony export */   aR: () => (/* binding */ isBundleName),
/* harmony export */   ox: () => (/* binding */ BundleBounds)
/* harmony export */ });
/* unused harmony exports BUNDLE_FILES_MAX, BUNDLE_BYTES_MAX */
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(11863);
/** Bounds and names of a bundle's files, whoever holds them. Pure. */


/** Files of one bundle. */
const BUNDLE_FILES_MAX = 10_000;

/** All files of one bundle together, bytes. */
const BUNDLE_BYTES_MAX = 17_179_869_184;

/** Folders inside a bundle's folder. */
const BUNDLE_DEPTH_MAX = 3;

/** True for a relative name that stays inside the bundle on every system: plain characters, no `..`, no dot files. */
function isBundleName(name        )          {
  return name.length <= 200 && /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,2}$/.test(name);
}

/** Counts what a reader lists. @throws {RecordingError} BUNDLE_INVALID past the bounds. */
class BundleBounds {
           #names = new Set        ();
  #bytes = 0;

  add(name        , bytes        )       {
    if (!isBundleName(name)) throw invalidBundle("a file has a name that no bundle has");
    if (this.#names.has(name)) throw invalidBundle(`${name} is there twice`);
    this.#names.add(name);
    this.#bytes += bytes;
    if (this.#names.size > BUNDLE_FILES_MAX) throw invalidBundle(`more than ${BUNDLE_FILES_MAX} files`);
    if (!(this.#bytes <= BUNDLE_BYTES_MAX)) throw invalidBundle(`more than ${BUNDLE_BYTES_MAX} bytes`);
  }
}

function invalidBundle(what        , cause          )                 {
  return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .RecordingError */ .e("BUNDLE_INVALID", "peer-wrong", `not a recording bundle: ${what}`, { cause });
}

function missingFile(name        )                 {
  return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .RecordingError */ .e("FILE_MISSING", "peer-wrong", `the bundle has no file ${isBundleName(name) ? name : ""}`);
}


/***/ }),

/***/ 31690:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   h3: () => (/* binding */ parseCheckpoints),
/* harmony export */   wP: () => (/* binding */ formatCheckpoint),
/* harmony export */   yv: () => (/* binding */ originOf)
/* harmony export */ });
/* unused harmony export parseCheckpoint */
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(11863);
/* harmony import */ var _note_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(62664);
/**
 * Checkpoints (https://c2sp.org/tlog-checkpoint): origin, size and root of a session's tree, as a signed note. Pure.
 */



                             
                             
                          
                         
                        
                        
 

function originOf(sessionId        )         {
  return `gate/${sessionId}`;
}

/** The text that is signed. */
function formatCheckpoint({ origin, size, root }            )         {
  return `${origin}\n${size}\n${root.toString("base64")}\n`;
}

/**
 * Reads a checkpoint's text; ours have no extension lines, so others are refused.
 * @throws {RecordingError} NOTE_INVALID.
 */
function parseCheckpoint(text        )             {
  const match = /^([^\n]{1,256})\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/=]{44})\n$/u.exec(text);
  const root = match === null ? undefined : (0,_note_js__WEBPACK_IMPORTED_MODULE_0__/* .decodeBase64 */ .y4)(match[3]          );
  if (match === null || root === undefined || root.length !== 32) {
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .RecordingError */ .e("NOTE_INVALID", "peer-wrong", "not a checkpoint: origin, size and root were expected");
  }
  return { origin: match[1]          , size: Number(match[2]), root };
}

/** Reads checkpoints.note. @throws {RecordingError} NOTE_INVALID. */
function parseCheckpoints(file        )                                                                      {
  return (0,_note_js__WEBPACK_IMPORTED_MODULE_0__/* .parseNotes */ .XJ)(file).map((note) => ({ note, checkpoint: parseCheckpoint(note.text) }));
}


/***/ }),

/***/ 91262:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Oe: () => (/* binding */ RECORDS_FILE),
/* harmony export */   Qu: () => (/* binding */ ENTRY_BYTES_MAX),
/* harmony export */   _n: () => (/* binding */ VERDICTS_FILE),
/* harmony export */   d$: () => (/* binding */ serializeEntry),
/* harmony export */   fU: () => (/* binding */ formatTime),
/* harmony export */   h1: () => (/* binding */ MANIFEST_FILE),
/* harmony export */   zA: () => (/* binding */ CHECKPOINTS_FILE)
/* harmony export */ });
/* unused harmony exports TEXT_BYTES_MAX, boundText */
/**
 * One entry as one line of records.ndjson: `{"seq":n,"time":"…","type":"…",…}`. Pure.
 *
 * The order of keys is fixed: seq, time, type, then the entry's own fields in the order in which the engine writes
 * them. JSON escapes control characters and lone surrogates, so a line holds no raw line feed and is valid UTF-8.
 */
                                            

/** A command's text in a record, bytes of UTF-8; `textBytes` beside it tells the whole size. */
const TEXT_BYTES_MAX = 65_536;

/** One line of records.ndjson, bytes. */
const ENTRY_BYTES_MAX = 1_048_576;

/** Names of the files of a bundle. */
const RECORDS_FILE = "records.ndjson";
const VERDICTS_FILE = "verdicts.ndjson";
const CHECKPOINTS_FILE = "checkpoints.note";
const MANIFEST_FILE = "manifest.json";

/** The line of an entry, without its line feed. */
function serializeEntry(seq        , time        , entry       )         {
  const head = `{"seq":${seq},"time":"${time}",`;
  if (entry.type === "verdict") {
    const known = repeated(entry);
    if (known !== undefined) return head + known;
  }
  const fields = members(bounded(entry));
  if (entry.type === "verdict") remember(entry, fields);
  if (fields.startsWith('"type":')) return `${head}${fields}}`;
  const { type, ...rest } = bounded(entry);
  return `${head}"type":"${type}",${members(rest)}}`;
}

/** What JSON.stringify writes between the braces, in parts: commands of one text share their facts and rules. */
function members(fields        )         {
  const object = fields                                     ;
  let text = "";
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    text += PREFIXES.get(key) ?? prefixOf(key);
    if (typeof value === "string") text += WORDS.get(value) ?? wordOf(value);
    else if (typeof value === "number") text += Number.isFinite(value) ? value : "null";
    else if (typeof value === "boolean") text += value ? "true" : "false";
    else if (key === "facts" || key === "rules") text += shared(value          );
    else if (key === "command") text += commandOf(value                           );
    else text += JSON.stringify(value);
  }
  return text.slice(1);
}

/** What the entry of a command says that was met a moment ago: only its connection and digest are its own. */
function repeated(entry              )                     {
  const { facts, command } = entry;
  const known = REPEATED.get(facts);
  if (
    known?.parts === undefined ||
    known.text !== command.text ||
    known.textBytes !== command.textBytes ||
    known.kind !== command.kind ||
    known.verdict !== entry.verdict ||
    known.rules !== entry.rules ||
    known.grant !== entry.grant ||
    known.target !== entry.target ||
    known.protocol !== entry.protocol ||
    hasMore(entry)
  ) {
    return undefined;
  }
  const { connection } = entry;
  const { head, middle, tail } = known.parts;
  return head + (WORDS.get(connection) ?? wordOf(connection)) + middle + JSON.stringify(command.digest) + tail;
}

/** Keeps the parts of an entry's line around its connection and its digest, the second time that its text comes. */
function remember(entry              , fields        )       {
  const { command, facts, rules, verdict, grant, target, protocol, connection } = entry;
  const { text, textBytes, kind, digest } = command;
  if (hasMore(entry) || typeof digest !== "string" || fields.length > SHARED_CHARS_MAX) return;
  const known = REPEATED.get(facts);
  if (known === undefined || known.text !== text) {
    if (known === undefined && REPEATED.size >= REPEATED_MAX) REPEATED.clear();
    REPEATED.set(facts, { text, textBytes, kind, verdict, rules, grant, target, protocol, parts: undefined });
    return;
  }
  const head = '"type":"verdict","connection":';
  const before = head + wordOf(connection);
  // Inside a JSON string the quotes would be escaped: the first of these is the command's own.
  const at = fields.indexOf('"digest":') + '"digest":'.length;
  const written = JSON.stringify(digest);
  if (!fields.startsWith(before) || at < before.length || !fields.startsWith(written, at)) return;
  const parts = { head, middle: fields.slice(before.length, at), tail: `${fields.slice(at + written.length)}}` };
  REPEATED.set(facts, { text, textBytes, kind, verdict, rules, grant, target, protocol, parts });
}

function hasMore({ override, message, hold, observed }              )          {
  return override !== undefined || message !== undefined || hold !== undefined || observed !== undefined;
}

/** The same as JSON.stringify. */
function commandOf(command                         )         {
  const { kind, digest, text, textBytes } = command;
  if (typeof digest !== "string" || !Number.isFinite(textBytes)) return JSON.stringify(command);
  const named = WORDS.get(kind) ?? wordOf(kind);
  return `{"kind":${named},"digest":${JSON.stringify(digest)},"text":${JSON.stringify(text)},"textBytes":${textBytes}}`;
}

/** The JSON of a short text. */
function wordOf(value        )         {
  const json = JSON.stringify(value);
  if (value.length <= WORD_CHARS_MAX) {
    if (WORDS.size >= WORDS_MAX) WORDS.clear();
    WORDS.set(value, json);
  }
  return json;
}

/** `,"key":` */
function prefixOf(key        )         {
  const prefix = `,${JSON.stringify(key)}:`;
  if (PREFIXES.size < PREFIXES_MAX) PREFIXES.set(key, prefix);
  return prefix;
}

/** Facts and lists of rules never change: the text of those met last is kept. */
function shared(value        )         {
  const known = SHARED.get(value);
  if (known !== undefined) return known;
  const json = JSON.stringify(value);
  if (json.length <= SHARED_CHARS_MAX) {
    if (SHARED.size >= SHARED_MAX) SHARED.clear();
    SHARED.set(value, json);
  }
  return json;
}

/** At most TEXT_BYTES_MAX of a text, cut between characters, and the size of the whole in bytes. */
function boundText(text        )                                                        {
  const textBytes = Buffer.byteLength(text);
  if (textBytes <= TEXT_BYTES_MAX) return { text, textBytes };
  const bytes = Buffer.from(text).subarray(0, TEXT_BYTES_MAX);
  // A streaming decoder keeps back the character that the cut went through.
  return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true }), textBytes };
}

/** Milliseconds since the epoch as `2026-11-22T23:15:00.000Z`. */
function formatTime(ms        )         {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, -4);
    lastSecond = second;
  }
  return `${lastText}${String(Math.floor(ms) - second * 1000).padStart(3, "0")}Z`;
}

function bounded(entry       )        {
  if (entry.type !== "verdict") return entry;
  const { command } = entry;
  // One UTF-16 unit is at most three bytes of UTF-8: the usual command needs no count.
  if (command.text.length * 3 <= TEXT_BYTES_MAX) return entry;
  const { text, textBytes } = boundText(command.text);
  return { ...entry, command: { ...command, text, textBytes: Math.max(textBytes, command.textBytes) } };
}

/** The second that was written last: entries come in thousands a second. */
let lastSecond = Number.NaN;
let lastText = "";
const PREFIXES = new Map                ();
/** Names of fields whose JSON is kept. */
const PREFIXES_MAX = 256;
                                                        
                  
         
                                                                              
                                                                  
                                                                                                        
 
const REPEATED = new Map                  ();
/** Verdicts whose entries' text is kept, by their facts; all are dropped when one more is needed. */
const REPEATED_MAX = 512;
const WORDS = new Map                ();
/** Names, kinds and outcomes whose JSON is kept; all are dropped when one more is needed. */
const WORDS_MAX = 1_024;
/** Longest of them, in characters. */
const WORD_CHARS_MAX = 64;
const SHARED = new Map                ();
/** Facts and lists of rules whose JSON is kept; all are dropped when one more is needed. */
const SHARED_MAX = 512;
/** Longest JSON of facts that is kept, in characters. */
const SHARED_CHARS_MAX = 8_192;


/***/ }),

/***/ 11863:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   e: () => (/* binding */ RecordingError)
/* harmony export */ });
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(49489);
/** What goes wrong with recordings. Pure. */


                                
                                                                                                 
                     
                                 
                     
                                                                                      
                    
                                                  
                     
                                                                                                
                 
                                                                
                       
                                           
                 
                                     
                  
                                                
                  
                                                        
                      
                                                                                                   
                    
                                             
                  
                                                                           
                   

class RecordingError extends _gate_base__WEBPACK_IMPORTED_MODULE_0__/* .GateError */ .ue {
           code                    ;

  constructor(code                    , kind           , message        , options                      ) {
    super(kind, message, options);
    this.code = code;
  }
}


/***/ }),

/***/ 71292:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   _: () => (/* binding */ folderReader)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(73024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(76760);
/* harmony import */ var _bundle_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(51712);
/** A bundle in a folder, to read. Touches the file system under the folder; follows no links. */



                                                      


/**
 * Reads a session's folder, sealed or not.
 *
 * `list` throws BUNDLE_INVALID for links, special files and names that no bundle has; `read` throws FILE_MISSING.
 */
function folderReader(folder        )                  {
  return {
    async list() {
      const bounds = new _bundle_js__WEBPACK_IMPORTED_MODULE_3__/* .BundleBounds */ .ox();
      const files                                    = [];
      const walk = async (inside        , depth        )                => {
        if (depth > _bundle_js__WEBPACK_IMPORTED_MODULE_3__/* .BUNDLE_DEPTH_MAX */ .Mk) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_3__/* .invalidBundle */ .AL)("folders are nested too deep");
        for (const item of await entriesOf((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, inside))) {
          const name = inside === "" ? item.name : `${inside}/${item.name}`;
          if (item.isDirectory()) {
            await walk(name, depth + 1);
          } else if (item.isFile()) {
            const { size } = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.lstat)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, name));
            bounds.add(name, size);
            files.push({ name, bytes: size });
          } else {
            throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_3__/* .invalidBundle */ .AL)("a link or a special file is in it");
          }
        }
      };
      await walk("", 1);
      return files.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read: (name) => open(folder, name, 0),
    readFrom: (name, byte) => open(folder, name, byte),
  };
}

function open(folder        , name        , start        )                        {
  if (!(0,_bundle_js__WEBPACK_IMPORTED_MODULE_3__/* .isBundleName */ .aR)(name)) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_3__/* .missingFile */ .Bi)(name);
  let fd        ;
  try {
    // A named pipe would keep us waiting for a writer who never comes: it is opened without waiting, and refused below.
    const flags = node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_RDONLY | (node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_NOFOLLOW ?? 0) | (node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_NONBLOCK ?? 0);
    fd = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.openSync)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, name), flags);
  } catch {
    throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_3__/* .missingFile */ .Bi)(name);
  }
  if (!(0,node_fs__WEBPACK_IMPORTED_MODULE_0__.fstatSync)(fd).isFile()) {
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(fd);
    throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_3__/* .missingFile */ .Bi)(name);
  }
  return (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.createReadStream)("", { fd, start, highWaterMark: READ_BYTES_MAX });
}

async function entriesOf(folder        )                             {
  return (await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.readdir)(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Bytes read at once. */
const READ_BYTES_MAX = 262_144;


/***/ }),

/***/ 51112:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   s: () => (/* binding */ sha256),
/* harmony export */   t: () => (/* binding */ sha256Binary)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(77598);
/** SHA-256 of whole values. Touches node:crypto only. */


/** SHA-256 of a text (as UTF-8) or bytes. */
function sha256(data                     )         {
  return oneShot === undefined ? node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash("sha256").update(data).digest() : oneShot("sha256", data, "buffer");
}

/** The same of bytes, as 32 characters of one byte each: half the price of a Buffer. */
function sha256Binary(data            )         {
  return oneShot === undefined
    ? node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash("sha256").update(data).digest("binary")
    : oneShot("sha256", data, "binary");
}

// crypto.hash is younger than Node 20.0, where the job's bundle may still have to run; it takes half the time.
const oneShot = node_crypto__WEBPACK_IMPORTED_MODULE_0__.hash                                  ;


/***/ }),

/***/ 32297:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   FF: () => (/* binding */ forEachLine),
/* harmony export */   yw: () => (/* binding */ readAll)
/* harmony export */ });
/* unused harmony export textLines */
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(11863);
/* harmony import */ var _entry_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(91262);
/** Lines of a byte stream with bounded memory. Pure over the stream that is given. */



/**
 * Calls `onLine` for every line, without its line feed; the bytes are valid only during the call. `onChunk` sees
 * every byte of the stream, for digests. Resolves with the number of bytes after the last line feed (0 = whole).
 * @throws {RecordingError} LINE_INVALID when a line is longer than ENTRY_BYTES_MAX; also whatever the stream throws.
 */
async function forEachLine(
  stream                       ,
  onLine                        ,
  onChunk                          ,
)                  {
  let rest         = EMPTY;
  for await (const piece of stream) {
    const chunk = typeof piece === "string" ? Buffer.from(piece) : piece;
    onChunk?.(chunk);
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const tail = chunk.subarray(start, end);
      const line = rest.length === 0 ? tail : Buffer.concat([rest, tail]);
      if (line.length > _entry_js__WEBPACK_IMPORTED_MODULE_0__/* .ENTRY_BYTES_MAX */ .Qu) throw tooLong();
      rest = EMPTY;
      onLine(line);
      start = end + 1;
    }
    if (start < chunk.length) rest = Buffer.concat([rest, chunk.subarray(start)]);
    if (rest.length > _entry_js__WEBPACK_IMPORTED_MODULE_0__/* .ENTRY_BYTES_MAX */ .Qu) throw tooLong();
  }
  return rest.length;
}

/**
 * The lines of a recording as texts. Only a line feed ends one: a command's text may hold U+2028, where other readers of
 * lines (node:readline) would cut it.
 * @throws {RecordingError} LINE_INVALID when a line is longer than ENTRY_BYTES_MAX; also whatever the stream throws.
 */
async function* textLines(stream                       )                         {
  let rest         = EMPTY;
  for await (const piece of stream) {
    const chunk = typeof piece === "string" ? Buffer.from(piece) : piece;
    const whole = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = whole.indexOf(10); end !== -1; end = whole.indexOf(10, start)) {
      if (end - start > ENTRY_BYTES_MAX) throw tooLong();
      yield whole.toString("utf8", start, end);
      start = end + 1;
    }
    rest = whole.subarray(start);
    if (rest.length > ENTRY_BYTES_MAX) throw tooLong();
  }
}

/** Reads a small file whole. @throws {RecordingError} BUNDLE_INVALID when it is larger than `bytesMax`. */
async function readAll(stream                       , bytesMax        )                  {
  const chunks           = [];
  let size = 0;
  for await (const piece of stream) {
    const chunk = typeof piece === "string" ? Buffer.from(piece) : piece;
    size += chunk.length;
    if (size > bytesMax) {
      throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .RecordingError */ .e("BUNDLE_INVALID", "peer-wrong", `a file is larger than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLong()                 {
  return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .RecordingError */ .e("LINE_INVALID", "peer-wrong", `a line is longer than ${_entry_js__WEBPACK_IMPORTED_MODULE_0__/* .ENTRY_BYTES_MAX */ .Qu} bytes`);
}

const EMPTY = Buffer.alloc(0);


/***/ }),

/***/ 69321:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   L_: () => (/* binding */ formatManifest),
/* harmony export */   Ng: () => (/* binding */ parseManifest),
/* harmony export */   jf: () => (/* binding */ BUNDLE_FORMAT)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(11863);
/* harmony import */ var _hash_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(51112);
/* harmony import */ var _note_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(62664);
/**
 * manifest.json: the digest of every file of a sealed bundle, signed by the key of its checkpoints. Pure.
 *
 * The checkpoints bind the entries; the manifest's own signature binds everything else (evidence, verdicts), which
 * an attacker could otherwise replace together with its digest. There is one canonical form, to the byte.
 */




/** Changes with every change of what a bundle's files mean. */
const BUNDLE_FORMAT = "gate-recording/v1";

                             
                        
                         
                        
                          
 

                           
                          
                           
                                                                          
                        
                           
                                                    
                        
                        
                                                 
                                        
 

/** manifest.json, signed. */
function formatManifest(manifest          , signer        )         {
  return withSignature(manifest, (0,_note_js__WEBPACK_IMPORTED_MODULE_0__/* .signatureLine */ .Zp)(signedText(manifest), signer));
}

/**
 * Reads manifest.json. The signature comes back as a note, not yet verified.
 * @throws {RecordingError} MANIFEST_INVALID on any byte that `formatManifest` would not have written.
 */
function parseManifest(text        )                                                       {
  try {
    const value = JSON.parse(text)                                             ;
    const { format, session, mode, entries, root, vkey, files } = value;
    const manifest           = {
      format: String(format),
      session: String(session),
      mode: String(mode),
      entries: Number(entries),
      root: String(root),
      vkey: String(vkey),
      files: files.map((file) => ({ name: String(file.name), bytes: Number(file.bytes), sha256: String(file.sha256) })),
    };
    const signature = (0,_note_js__WEBPACK_IMPORTED_MODULE_0__/* .parseSignatureLine */ ._O)(value.signature);
    const names = files.map((file) => file.name);
    if (withSignature(manifest, value.signature) === text && isSortedSet(names)) {
      return { manifest, note: { text: signedText(manifest), signatures: [signature] } };
    }
  } catch {
    // Whatever is wrong with it, it is not canonical.
  }
  throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .RecordingError */ .e("MANIFEST_INVALID", "peer-wrong", "manifest.json is not in the form that gate writes");
}

/** Two lines, so that no checkpoint (three) can be taken for it. */
function signedText(manifest          )         {
  return `gate/${manifest.session}/manifest\n${(0,_hash_js__WEBPACK_IMPORTED_MODULE_2__/* .sha256 */ .s)(JSON.stringify(manifest)).toString("base64")}\n`;
}

function withSignature(manifest          , signature        )         {
  return JSON.stringify({ ...manifest, signature }, null, 2) + "\n";
}

function isSortedSet(names                   )          {
  return names.every((name, index) => index === 0 || (names[index - 1]          ) < name);
}


/***/ }),

/***/ 45790:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Jq: () => (/* binding */ leafHash),
/* harmony export */   vU: () => (/* binding */ MerkleTree)
/* harmony export */ });
/* unused harmony export nodeHash */
/* harmony import */ var _hash_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(51112);
/**
 * The Merkle tree of RFC 6962 §2.1, incremental: it keeps one hash a level (a compact range), never the leaves.
 * Touches node:crypto only.
 */


/** Hash of a leaf: SHA-256(0x00 ‖ line), the line being an entry's raw text without its line feed. */
function leafHash(line                     )         {
  // A string goes to the hash as it is: NUL is one zero byte in UTF-8.
  return typeof line === "string" ? (0,_hash_js__WEBPACK_IMPORTED_MODULE_0__/* .sha256 */ .s)("\0" + line) : (0,_hash_js__WEBPACK_IMPORTED_MODULE_0__/* .sha256 */ .s)(Buffer.concat([LEAF_PREFIX, line]));
}

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right). */
function nodeHash(left            , right            )         {
  return sha256(Buffer.concat([NODE_PREFIX, left, right]));
}

/** An append-only tree; memory and the cost of a root are O(log size). */
class MerkleTree {
  /** Roots of the perfect subtrees, largest first, one for every set bit of `size`: 32 characters of one byte each. */
           #peaks           = [];
  #size = 0;

  get size()         {
    return this.#size;
  }

  append(leaf        )       {
    this.#append(leaf.toString("latin1"));
  }

  /** Appends the leaf of a line that stands behind a zero byte: `prefixed` is 0x00 ‖ line. */
  appendPrefixed(prefixed            )       {
    this.#append((0,_hash_js__WEBPACK_IMPORTED_MODULE_0__/* .sha256Binary */ .t)(prefixed));
  }

  /** The tree head at the present size; SHA-256 of nothing for the empty tree. */
  root()         {
    let root                    ;
    for (let index = this.#peaks.length - 1; index >= 0; index -= 1) {
      const peak = this.#peaks[index]          ;
      root = root === undefined ? peak : parentOf(peak, root);
    }
    return root === undefined ? (0,_hash_js__WEBPACK_IMPORTED_MODULE_0__/* .sha256 */ .s)("") : Buffer.from(root, "latin1");
  }

  #append(leaf        )       {
    let node = leaf;
    // Every trailing one bit of the old size is a peak of the same height, which the new leaf completes.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      node = parentOf(this.#peaks.pop()          , node);
    }
    this.#peaks.push(node);
    this.#size += 1;
  }
}

/** `nodeHash` of two hashes as texts. */
function parentOf(left        , right        )         {
  PAIR.write(left, 1, HASH_BYTES, "latin1");
  PAIR.write(right, 1 + HASH_BYTES, HASH_BYTES, "latin1");
  return (0,_hash_js__WEBPACK_IMPORTED_MODULE_0__/* .sha256Binary */ .t)(PAIR);
}

const HASH_BYTES = 32;
const LEAF_PREFIX = Buffer.from([0]);
const NODE_PREFIX = Buffer.from([1]);
/** 0x01 and room for two hashes: used within `parentOf` only. */
const PAIR = Buffer.concat([NODE_PREFIX, Buffer.alloc(2 * HASH_BYTES)]);


/***/ }),

/***/ 62664:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   T2: () => (/* binding */ formatVkey),
/* harmony export */   W4: () => (/* binding */ verifyNote),
/* harmony export */   XJ: () => (/* binding */ parseNotes),
/* harmony export */   Zp: () => (/* binding */ signatureLine),
/* harmony export */   _O: () => (/* binding */ parseSignatureLine),
/* harmony export */   qO: () => (/* binding */ signNote),
/* harmony export */   y4: () => (/* binding */ decodeBase64),
/* harmony export */   z5: () => (/* binding */ parseVkey)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(77598);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(11863);
/* harmony import */ var _hash_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(51112);
/**
 * Signed notes with Ed25519 (https://c2sp.org/signed-note): a text, a blank line, signature lines
 * `— <name> <base64(key id ‖ signature)>`. Touches node:crypto only.
 */




/** Signs recordings. `name` and `vkey` are public; the private key never leaves it. */
                         
                        
                                                                                   
                        
                                                    
                                      
 

/** A verification key, read. */
                       
                        
                                                                                                   
                      
                        
                          
 

                                
                        
                      
                             
 

                       
                                                 
                        
                                                
 

/** What a note's signatures say, given the keys that are trusted. */
                         
                                                  
                                            
                                    
                                                                
                                                       

function formatVkey(name        , publicKey            )         {
  const typed = Buffer.concat([ED25519_TYPE, publicKey]);
  return `${name}+${keyId(name, typed)}+${typed.toString("base64")}`;
}

/**
 * Reads a C2SP verification key.
 * @throws {RecordingError} VKEY_INVALID on another key type, a wrong key id, or any other form of the same bytes.
 */
function parseVkey(text        )       {
  const trimmed = text.trim();
  const match = /^([^\s+]{1,128})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(trimmed);
  if (match === null) throw invalidVkey();
  const [, name, id, encoded] = match                                               ;
  const typed = decodeBase64(encoded);
  if (typed === undefined || typed.length !== 33 || typed[0] !== 1 || keyId(name, typed) !== id) throw invalidVkey();
  const x = typed.subarray(1).toString("base64url");
  return { name, id, text: trimmed, key: (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createPublicKey)({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }) };
}

/** Signs a text, which must end in a line feed; gives the whole note. */
function signNote(text        , signer        )         {
  return `${text}\n${signatureLine(text, signer)}\n`;
}

/** One signature line, without its line feed. */
function signatureLine(text        , signer        )         {
  const { id } = parseVkeyCached(signer);
  const bytes = Buffer.concat([Buffer.from(id, "hex"), signer.sign(Buffer.from(text))]);
  return `— ${signer.name} ${bytes.toString("base64")}`;
}

/** Reads one signature line (without its line feed). @throws {RecordingError} NOTE_INVALID. */
function parseSignatureLine(line        )                {
  const match = /^— ([^\s+]{1,128}) ([A-Za-z0-9+/=]{1,256})$/u.exec(line);
  const bytes = match === null ? undefined : decodeBase64(match[2]          );
  if (match === null || bytes === undefined || bytes.length < 5) {
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .RecordingError */ .e("NOTE_INVALID", "peer-wrong", "a signature line is not `— <name> <base64>`");
  }
  return { name: match[1]          , id: bytes.subarray(0, 4).toString("hex"), signature: bytes.subarray(4) };
}

/**
 * Reads the notes of a file in which one follows the other, with a blank line between. Their texts must have no
 * blank lines, which is so for checkpoints. Signatures are not verified here.
 * @throws {RecordingError} NOTE_INVALID on anything else, also on bytes after the last note.
 */
function parseNotes(file        )                  {
  const notes         = [];
  if (file === "") return notes;
  if (!file.endsWith("\n")) throw badNote("the last line has no end");
  const lines = file.slice(0, -1).split("\n");
  let at = 0;
  while (at < lines.length) {
    const start = at;
    while (at < lines.length && lines[at] !== "") at += 1;
    if (at === start || at >= lines.length) throw badNote("a text and a blank line were expected");
    const text = lines.slice(start, at).join("\n") + "\n";
    at += 1;
    const signatures                  = [];
    while (at < lines.length && lines[at] !== "") {
      if (signatures.length === NOTE_SIGNATURES_MAX) throw badNote("too many signatures");
      signatures.push(parseSignatureLine(lines[at]          ));
      at += 1;
    }
    if (signatures.length === 0) throw badNote("no signature line");
    notes.push({ text, signatures });
    // The blank line between two notes; one at the very end is a byte too many.
    if (at < lines.length) {
      at += 1;
      if (at === lines.length) throw badNote("a blank line ends the file");
    }
  }
  return notes;
}

/** Checks a note against keys. Signatures by other keys are ignored, as the specification says. */
function verifyNote(note      , keys                 )              {
  let by                  ;
  for (const { name, id, signature } of note.signatures) {
    const key = keys.find((candidate) => candidate.name === name && candidate.id === id);
    if (key === undefined) continue;
    if (signature.length !== 64 || !(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.verify)(null, Buffer.from(note.text), key.key, signature)) {
      return { kind: "forged", name };
    }
    by ??= key;
  }
  return by === undefined ? { kind: "unknown-key" } : { kind: "signed", by };
}

/** Standard base64 in its one canonical form; `undefined` for anything else. */
function decodeBase64(text        )                     {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

function parseVkeyCached(signer        )       {
  let vkey = VKEYS.get(signer);
  if (vkey === undefined) VKEYS.set(signer, (vkey = parseVkey(signer.vkey)));
  return vkey;
}

function keyId(name        , typed            )         {
  return (0,_hash_js__WEBPACK_IMPORTED_MODULE_2__/* .sha256 */ .s)(Buffer.concat([Buffer.from(`${name}\n`), typed])).toString("hex", 0, 4);
}

function invalidVkey()                 {
  const form = "<name>+<8 hex digits>+<base64>, an Ed25519 key as `gate keygen` prints it";
  return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .RecordingError */ .e("VKEY_INVALID", "operator", `not a verification key: write ${form}`);
}

function badNote(what        )                 {
  return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .RecordingError */ .e("NOTE_INVALID", "peer-wrong", `not a signed note: ${what}`);
}

const ED25519_TYPE = Buffer.from([1]);
const VKEYS = new WeakMap              ();
/** Signature lines of one note. */
const NOTE_SIGNATURES_MAX = 16;


/***/ }),

/***/ 73473:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   A: () => (/* binding */ parseLine)
/* harmony export */ });
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(41587);
/**
 * Reads lines of records.ndjson back into entries. Pure.
 *
 * Only the shape is checked here; what entries mean together is the verifier's part.
 */

                                            

/** An entry as it stands in the file. */
                                                                                    

                        
                                                             
                                                                
                                                                                  
                                                             

/** Reads one line, without its line feed. Never throws. */
function parseLine(line            )             {
  let value         ;
  let text        ;
  try {
    text = (0,_gate_base__WEBPACK_IMPORTED_MODULE_0__/* .decodeUtf8 */ ._6)(line);
    value = JSON.parse(text);
  } catch {
    return { kind: "malformed", problem: "not JSON in UTF-8" };
  }
  if (!isObject(value)) return { kind: "malformed", problem: "not a JSON object" };
  const { seq, time, type } = value;
  // The head is compared as text, so that no second `seq` or `time` further on can say something else.
  const head = `{"seq":${String(seq)},"time":"${String(time)}","type":"${String(type)}"`;
  if (!Number.isSafeInteger(seq) || typeof time !== "string" || typeof type !== "string" || !text.startsWith(head)) {
    return { kind: "malformed", problem: "seq, time and type must come first" };
  }
  if (!TIME.test(time)) return { kind: "malformed", problem: "time is no UTC time in milliseconds" };
  if (!Object.hasOwn(SHAPES, type)) return { kind: "unknown-type", seq: seq          , time };
  const problem = mismatch(value, SHAPES[type                 ], "");
  if (problem !== undefined) return { kind: "malformed", problem };
  return { kind: "entry", entry: value                             };
}

function mismatch(value                         , shape       , path        )                     {
  for (const [key, want] of Object.entries(shape)) {
    const name = key.endsWith("?") ? key.slice(0, -1) : key;
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (field === undefined) {
      if (name === key) return `${path}${name} is missing`;
      continue;
    }
    if (typeof want === "object") {
      if (!isObject(field)) return `${path}${name} is not an object`;
      const inner = mismatch(field, want, `${path}${name}.`);
      if (inner !== undefined) return inner;
    } else if (!KINDS[want](field)) {
      return `${path}${name} is not of kind ${want}`;
    }
  }
  return undefined;
}

function isObject(value         )                                   {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A fact as packages/contract has it; JSON leaves an unknown scalar's value out. */
function isFact(fact         )          {
  if (!isObject(fact)) return false;
  const { type, items, complete, entries, unknown } = fact;
  if (type === "none") return true;
  if (type === "scalar") return !("value" in fact) || isScalar(fact.value);
  if (typeof complete !== "boolean") return false;
  if (type === "set") return Array.isArray(items) && items.every(isFactItem);
  if (type === "argv") return Array.isArray(items) && items.every(KINDS.strings);
  if (type !== "map" || !isObject(entries)) return false;
  const values = Object.values(entries).every((list) => Array.isArray(list) && list.every(isScalar));
  return values && (unknown === undefined || KINDS.strings(unknown));
}

function isScalar(value         )          {
  return value === null || typeof value !== "object";
}

function isFactItem(item         )          {
  return isObject(item) && typeof item.name === "string" && (item.labels === undefined || KINDS.strings(item.labels));
}

const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

const KINDS = {
  string: (value         ) => typeof value === "string",
  number: (value         ) => typeof value === "number",
  boolean: (value         ) => typeof value === "boolean",
  true: (value         ) => value === true,
  object: isObject,
  strings: (value         ) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  texts: (value         ) => isObject(value) && Object.values(value).every((item) => typeof item === "string"),
  counts: (value         ) => isObject(value) && Object.values(value).every((item) => typeof item === "number"),
  facts: (value         ) => isObject(value) && Object.values(value).every(isFact),
  digest: (value         ) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
  verdict: (value         ) => value === "allow" || value === "hold" || value === "deny",
  vote: (value         ) => value === "approve" || value === "deny",
  resolution: (value         ) => ["approved", "denied", "expired", "withdrawn", "void"].includes(value          ),
}         ;

                 
                                                     
 

const SHAPES                                         = {
  "session-opened": {
    session: {
      id: "string",
      trustRule: "string",
      principal: { issuer: "string", display: "string", claims: "texts" },
      grants: "strings",
      policyDigest: "string",
      mode: "string",
    },
    targets: "texts",
  },
  "session-renewed": { expires: "string" },
  "latch-refused": { principal: "string" },
  "connection-opened": {
    connection: "string",
    grant: "string",
    target: "string",
    protocol: "string",
    lineage: { strength: "string", endpoint: "string" },
    "observed?": "true",
  },
  "connection-closed": { connection: "string", reason: "string" },
  verdict: {
    connection: "string",
    grant: "string",
    target: "string",
    protocol: "string",
    command: { kind: "string", digest: "digest", text: "string", textBytes: "number" },
    facts: { kind: "string", classified: "boolean", housekeeping: "boolean", writes: "boolean", fields: "facts" },
    verdict: "verdict",
    rules: "strings",
    "override?": "string",
    "message?": "string",
    "hold?": "string",
    "observed?": "true",
  },
  vote: { hold: "string", approver: "string", "identity?": "string", vote: "vote", reason: "string" },
  "hold-resolved": {
    hold: "string",
    of: "number",
    state: "resolution",
    approvers: "strings",
    digest: "digest",
    "claims?": "string",
  },
  result: {
    of: "number",
    durationMs: "number",
    outcome: "string",
    ok: "boolean",
    "rows?": "number",
    "affected?": "number",
    "bytes?": "number",
    "digests?": "texts",
    "masked?": "counts",
    "observed?": "true",
  },
  note: { "connection?": "string", event: "string", detail: "object" },
  "session-closed": { reason: "string" },
};


/***/ }),

/***/ 41194:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   LV: () => (/* binding */ generateKeyPem),
/* harmony export */   vu: () => (/* binding */ loadSigner)
/* harmony export */ });
/* unused harmony export generateSigner */
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(77598);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(11863);
/* harmony import */ var _note_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(62664);
/** The gateway's signing key: Ed25519, PKCS #8 in PEM. Touches node:crypto only; files are the caller's. */




/**
 * A signer from a PEM text (PKCS #8, not encrypted).
 * @param name key name in notes and vkeys: no white space, no `+`.
 * @throws {RecordingError} KEY_INVALID. The message never holds the text.
 */
function loadSigner(pem        , name = "gate")         {
  let key           ;
  try {
    key = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createPrivateKey)(pem);
  } catch {
    // The cause is left out on purpose: it could quote the key.
    throw invalid();
  }
  if (key.asymmetricKeyType !== "ed25519") throw invalid();
  if (!/^[^\s+]{1,128}$/u.test(name)) {
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .RecordingError */ .e("KEY_INVALID", "operator", "a key name has neither white space nor `+`");
  }
  const jwk = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createPublicKey)(key).export({ format: "jwk" });
  const vkey = (0,_note_js__WEBPACK_IMPORTED_MODULE_2__/* .formatVkey */ .T2)(name, Buffer.from(jwk.x          , "base64url"));
  return { name, vkey, sign: (bytes) => (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.sign)(null, bytes, key) };
}

/** A new private key as PEM, for `gate keygen` and a gateway's first start. Write it with mode 0600. */
function generateKeyPem()         {
  return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.generateKeyPairSync)("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** A signer with a key that exists only in memory: the embedded gate and tests. */
function generateSigner(name = "gate")         {
  return loadSigner(generateKeyPem(), name);
}

function invalid()                 {
  const next = "write a new one with `gate keygen -o gate.key`";
  return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .RecordingError */ .e("KEY_INVALID", "operator", `the signing key is no Ed25519 private key in PEM; ${next}`);
}


/***/ }),

/***/ 42861:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   N: () => (/* binding */ exportBundle),
/* harmony export */   R: () => (/* binding */ tarReader)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(73024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(51455);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(57075);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(46466);
/* harmony import */ var tar_stream__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(56118);
/* harmony import */ var _bundle_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(51712);
/**
 * Bundles as tar archives (POSIX ustar). Touches the archive's file.
 *
 * Written with tar-stream. Read by an index of our own: a verifier needs files in any order, must not buffer extended
 * headers of any length, and must notice every stray byte, also in paddings and after the end.
 */





                                                      


/**
 * A bundle as a tar stream; the same bundle gives the same bytes (no times, no owners).
 * The stream ends with an error when a file changes meanwhile.
 */
function exportBundle(reader                 )           {
  const archive = (0,tar_stream__WEBPACK_IMPORTED_MODULE_4__.pack)();
  const write = async () => {
    for (const { name, bytes } of await reader.list()) {
      const header = { name, size: bytes, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, type: "file"          };
      await (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_3__.pipeline)(reader.read(name), archive.entry(header));
    }
    archive.finalize();
  };
  write().catch((error         ) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  // tar-stream's streams are not Node's own; this one is, for whoever pipes it into a response.
  return node_stream__WEBPACK_IMPORTED_MODULE_2__.Readable.from(archive, { objectMode: false });
}

/**
 * Reads a bundle in a tar file. `list` and what `read` gives throw BUNDLE_INVALID for anything but plain files (and
 * folders) with plain names, for damaged headers, for bytes that belong to nothing, and past the bounds.
 */
function tarReader(path        )                  {
  let index                                                  ;
  const members = () => (index ??= readIndex(path));
  return {
    async list() {
      const files = [...(await members())].map(([name, { bytes }]) => ({ name, bytes }));
      return files.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read(name) {
      const chunks = async function* ()                         {
        const member = (await members()).get(name);
        if (member === undefined) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .missingFile */ .Bi)(name);
        if (member.bytes === 0) return;
        const { start, bytes } = member;
        let left = bytes;
        for await (const piece of (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.createReadStream)(path, {
          start,
          end: start + bytes - 1,
          highWaterMark: READ_BYTES_MAX,
        })) {
          left -= (piece          ).length;
          yield piece          ;
        }
        if (left !== 0) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)(`${name} ends early`);
      };
      return node_stream__WEBPACK_IMPORTED_MODULE_2__.Readable.from(chunks(), { objectMode: false });
    },
  };
}

                  
                         
                         
 

async function readIndex(path        )                                       {
  const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(path, "r");
  try {
    const { size } = await file.stat();
    const bounds = new _bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .BundleBounds */ .ox();
    const members = new Map                ();
    let at = 0;
    for (let count = 0; count <= MEMBERS_MAX; count += 1) {
      const block = await readExactly(file, at, BLOCK_BYTES);
      if (block.every((byte) => byte === 0)) {
        if (size - at > END_BYTES_MAX) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("more than an end after the last member");
        await expectZeros(file, at, size);
        return members;
      }
      const { name, bytes, folder } = readHeader(block);
      const start = at + BLOCK_BYTES;
      const end = start + Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
      if (end > size) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("the archive ends early");
      if (!folder) {
        bounds.add(name, bytes);
        members.set(name, { start, bytes });
      } else if (bytes !== 0) {
        throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("a folder with contents of its own");
      }
      await expectZeros(file, start + bytes, end);
      at = end;
    }
    throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("too many members");
  } finally {
    await file.close();
  }
}

/** One ustar or old GNU header. Links, devices, sparse files and extended headers are refused: no bundle has any. */
function readHeader(block        )                                                                              {
  const expected = octal(block, 148, 8);
  let sum = 0;
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    sum += index >= 148 && index < 156 ? 32 : (block[index]          );
  }
  if (sum !== expected) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("a damaged header");
  const magic = block.toString("latin1", 257, 265);
  if (magic !== "ustar\x0000" && magic !== "ustar  \x00") throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("not a tar archive in ustar form");
  const type = block.toString("latin1", 156, 157);
  if (type !== "0" && type !== "\0" && type !== "5")
    throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("a link, a special file or an extended header");
  if (block[157] !== 0) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("a link name");
  const prefix = magic === "ustar\x0000" ? text(block, 345, 155) : "";
  const name = text(block, 0, 100);
  const whole = (prefix === "" ? name : `${prefix}/${name}`).replace(/^\.\//, "");
  return { name: whole, bytes: octal(block, 124, 12), folder: type === "5" };
}

function text(block        , start        , length        )         {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end === -1 ? length : end);
}

function octal(block        , start        , length        )         {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(block.toString("latin1", start, start + length));
  if (digits === null) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("a number that is not octal in a header");
  return Number.parseInt(digits[1]          , 8);
}

async function readExactly(file            , at        , length        )                  {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead !== length) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("the archive ends early");
  return buffer;
}

async function expectZeros(file            , from        , to        )                {
  for (let at = from; at < to; at += READ_BYTES_MAX) {
    const bytes = await readExactly(file, at, Math.min(READ_BYTES_MAX, to - at));
    if (!bytes.every((byte) => byte === 0)) throw (0,_bundle_js__WEBPACK_IMPORTED_MODULE_5__/* .invalidBundle */ .AL)("bytes that belong to no file");
  }
}

const BLOCK_BYTES = 512;
/** Headers of one archive, folders included. */
const MEMBERS_MAX = 20_000;
/** Zeros that end an archive, bytes: tar programs fill their last record, a file with holes can have any number. */
const END_BYTES_MAX = 1_048_576;
/** Bytes read at once. */
const READ_BYTES_MAX = 262_144;


/***/ }),

/***/ 72742:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   q5: () => (/* binding */ effectsAndObjects),
/* harmony export */   zD: () => (/* binding */ VerdictLines)
/* harmony export */ });
/* unused harmony export OPEN_COMMANDS_MAX */
/**
 * verdicts.ndjson: one line a verdict, with its connection's lineage, its approval and its result joined. Pure.
 *
 * It says nothing that records.ndjson does not say; a verifier derives it again and compares. A line is written when
 * its command is over (a denied one at once), so lines are in order of ending, and `entry` names the verdict.
 */
                                            
                                                

/** Commands that wait for a result at one time; beyond it the oldest is written without one. */
const OPEN_COMMANDS_MAX = 10_000;

/** Derives the lines of verdicts.ndjson from entries in order. `emit` gets each line, without its line feed. */
class VerdictLines {
           #emit                        ;
           #lineages = new Map                 ();
           #open = new Map                     ();
  #session = "";
  #principal = "";

  constructor(emit                        ) {
    this.#emit = emit;
  }

  entry(entry               )       {
    switch (entry.type) {
      case "session-opened":
        this.#session = entry.session.id;
        this.#principal = entry.session.principal.display;
        return;
      case "connection-opened":
        this.#lineages.set(entry.connection, entry.lineage);
        return;
      case "connection-closed":
        this.#lineages.delete(entry.connection);
        return;
      case "verdict":
        return this.#verdict(entry);
      case "hold-resolved": {
        const held = this.#open.get(entry.of);
        if (held === undefined) return;
        held.approval = { hold: entry.hold, state: entry.state, approvers: entry.approvers };
        if (entry.state !== "approved") this.#close(held, undefined);
        return;
      }
      case "result": {
        const open = this.#open.get(entry.of);
        if (open !== undefined) this.#close(open, entry);
        return;
      }
      case "session-renewed":
      case "latch-refused":
      case "vote":
      case "note":
      case "session-closed":
    }
  }

  /** Writes what never had a result. */
  end()       {
    for (const open of this.#open.values()) this.#close(open, undefined);
  }

  #verdict(entry                                     )       {
    const open              = { entry, lineage: this.#lineages.get(entry.connection) ?? null, approval: null };
    this.#open.set(entry.seq, open);
    const stopped = entry.verdict === "deny" && (entry.observed !== true || entry.override !== undefined);
    if (stopped) return this.#close(open, undefined);
    if (this.#open.size > OPEN_COMMANDS_MAX) {
      for (const oldest of this.#open.values()) return this.#close(oldest, undefined);
    }
  }

  #close({ entry, lineage, approval }             , result                                                  )       {
    this.#open.delete(entry.seq);
    const line = {
      time: entry.time,
      entry: entry.seq,
      session: this.#session,
      grant: entry.grant,
      target: entry.target,
      protocol: entry.protocol,
      principal: this.#principal,
      lineage,
      command: { kind: entry.command.kind, digest: entry.command.digest },
      ...effectsAndObjects(entry.facts),
      verdict: entry.verdict,
      rules: entry.rules,
      override: entry.override,
      observed: entry.observed,
      approval,
      outcome: result?.outcome ?? null,
      masked: result?.masked ?? {},
      duration_ms: result?.durationMs ?? null,
    };
    this.#emit(JSON.stringify(line));
  }
}

/** What a command does (`effects`) and to what (`objects`), as lists of names, from its facts. */
function effectsAndObjects(facts       )   
                                      
                                                                
  {
  let effects                    = [];
  const objects                                = [];
  for (const [name, fact] of Object.entries(facts.fields)) {
    const values           = [];
    if (fact.type === "set") for (const item of fact.items) values.push(item.name);
    else if (fact.type === "argv") for (const words of fact.items) values.push(words.join(" "));
    else if (fact.type === "map") for (const key of Object.keys(fact.entries)) values.push(key);
    else if (fact.type === "scalar" && fact.value !== undefined && fact.value !== null) values.push(String(fact.value));
    if (EFFECT_FIELDS.has(name)) effects = [...effects, ...values];
    else if (values.length > 0) objects.push([name, values]);
  }
  return { effects, objects: Object.fromEntries(objects) };
}

                       
                                                      
                            
                                                                                                            
 

/** Fields of facts that say what is done; every other one says to what. */
const EFFECT_FIELDS                      = new Set(["statement", "verb", "method", "exec", "sftp", "tool"]);


/***/ }),

/***/ 48179:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   b7: () => (/* binding */ CommanderError),
/* harmony export */   c$: () => (/* binding */ Option),
/* harmony export */   uB: () => (/* binding */ Command)
/* harmony export */ });
/* unused harmony exports program, createCommand, createArgument, createOption, InvalidArgumentError, InvalidOptionArgumentError, Argument, Help */
/* harmony import */ var _index_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(18909);


// wrapper to provide named exports for ESM.
const {
  /* program */ "DM": program,
  /* createCommand */ "gu": createCommand,
  /* createArgument */ "er": createArgument,
  /* createOption */ "Ww": createOption,
  /* CommanderError */ "b7": CommanderError,
  /* InvalidArgumentError */ "Di": InvalidArgumentError,
  /* InvalidOptionArgumentError */ "a2": InvalidOptionArgumentError, // deprecated old name
  /* Command */ "uB": Command,
  /* Argument */ "ef": Argument,
  /* Option */ "c$": Option,
  /* Help */ "_V": Help,
} = _index_js__WEBPACK_IMPORTED_MODULE_0__;


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
/******/ 		id: moduleId,
/******/ 		loaded: false,
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId].call(module.exports, module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Flag the module as loaded
/******/ 	module.loaded = true;
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/******/ // expose the modules object (__webpack_modules__)
/******/ __nccwpck_require__.m = __webpack_modules__;
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
/******/ /* webpack/runtime/ensure chunk */
/******/ (() => {
/******/ 	__nccwpck_require__.f = {};
/******/ 	// This file contains only the entry chunk.
/******/ 	// The chunk loading function for additional chunks
/******/ 	__nccwpck_require__.e = (chunkId) => {
/******/ 		return Promise.all(Object.keys(__nccwpck_require__.f).reduce((promises, key) => {
/******/ 			__nccwpck_require__.f[key](chunkId, promises);
/******/ 			return promises;
/******/ 		}, []));
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/get javascript chunk filename */
/******/ (() => {
/******/ 	// This function allow to reference async chunks
/******/ 	__nccwpck_require__.u = (chunkId) => {
/******/ 		// return url for filenames based on template
/******/ 		return "" + chunkId + ".index.js";
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/******/ /* webpack/runtime/make namespace object */
/******/ (() => {
/******/ 	// define __esModule on exports
/******/ 	__nccwpck_require__.r = (exports) => {
/******/ 		if(typeof Symbol !== 'undefined' && Symbol.toStringTag) {
/******/ 			Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 		}
/******/ 		Object.defineProperty(exports, '__esModule', { value: true });
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/node module decorator */
/******/ (() => {
/******/ 	__nccwpck_require__.nmd = (module) => {
/******/ 		module.paths = [];
/******/ 		if (!module.children) module.children = [];
/******/ 		return module;
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/import chunk loading */
/******/ (() => {
/******/ 	// no baseURI
/******/ 	
/******/ 	// object to store loaded and loading chunks
/******/ 	// undefined = chunk not loaded, null = chunk preloaded/prefetched
/******/ 	// [resolve, Promise] = chunk loading, 0 = chunk loaded
/******/ 	var installedChunks = {
/******/ 		792: 0
/******/ 	};
/******/ 	
/******/ 	var installChunk = (data) => {
/******/ 		var {ids, modules, runtime} = data;
/******/ 		// add "modules" to the modules object,
/******/ 		// then flag all "ids" as loaded and fire callback
/******/ 		var moduleId, chunkId, i = 0;
/******/ 		for(moduleId in modules) {
/******/ 			if(__nccwpck_require__.o(modules, moduleId)) {
/******/ 				__nccwpck_require__.m[moduleId] = modules[moduleId];
/******/ 			}
/******/ 		}
/******/ 		if(runtime) runtime(__nccwpck_require__);
/******/ 		for(;i < ids.length; i++) {
/******/ 			chunkId = ids[i];
/******/ 			if(__nccwpck_require__.o(installedChunks, chunkId) && installedChunks[chunkId]) {
/******/ 				installedChunks[chunkId][0]();
/******/ 			}
/******/ 			installedChunks[ids[i]] = 0;
/******/ 		}
/******/ 	
/******/ 	}
/******/ 	
/******/ 	__nccwpck_require__.f.j = (chunkId, promises) => {
/******/ 			// import() chunk loading for javascript
/******/ 			var installedChunkData = __nccwpck_require__.o(installedChunks, chunkId) ? installedChunks[chunkId] : undefined;
/******/ 			if(installedChunkData !== 0) { // 0 means "already installed".
/******/ 	
/******/ 				// a Promise means "currently loading".
/******/ 				if(installedChunkData) {
/******/ 					promises.push(installedChunkData[1]);
/******/ 				} else {
/******/ 					if(true) { // all chunks have JS
/******/ 						// setup Promise in chunk cache
/******/ 						var promise = import("./" + __nccwpck_require__.u(chunkId)).then(installChunk, (e) => {
/******/ 							if(installedChunks[chunkId] !== 0) installedChunks[chunkId] = undefined;
/******/ 							throw e;
/******/ 						});
/******/ 						var promise = Promise.race([promise, new Promise((resolve) => (installedChunkData = installedChunks[chunkId] = [resolve]))])
/******/ 						promises.push(installedChunkData[1] = promise);
/******/ 					}
/******/ 				}
/******/ 			}
/******/ 	};
/******/ 	
/******/ 	// no prefetching
/******/ 	
/******/ 	// no preloaded
/******/ 	
/******/ 	// no external install chunk
/******/ 	
/******/ 	// no on chunks loaded
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(22622);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
