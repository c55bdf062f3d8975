// Places that are come through, failed at, or never come to. Arguments: what is done, and with what.
'use strict';

function cities(users) {
  return users.map((user) => user.address.city.toUpperCase());
}

function checked(users) {
  for (const user of users) {
    if (!user.address) {
      throw new Error('no address');
    }
  }
  return users.length;
}

const [, , what, ...names] = process.argv;
const users = names.map((name) => ({ address: name === 'bad' ? null : { city: name } }));
try {
  console.log({ cities, checked }[what](users));
} catch {
  console.log('failed');
}
