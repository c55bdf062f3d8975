// Who this process is, and which packages it may load.
'use strict';
const path = require('path');
const { send, fs } = require('./channel.cjs');
const { isMainThread } = require('worker_threads');

exports.hello = () => {
  let cwd = '';
  try { cwd = process.cwd(); } catch { /* removed */ }
  send('hello', {
    ppid: process.ppid, runtime: 'node ' + process.versions.node, exe: process.execPath,
    argv: [process.argv[0], ...process.execArgv, ...process.argv.slice(1)].slice(0, 50).map((a) => String(a).slice(0, 1000)),
    prefix: '', cwd, hooks: ['exceptions', 'context'], trustsCA: Boolean(process.env.REENACT_CA),
  });
  if (isMainThread) setTimeout(packages, 300).unref();
};

function packages() {
  const found = {};
  let directory = path.dirname(path.resolve(process.argv[1] || '.'));
  try {
    for (let up = 0; up < 6 && directory !== '/'; up++, directory = path.dirname(directory)) {
      const place = path.basename(directory) === 'node_modules' ? directory : path.join(directory, 'node_modules');
      let names = [];
      try { names = fs.readdirSync(place); } catch { continue; }
      for (const name of names) {
        if (name[0] === '.') continue;
        if (name[0] === '@') {
          for (const inner of fs.readdirSync(path.join(place, name))) add(found, place, name + '/' + inner);
        } else add(found, place, name);
        if (Object.keys(found).length > 500) break;
      }
    }
  } catch { /* as far as it went */ }
  send('packages', { packages: found });
}

function add(found, place, name) {
  if (found[name]) return;
  try {
    const text = fs.readFileSync(path.join(place, name, 'package.json'), 'utf8');
    found[name] = String(JSON.parse(text).version);
  } catch { /* not a package */ }
}
