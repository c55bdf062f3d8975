// Which errors were told, as what, and on whose behalf.
'use strict';
const { send } = require('./channel.cjs');
const { storage, interrupted, message } = require('./context.cjs');
const { clean } = require('./redact.cjs');
const { types } = require('util');

const STRENGTH = { caught: 1, reported: 2, unhandled: 3 };
const known = new WeakMap();
const recent = [];
const counts = new Map();
let number = 0;
let window = 0, reports = 0;

exports.isKnown = (error) => (typeof error === 'object' && error !== null ? known.has(error) : false);
exports.recent = recent;

exports.caught = (error, { type, text }, frames) => {
  const site = frames[frames.length - 1] || {};
  const key = type + ':' + site.file + ':' + site.line + ':' + String(text).slice(0, 80);
  turn();
  const count = (counts.get(key) || 0) + 1;
  counts.set(key, count);
  const store = interrupted();
  const entry = { id: id(), strength: 0, store, message: null, type, text: headline(error, type, text), printed: false };
  if (error) known.set(error, entry);
  // What is thrown over and over is not told each time; but a request may be answered with 5xx because of this one.
  if (count > 3 && !store) return;
  entry.message = {
    type: typeName(error, type), message: messageOf(error, type, text), language: 'node', frames,
    causes: causes(error),
  };
  if (store) store.caught[Math.min(store.caught.length, 50)] = entry;
  if (count > 3) return;
  tell(entry, 'caught');
  recent.push(entry);
  if (recent.length > 20) recent.shift();
};

// The error was printed, logged, or answered with 5xx, or it ended the program.
exports.stronger = (error, handling) => {
  if (!error || typeof error !== 'object') return;
  let entry = known.get(error);
  const store = storage.getStore();
  if (!entry) known.set(error, entry = { id: id(), strength: 0, store, message: null, text: '' });
  // A driver's errors are made in what its pooled connection was opened for; who reports them knows whose they are.
  else if (store) entry.store = store;
  exports.promote(entry, handling, error);
};

exports.promote = (entry, handling, error) => {
  if (entry.strength >= STRENGTH[handling]) return;
  turn();
  if (++reports > 50) return;
  if (!entry.message) {
    const { frames } = require('./stack.cjs').read(error);
    entry.message = {
      type: typeName(error, 'Error'), message: messageOf(error, 'Error', ''), language: 'node', frames,
      causes: causes(error),
    };
  } else if (error && !entry.complete) {
    // The stack at the throw ends at the last await; the text of the trace goes on.
    entry.complete = true;
    entry.message.frames = require('./stack.cjs').awaiting(error).concat(entry.message.frames);
  }
  tell(entry, handling);
  if (entry.store) entry.store.reported = true;
};

// Of what was caught for this request, the last is why it is answered with 5xx.
exports.answered = (store) => {
  if (!store || store.reported || !store.caught.length) return;
  exports.promote(store.caught[store.caught.length - 1], 'reported');
};

function tell(entry, handling) {
  entry.strength = STRENGTH[handling];
  const body = { id: entry.id, handling, ...entry.message, in: message(entry.store) };
  let size = JSON.stringify(body).length;
  for (const frame of body.frames) {
    if (size < 95000) break;
    size -= JSON.stringify(frame.locals).length;
    frame.locals = [{ name: '…', value: 'left out: too large', type: '', truncated: true, redacted: false }];
  }
  send('exception', body);
}

function turn() {
  const now = Date.now();
  if (now - window > 1000 || now < window) { window = now; reports = 0; counts.clear(); }
}

function id() { return process.pid * 0x40000000 + ++number; }

// Only what is there as data: a getter is the program's code.
function own(object, name) {
  try {
    for (let o = object, i = 0; o && i < 6; o = Object.getPrototypeOf(o), i++) {
      if (types.isProxy(o)) return undefined;
      const found = Object.getOwnPropertyDescriptor(o, name);
      if (found) return found.value;
    }
  } catch { /* none */ }
  return undefined;
}

function typeName(error, otherwise) {
  const name = error && typeof error === 'object' ? own(error, 'name') : undefined;
  const made = error && typeof error === 'object' ? own(error, 'constructor') : undefined;
  const of = typeof made === 'function' ? own(made, 'name') : undefined;
  const isName = typeof name === 'string' && name !== 'Error' && /^[A-Z]|Error/.test(name);
  return (isName && name) || (typeof of === 'string' && of) || otherwise || 'Error';
}

function messageOf(error, type, text) {
  const own_ = error && typeof error === 'object' ? own(error, 'message') : undefined;
  const all = clean(typeof own_ === 'string' ? own_ : String(text));
  return all.length > 4000 ? all.slice(0, 4000) + '…' : all;
}

function headline(error, type, text) {
  const own_ = error && typeof error === 'object' ? own(error, 'message') : undefined;
  return typeof own_ === 'string' ? own_ : text;
}

function causes(error) {
  const result = [];
  const seen = new Set([error]);
  let cause = error && typeof error === 'object' ? own(error, 'cause') : undefined;
  while (cause && typeof cause === 'object' && !seen.has(cause) && result.length < 5) {
    seen.add(cause);
    const entry = known.get(cause);
    const { frames } = entry && entry.message ? entry.message : require('./stack.cjs').read(cause);
    result.push({ type: typeName(cause, 'Error'), message: messageOf(cause, 'Error', ''), language: 'node',
      frames: entry && entry.message ? frames.slice(-10) : frames, causes: [] });
    cause = own(cause, 'cause');
  }
  return result;
}
