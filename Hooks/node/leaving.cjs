// Exceptions as they are thrown, with locals, through an inspector session in this very thread. Nothing listens on a
// port, and the program goes on as soon as the handler returns.
'use strict';
const { send, fs } = require('./channel.cjs');
const { interrupted } = require('./context.cjs');
const { Renderer } = require('./values.cjs');
const { clean } = require('./redact.cjs');
const record = require('./record.cjs');

const later = setTimeout;
const SEEN = Symbol('reenact.seen');
// What looking may cost, in microseconds of the processor: a start may spend all of it, a long life what comes back.
const CREDIT_MAX = 1_500_000;
const CREDIT_PER_SECOND = 200_000;
// What a pause costs before the handler is called, which cannot be measured here.
const PAUSE = 1000;
let session;
let window = 0, credit = CREDIT_MAX, refilled = 0, off = false;
const sites = new Map();
const sources = new Map();
const scripts = new Map();

exports.install = () => {
  const inspector = require('inspector');
  session = new inspector.Session();
  session.connect();
  session.on('Debugger.paused', paused);
  // Call frames name their script by number only.
  session.on('Debugger.scriptParsed', ({ params }) => { scripts.set(params.scriptId, params.url); });
  session.post('Debugger.enable');
  session.post('Debugger.setPauseOnExceptions', { state: 'all' });
  require('./place.cjs').install(session);
};

// In the thread's own session the answer is there when post returns.
function ask(method, parameters) {
  let answer;
  session.post(method, parameters, (error, result) => { if (!error) answer = result; });
  return answer;
}

function rest() {
  off = true;
  session.post('Debugger.setPauseOnExceptions', { state: 'none' });
  later(() => {
    off = false;
    session.post('Debugger.setPauseOnExceptions', { state: 'all' });
  }, 1000).unref();
}

// A busy machine makes everything slow: the clock would charge for what others did.
function processor() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

let busy = false;
const watches = Boolean(process.env.REENACT_PLACE);

function watched(params) {
  try { return require('./place.cjs').met(params); } catch { return false; /* never the program's concern */ }
}

function paused({ params }) {
  if (watches && !busy && watched(params)) return;
  if (busy || off) return;
  busy = true;
  const now = Date.now();
  const start = processor();
  try {
    if (now - window > 1000 || now < window) { window = now; sites.clear(); }
    credit = Math.min(CREDIT_MAX, credit + Math.max(0, now - refilled) * CREDIT_PER_SECOND / 1000);
    refilled = now;
    if (credit <= 0) rest();
    else if ((params.reason === 'exception' || params.reason === 'promiseRejection') && params.data && isNews(params))
      capture(params);
  } catch { /* never the program's concern */ } finally {
    credit -= processor() - start + PAUSE;
    busy = false;
  }
}

// Some programs throw the same thing over and over, and mean nothing by it.
function isNews({ callFrames }) {
  const top = callFrames.find((f) => !isInternal(f.url || scripts.get(f.location.scriptId) || '')) || callFrames[0];
  if (!top) return true;
  const key = top.location.scriptId + ':' + top.location.lineNumber + ':' + top.location.columnNumber;
  const count = (sites.get(key) || 0) + 1;
  sites.set(key, count);
  return count <= 10;
}

const isInternal = (url) => !url || url.startsWith('node:') || url.startsWith('internal/');

function capture({ callFrames, data, reason }) {
  for (const frame of callFrames) frame.url = frame.url || scripts.get(frame.location.scriptId) || '';
  if (watches) {
    require('./place.cjs').thrown(callFrames.map((f) => ({ file: file(f.url), line: f.location.lineNumber + 1 })));
  }
  const own = callFrames.filter((f) => !f.url.startsWith('file://' + __dirname) && !f.url.startsWith(__dirname));
  const outside = own.findIndex((f) => !isInternal(f.url));
  // All that is on the stack is Node's own, and the program awaits it: `await response.json()`.
  const awaited = outside < 0 ? awaitedBy(own, data.description) || unnamed(reason, data.description) : undefined;
  // What Node raises and catches by itself while it loads modules is its own affair.
  if (outside < 0 ? !awaited : own.slice(0, outside).some((f) => /^node:internal\/(modules|main|process)/.test(f.url))) return;
  let error;
  if (data.objectId) {
    globalThis[SEEN] = (value) => { error = value; };
    Object.defineProperty(globalThis, SEEN, { enumerable: false });
    try {
      ask('Runtime.callFunctionOn', {
        objectId: data.objectId, silent: true,
        functionDeclaration: 'function() { const s = Object.getOwnPropertySymbols(globalThis).find('
          + '(s) => s.description === "reenact.seen"); globalThis[s](this); }',
      });
    } finally { delete globalThis[SEEN]; }
  }
  if (error && record.isKnown(error)) return;
  if (awaited) return void record.caught(error, describe(data), awaited);
  const withLocals = new Set(own.filter((f) => inApp(f.url)).slice(0, 5));
  for (const frame of own) if (withLocals.size < 3 && !isInternal(frame.url)) withLocals.add(frame);
  let budget = 70000;
  let asked = 0;
  const properties = (objectId) =>
    ++asked <= 300 ? ask('Runtime.getProperties', { objectId, ownProperties: true }) : undefined;
  const frames = [];
  for (const [i, frame] of own.entries()) {
    if (i === 100) { frames.push(gap(own.length - i)); break; }
    const one = {
      function: frame.functionName || '<anonymous>', file: file(frame.url), line: frame.location.lineNumber + 1,
      ...source(frame), module: '', inApp: inApp(frame.url), locals: [],
    };
    if (withLocals.has(frame) && budget > 0) one.locals = locals(frame, i === outside, properties);
    budget -= 300 + one.locals.reduce((n, v) => n + 80 + v.name.length + v.value.length, 0);
    if (budget < -20000) { frames.push(gap(own.length - i)); break; }
    frames.push(one);
  }
  frames.reverse();
  const whole = error ? require('./stack.cjs').fromOrigin(frames, data.description) : frames;
  record.caught(error, describe(data), whole);
}

// The frames of a trace in which a function of the program waits for those on the stack; undefined where none does.
function awaitedBy(own, text) {
  if (typeof text !== 'string' || !/\n\s+at async (?!node:|[^\n]*\(node:)/.test(text)) return undefined;
  if (own.some((f) => /^node:internal\/(modules|main)/.test(f.url))) return undefined;
  const frames = require('./stack.cjs').parse(text);
  return frames.some((f) => f.inApp) ? frames : undefined;
}

// Before Node 20 the trace of what `fetch` rejects with ends inside Node. In a request it is told even so.
const tracesEnd = Number(process.versions.node.split('.')[0]) < 20;
function unnamed(reason, text) {
  if (!tracesEnd || reason !== 'promiseRejection' || typeof text !== 'string' || !interrupted()) return undefined;
  return text.includes('node:internal/deps/undici') ? require('./stack.cjs').parse(text) : undefined;
}

function gap(count) {
  return { function: '… ' + count + ' frames left out …', file: '', line: 0, source: '', module: '', inApp: false, locals: [] };
}

function describe(data) {
  const first = String(data.description || data.value).split('\n    at ')[0];
  return { type: data.className || data.type || 'Error', text: first };
}

function inApp(url) { return !isInternal(url) && !url.includes('/node_modules/'); }

function file(url) {
  if (!url.startsWith('file://')) return url;
  try { return decodeURIComponent(url.slice(7)); } catch { return url.slice(7); }
}
exports.file = file;
exports.inApp = inApp;

function source(frame) {
  const { lineNumber, columnNumber } = frame.location;
  return isInternal(frame.url) ? { source: '' } : exports.place(file(frame.url), lineNumber + 1, columnNumber);
}

// The text of a line, and the part of it that stands at the column (from 0), where it is not all of it.
exports.place = (name, number, column) => {
  const key = name + ':' + number + ':' + column;
  let kept = sources.get(key);
  if (kept === undefined) {
    kept = { source: '' };
    try {
      const whole = fs.readFileSync(name, 'utf8').split('\n', number)[number - 1] || '';
      kept.source = clean(whole.trim().slice(0, 300));
      const part = inApp(name) ? clean(require('./expression.cjs').at(whole, column)) : '';
      if (part) kept.expression = part;
    } catch { /* it can't be read */ }
    if (sources.size > 2000) sources.clear();
    sources.set(key, kept);
  }
  return kept;
};

function locals(frame, throwSite, properties) {
  const result = [];
  const limit = throwSite ? 40 : 20;
  const seen = new Set();
  for (const scope of frame.scopeChain) {
    if (!['local', 'block', 'catch', 'with', 'eval'].includes(scope.type)) continue;
    const answer = properties(scope.object.objectId);
    for (const property of answer ? answer.result : []) {
      if (seen.has(property.name) || !property.value || property.value.type === 'function') continue;
      // What is not yet initialised has no value.
      seen.add(property.name);
      if (result.length === limit) return result;
      const renderer = new Renderer(properties, throwSite ? 1000 : 100, throwSite ? 4000 : 600);
      result.push({
        name: property.name, value: renderer.named(property.name, property.value, 0),
        type: property.value.className || property.value.subtype || property.value.type,
        truncated: renderer.cut, redacted: renderer.hidden,
      });
    }
  }
  if (frame.this && frame.this.objectId && frame.this.className !== 'global' && result.length < limit && throwSite) {
    const renderer = new Renderer(properties, 100, 1000);
    result.push({ name: 'this', value: renderer.render(frame.this, 1), type: frame.this.className || 'Object',
      truncated: renderer.cut, redacted: renderer.hidden });
  }
  return result;
}
