// Whether the program comes through the place where the recorded failure came. For experiments: REENACT_PLACE names the
// frames of the failure, the innermost first. See docs/control-messages.md.
//
// A breakpoint stands at the expression that failed: where that stands behind it, it is met when the expression is done;
// else a throw in that line takes it back. It has no condition: V8 tells no exceptions of a statement whose breakpoints
// do not hold.
'use strict';
const { send, fs } = require('./channel.cjs');
const { storage, message } = require('./context.cjs');

const MOST = 300;
// Each pause takes its time: what comes by more often is watched no longer.
const PAUSES = 3000;
const LINES_BEFORE = 3;
let place, session, breakpoint;
let last, sent = 0, pauses = 0;

exports.install = (given) => {
  const text = process.env.REENACT_PLACE;
  if (!text) return;
  place = find(text.slice(1).split('\n').map((row) => row.split('\t')).filter((row) => row.length === 5));
  if (!place) return;
  session = given;
  session.post('Debugger.setBreakpointByUrl', {
    urlRegex: '(^|/)' + place.file.replace(/^\//, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&') + '$',
    lineNumber: place.line - 1, columnNumber: place.column,
  }, (error, answer) => { breakpoint = error ? undefined : answer.breakpointId; });
};

// The program is at a breakpoint: true where that is ours, and all.
exports.met = ({ reason, hitBreakpoints }) => {
  if (!breakpoint || !hitBreakpoints || !hitBreakpoints.includes(breakpoint)) return false;
  tell(place.asks ? 'asked' : 'passed');
  if (++pauses === PAUSES) session.post('Debugger.removeBreakpoint', { breakpointId: breakpoint });
  return reason !== 'exception' && reason !== 'promiseRejection';
};

// Something was thrown with these frames, the innermost first.
exports.thrown = (frames) => {
  if (place && frames.some(({ file, line }) => file === place.file && line === place.thrower)) tell('raised');
};

function find(rows) {
  const own = rows.find((row) => row[3] === '1') || rows[0];
  if (!own) return undefined;
  const [file, , number, , expression] = own;
  let lines;
  try { lines = fs.readFileSync(file, 'utf8').split('\n'); } catch { return undefined; }
  const line = Number(number);
  const source = lines[line - 1];
  if (source === undefined) return undefined;
  if (!/(^|[^\w$.])throw\b/.test(source)) {
    const column = expression ? source.indexOf(expression) : -1;
    return { file, line, column: column >= 0 ? column : source.search(/\S/), thrower: line };
  }
  // The question before a throw is what a healthy run comes through.
  for (let at = line; at > Math.max(0, line - 1 - LINES_BEFORE); at--) {
    const column = lines[at - 1].search(/(^|[^\w$.])(if|switch)\s*\(/);
    const found = at === line ? lines[at - 1].search(/\bthrow\b/) > column : true;
    if (column >= 0 && found) {
      return { file, line: at, column: column + lines[at - 1].slice(column).search(/if|switch/), thrower: line, asks: true };
    }
    if (/\bcatch\b|=>|\bfunction\b/.test(lines[at - 1]) && at !== line) return undefined;
  }
  return undefined;
}

function tell(state) {
  try {
    const store = storage.getStore();
    const here = message(store);
    const key = here ? here.ino + ':' + here.n : '';
    if (!last || last.key !== key) sent = 0;
    else if (sent > MOST && (last.state === state || sent > 2 * MOST)) return;
    last = { key, state };
    sent++;
    send('place', { state, in: here });
  } catch { /* never the program's concern */ }
}
