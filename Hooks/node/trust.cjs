// Programs that bring their own certificate authorities trust the recording's besides; NODE_EXTRA_CA_CERTS does the rest.
'use strict';
const { send } = require('./channel.cjs');
exports.install = () => {
  const tls = require('tls');
  const { fs } = require('./channel.cjs');
  let extra;
  try { extra = fs.readFileSync(process.env.REENACT_CA); } catch { return; }
  const create = tls.createSecureContext;
  tls.createSecureContext = function createSecureContext(options) {
    if (options && options.ca && !options.isServer && !options.requestCert) {
      tell(options.ca);
      options = { ...options, ca: [].concat(options.ca, extra) };
    }
    return create.call(this, options);
  };
};

// The recorder checks the real servers as the program would: it needs to know whom the program trusts.
const told = new Set();
const tell = (ca) => {
  const pem = [].concat(ca).map(String).join('\n');
  if (pem.length > 100000 || told.has(pem)) return;
  if (told.size > 100) told.clear();
  told.add(pem);
  send('trust', { files: [], pem });
};
