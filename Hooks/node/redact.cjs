// Secrets, by the name of what holds them and by their look. The same rules as in Python.
'use strict';
exports.MARK = '[redacted]';
const names = /passw(or)?d|passphrase|\bpwd\b|secret|token|api_?key|authorization|cookie|session|credential|private_?key|access_?key|signing_?key|bearer|\bauth\b|\bdsn\b|\bcvv\b|\bssn\b/i;
const values = /(:\/\/[^/\s:@'"]*:)[^/\s@'"]+(?=@)|(\b(?:Bearer|Basic|Token)\s+)[A-Za-z0-9+/=._~-]{8,}|(\b(?:password|passwd|pwd|secret|api_?key|access_token|client_secret)"?'?\s*[=:]\s*["']?)[^\s&"',;]+|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\b(?:sk|pk|rk|ghp|gho|xox[bap])[-_][\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/gi;
const digits = /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])/g;

exports.isSecretName = (name) => names.test(name.replace(/-/g, '_'));

exports.clean = (text) => {
  if (text.length < 8) return text;
  return text.replace(values, (_, a, b, c) => (a || b || c || '') + exports.MARK).replace(digits, card);
};

function card(text) {
  const all = text.replace(/\D/g, '');
  if (all[0] < '2' || all[0] > '6') return text;
  let total = 0;
  for (let i = 0; i < all.length; i++) {
    const d = Number(all[all.length - 1 - i]);
    total += i % 2 === 0 ? d : d > 4 ? d * 2 - 9 : d * 2;
  }
  return total % 10 === 0 ? exports.MARK : text;
}
