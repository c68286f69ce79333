import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrorIn } from './debian-mirror.js';

const DEB822 = `Types: deb
# a comment inside a stanza
URIs: mirror://security
Suites: bookworm-security
Components: main

Types: deb-src
URIs: mirror://source
Suites: bookworm
Components: main

Types: deb
URIs: mirror://switched-off
Suites: bookworm
Components: main
Enabled: no

Types: deb deb-src
URIs: mirror://main mirror://second
Suites: bookworm
  bookworm-updates
Components: main contrib
Signed-By: /some/keyring
`;

test('deb822: the stanza of the release itself, its first address', () => {
  assert.equal(mirrorIn([{ name: 'debian.sources', text: DEB822 }], 'bookworm'), 'mirror://main');
});

test('one line each: with and without options', () => {
  const text = `# deb mirror://comment bookworm main
deb-src mirror://source bookworm main
deb mirror://security bookworm-security main
deb [arch=amd64 signed-by=/k] mirror://main bookworm main contrib
`;
  assert.equal(mirrorIn([{ name: 'sources.list', text }], 'bookworm'), 'mirror://main');
  const plain = { name: 'sources.list', text: 'deb mirror://plain stable main\n' };
  assert.equal(mirrorIn([plain], 'bookworm'), 'mirror://plain');
});

test('other vendors and files that apt does not read are passed over', () => {
  const files = [
    { name: 'sources.list.d/engine.list', text: 'deb mirror://engine bookworm stable\n' },
    { name: 'sources.list.d/old.sources.disabled', text: DEB822 },
  ];
  assert.equal(mirrorIn(files, 'bookworm'), undefined);
});
