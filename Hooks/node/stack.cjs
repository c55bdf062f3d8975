// Frames out of a trace's text, where no pause saw them: without locals.
'use strict';
const line = /^\s+at (async )?(?:(.*?) \()?(?:(file:\/\/)?([^()\s]+?)):(\d+)(?::(\d+))?\)?$/;

function textOf(error) {
  try { return error.stack; } catch { return ''; /* the program's own formatter */ }
}

function parse(text) {
  const frames = [];
  if (typeof text !== 'string') return frames;
  const { inApp, place } = require('./leaving.cjs');
  for (const each of text.split('\n').slice(0, 120)) {
    const found = line.exec(each);
    if (!found || found[4].startsWith(__dirname)) continue;
    const internal = found[4].startsWith('node:');
    frames.push({
      async: Boolean(found[1]),
      frame: { function: (found[2] || '<anonymous>').replace(/^async /, ''), file: found[4], line: Number(found[5]),
        ...(internal ? { source: '' } : place(found[4], Number(found[5]), Number(found[6]) - 1)), module: '', inApp: inApp(found[4]), locals: [] },
    });
  }
  return frames.reverse();
}

exports.read = (error) =>
  ({ frames: error && typeof error === 'object' ? parse(textOf(error)).map((f) => f.frame) : [] });
exports.parse = (text) => parse(text).map((f) => f.frame);
exports.awaiting = (error) => parse(textOf(error)).filter((f) => f.async).map((f) => f.frame);

// `new URL`, `Object.parse`, `Class.method [as other]`: the inspector names them by their last part.
const short = (name) => name.replace(/ \[as .*$/, '').replace(/^new /, '').split('.').pop();
const same = (a, b) => a.file === b.file && short(a.function) === short(b.function);

// The frames of a throw, outermost first, led on to where the error was made: one that was caught and is thrown again
// fails where it failed first, whether or not that throw was seen.
exports.fromOrigin = (frames, text) => {
  const made = parse(text).map((f) => f.frame);
  if (!made.length || frames.some((f) => same(f, made[made.length - 1]))) return frames;
  for (let i = made.length - 2; i >= 0; i--) {
    const at = frames.map((f) => same(f, made[i])).lastIndexOf(true);
    if (at >= 0) return frames.slice(0, at + 1).concat(made.slice(i + 1));
  }
  return made;
};
