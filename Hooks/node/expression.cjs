// Which part of a line failed or was calling: V8 tells the column where it begins or where its last name stands.
'use strict';
const NAME = /[\w$]/;
const OPEN = { ')': '(', ']': '[', '}': '{' };
const CLOSE = { '(': ')', '[': ']', '{': '}' };
const STATEMENT = /^(?:throw|return|await|yield|new|typeof|void|case|in|of|else|do|const|let|var|async)$/;

// `line` is the whole text of the line, `column` counts UTF-16 units from 0. Empty where that can't be told.
exports.at = (line, column) => {
  if (!(column >= 0) || column >= line.length || line.length > 20000) return '';
  const rest = line.slice(column);
  if (/^(?:throw|yield)\b/.test(rest)) return until(line, column, column, 'statement').trim();
  const awaiting = /^await\s+/.exec(rest);
  if (awaiting) return until(line, column, column + awaiting[0].length, 'chain').trim();
  const start = chainStart(line, column);
  const text = until(line, start, column, 'call').trim();
  return text.length > 1 && text.length <= 300 ? text : '';
};

// Back over `a.b[c](d).` to where the chain of reads begins.
function chainStart(line, column) {
  let i = column;
  while (i > 0 && NAME.test(line[i - 1])) i--;
  for (;;) {
    let j = skip(line, i);
    const joined = line[j - 1] === '.' ? (line[j - 2] === '?' ? j - 2 : j - 1) : '[('.includes(line[i]) ? i : -1;
    if (joined < 0) break;
    j = skip(line, joined);
    const before = operand(line, j);
    if (before === j) break;
    i = before;
  }
  const keyword = /(?:^|[^\w$.])((?:new|await)\s+)$/.exec(line.slice(0, i));
  return keyword ? i - keyword[1].length : i;
}

// The beginning of the operand that ends before `end`: a name, or brackets with what stands before them.
function operand(line, end) {
  let i = end;
  while (i > 0 && OPEN[line[i - 1]]) {
    const open = matching(line, i - 1);
    if (open < 0) return end;
    i = skip(line, open);
    if (line[open] === '{') break;
  }
  const name = i;
  while (i > 0 && NAME.test(line[i - 1])) i--;
  if (STATEMENT.test(line.slice(i, name))) return name === end ? end : name;
  return i;
}

function matching(line, close) {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    const one = line[i];
    if ('\'"`'.includes(one)) {
      const from = line.lastIndexOf(one, i - 1);
      if (from < 0) return -1;
      i = from;
    } else if (OPEN[one]) depth++;
    else if (CLOSE[one] && --depth === 0) return i;
  }
  return -1;
}

function skip(line, i) {
  while (i > 0 && line[i - 1] === ' ') i--;
  return i;
}

// Forward from `start`, past `column`, over names and the brackets of one call; a chain goes on behind those, and a
// statement to its end.
function until(line, start, column, what) {
  let i = column;
  let depth = 0;
  for (; i < line.length; i++) {
    const one = line[i];
    if ('\'"`'.includes(one)) {
      const to = line.indexOf(one, i + 1);
      if (to < 0) return line.slice(start);
      i = to;
    } else if (CLOSE[one]) depth++;
    else if (OPEN[one]) {
      if (depth === 0) break;
      if (--depth === 0 && what === 'call') { i++; break; }
    } else if (depth === 0) {
      if (what === 'statement' ? one === ';' : !NAME.test(one) && !(what === 'chain' && '.?'.includes(one))
        && !(one === ' ' && /^new\s+$/.test(line.slice(column, i + 1)))) break;
    }
  }
  return line.slice(start, i);
}
