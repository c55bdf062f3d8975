// Frames out of a trace's text, where no pause saw them: without locals.
'use strict';
const line = /^\s+at (async )?(?:(.*?) \()?(?:(file:\/\/)?([^()\s]+?)):(\d+)(?::\d+)?\)?$/;

function parse(error) {
  const frames = [];
  let text;
  try { text = error.stack; } catch { /* the program's own formatter */ }
  if (typeof text !== 'string') return frames;
  const { inApp, line: source } = require('./leaving.cjs');
  for (const each of text.split('\n').slice(0, 120)) {
    const found = line.exec(each);
    if (!found || found[4].startsWith(__dirname)) continue;
    const internal = found[4].startsWith('node:');
    frames.push({
      async: Boolean(found[1]),
      frame: { function: (found[2] || '<anonymous>').replace(/^async /, ''), file: found[4], line: Number(found[5]),
        source: internal ? '' : source(found[4], Number(found[5])), module: '', inApp: inApp(found[4]), locals: [] },
    });
  }
  return frames.reverse();
}

exports.read = (error) => ({ frames: error && typeof error === 'object' ? parse(error).map((f) => f.frame) : [] });
exports.awaiting = (error) => parse(error).filter((f) => f.async).map((f) => f.frame);
