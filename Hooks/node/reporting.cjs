// Where programs report errors, and where errors end things.
'use strict';
const http = require('http');
const { types } = require('util');
const record = require('./record.cjs');
const { storage, contextOf } = require('./context.cjs');

const guard = (body) => { try { body(); } catch { /* never the program's concern */ } };

exports.install = () => {
  process.on('uncaughtExceptionMonitor', (error) => guard(() => record.stronger(error, 'unhandled')));
  // A listener would change what Node does by default; looking at the emit does not.
  const emit = process.emit;
  process.emit = function (event, error) {
    if (event === 'unhandledRejection' && this.listenerCount(event) > 0) guard(() => record.stronger(error, 'reported'));
    return emit.apply(this, arguments);
  };
  for (const name of ['error', 'warn']) {
    const original = console[name];
    console[name] = function () {
      guard(() => { for (const each of arguments) if (types.isNativeError(each)) record.stronger(each, 'reported'); });
      return original.apply(this, arguments);
    };
    Object.defineProperty(console[name], 'name', { value: name });
  }
  watch('stdout');
  watch('stderr');
  const writeHead = http.ServerResponse.prototype.writeHead;
  http.ServerResponse.prototype.writeHead = function (status) {
    if (status >= 500) guard(() => record.answered(this[contextOf] || storage.getStore()));
    return writeHead.apply(this, arguments);
  };
};

// Programs that print an error print its message. The stream is made when the program asks for it, not before.
function watch(name) {
  const there = Object.getOwnPropertyDescriptor(process, name);
  if (!there || !there.get || !there.configurable) return;
  let wrapped;
  Object.defineProperty(process, name, {
    ...there,
    get() {
      const stream = there.get.call(process);
      if (stream !== wrapped && stream) {
        wrapped = stream;
        guard(() => {
          const write = stream.write;
          stream.write = function (text) {
            if (record.recent.length) guard(() => printed(text));
            return write.apply(this, arguments);
          };
        });
      }
      return stream;
    },
  });
}

function printed(text) {
  if (typeof text !== 'string') text = Buffer.isBuffer(text) ? text.toString('utf8', 0, 65536) : '';
  if (text.length < 8) return;
  for (const entry of record.recent) {
    if (entry.strength === 1 && entry.text.length >= 8 && text.includes(entry.text)) {
      entry.store = storage.getStore() || entry.store;
      record.promote(entry, 'reported');
    }
  }
}
