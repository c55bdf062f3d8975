// Loaded by NODE_OPTIONS=--require before the program. Must never fail and never print.
'use strict';
try {
  const channel = require('./channel.cjs');
  if (process.env.REENACT_CA) require('./trust.cjs').install();
  if (channel.connect()) {
    require('./start.cjs').hello();
    require('./context.cjs').install();
    require('./sockets.cjs').install();
    require('./reporting.cjs').install();
    require('./leaving.cjs').install();
  }
} catch {
  // A recording without this runtime's hooks is better than a program that does not start.
}
