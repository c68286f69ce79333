import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Which of our folders each of our folders may import from. A folder that is not here may not exist. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  coordination: ['coordination'],
  core: ['core', 'coordination'],
  server: ['server', 'coordination'],
  monitor: ['monitor', 'coordination'],
  bin: ['bin', 'coordination', 'core', 'server', 'monitor'],
  bench: ['bench', 'test', 'bin', 'core', 'coordination', 'server', 'monitor'],
  web: ['web'],
  test: ['test', 'bench', 'bin', 'core', 'coordination', 'server', 'monitor', 'web'],
};

/** Of whom a folder may import types: they are gone when it runs. The browser knows the API by its schemas, and holds none of their code. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = { web: ['server', 'coordination'] };

/** Which product files may import each foreign library; a name that ends in `/` is a folder. The tests and the bench are free. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  zookeeper: ['coordination/zookeeper-connection.ts'],
  zod: ['coordination/', 'server/api/', 'server/access/', 'monitor/config-watch.ts', 'monitor/store/fenced-node.ts'],
  'prom-client': ['coordination/metrics.ts'],
  pino: ['coordination/log.ts'],
  'pino-pretty': ['coordination/log.ts'],
  '@vlasky/zongji': ['core/source/zongji-stream.ts'],
  mysql2: ['core/source/mysql-connection.ts', 'core/sink/mysql/target-connection.ts'],
  kafkajs: ['core/sink/kafkajs-client.ts'],
  '@node-rs/crc32': ['core/sink/record-batch.ts'],
  commander: ['bin/'],
  fzstd: ['core/source/zstd-pieces.ts'],
  yaml: [
    'coordination/task-file.ts',
    'coordination/task-yaml.ts',
    'coordination/monitor-file.ts',
    'bin/server-file.ts',
    'web/pages/register/draft-text.ts',
  ],
  fastify: ['server/'],
  'fastify-type-provider-zod': ['server/'],
  '@fastify/swagger': ['server/http/openapi.ts'],
  '@fastify/static': ['server/http/console-files.ts'],
  'openid-client': ['server/access/'],
  nodemailer: ['monitor/channel/smtp.ts'],
  testcontainers: [],
  react: ['web/'],
  'react-dom': ['web/main.tsx'],
  'react-router': ['web/'],
  antd: ['web/'],
  '@ant-design/icons': ['web/'],
  '@tanstack/react-query': ['web/'],
  '@tanstack/react-virtual': ['web/pages/tasks/task-list.tsx'],
  uplot: ['web/charts/'],
  vite: ['web/vite.config.ts'],
  '@vitejs/plugin-react': ['web/vite.config.ts'],
};

const FREE = new Set(['test', 'bench']);
const LINES_TO_THINK = 250;
const LINES_TO_SPLIT = 400;

/** What one source text breaks, one sentence each. `path` is relative to the checkout. */
function violations(path: string, text: string): string[] {
  const found: string[] = [];
  const folder = folderOf(path);
  const allowed = FOLDERS[folder];
  if (allowed === undefined) return [`${path} lies in a folder that the import table does not know`];
  const typesOnly = typeImportsOf(path, text);
  for (const specifier of importsOf(path, text)) {
    if (specifier.startsWith('.')) {
      const target = folderOf(normalize(join(dirname(path), specifier)));
      if (allowed.includes(target) || (typesOnly.has(specifier) && TYPES_ONLY[folder]?.includes(target))) continue;
      found.push(`${path} imports ${specifier}; ${folder} may not import ${target}`);
    } else if (!FREE.has(folder) && !mayImportLibrary(path, specifier)) {
      found.push(`${path} imports ${specifier}; the import table does not allow it there`);
    }
  }
  if (folder !== 'bin' && !FREE.has(folder)) {
    for (const use of processUses(path, text)) found.push(`${path} uses ${use}; only bin/ may`);
  }
  const lines = lineCount(text);
  if (lines > LINES_TO_SPLIT) found.push(`${path} has ${lines} lines; ${LINES_TO_SPLIT} is the limit`);
  return found;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.indexOf('/'), 0));
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function mayImportLibrary(path: string, specifier: string): boolean {
  if (specifier.startsWith('node:')) return folderOf(path) !== 'web';
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const places = LIBRARIES[name] ?? [];
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
}

/** Every module a text names: import, export … from, import(), require() and a worker's new URL('….js', import.meta.url). */
function importsOf(path: string, text: string): string[] {
  const specifiers: string[] = [];
  visit(parse(path, text), (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      if (ts.isStringLiteral(node.moduleSpecifier)) specifiers.push(node.moduleSpecifier.text);
    } else if (ts.isImportTypeNode(node)) {
      if (ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
        specifiers.push(node.argument.literal.text);
      }
    } else if (ts.isCallExpression(node)) {
      const callee = node.expression;
      const loads = callee.kind === ts.SyntaxKind.ImportKeyword || /^require(\.resolve)?$/.test(callee.getText());
      const [module] = node.arguments;
      if (loads && module && ts.isStringLiteralLike(module)) specifiers.push(module.text);
    } else if (ts.isNewExpression(node) && node.expression.getText() === 'URL') {
      const [module, base] = node.arguments ?? [];
      const ofCode = module && ts.isStringLiteralLike(module) && /\.[cm]?js$/.test(module.text);
      if (ofCode && base?.getText() === 'import.meta.url') specifiers.push(module.text);
    }
  });
  return specifiers;
}

/** The modules of which a text imports types and nothing else. */
function typeImportsOf(path: string, text: string): ReadonlySet<string> {
  const specifiers = new Map<string, boolean>();
  visit(parse(path, text), (node) => {
    if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return;
    const name = node.moduleSpecifier.text;
    const onlyTypes = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    specifiers.set(name, onlyTypes && (specifiers.get(name) ?? true));
  });
  return new Set([...specifiers].flatMap(([name, onlyTypes]) => (onlyTypes ? [name] : [])));
}

/** Where a text reaches for the environment or ends the process. */
function processUses(path: string, text: string): string[] {
  const uses: string[] = [];
  const note = (name: string): void => {
    if (name === 'env' || name === 'exit') uses.push(`process.${name}`);
  };
  visit(parse(path, text), (node) => {
    if (ts.isPropertyAccessExpression(node) && isProcess(node.expression)) note(node.name.text);
    else if (ts.isElementAccessExpression(node) && isProcess(node.expression)) {
      if (ts.isStringLiteralLike(node.argumentExpression)) note(node.argumentExpression.text);
    } else if (ts.isVariableDeclaration(node) && node.initializer && isProcess(node.initializer)) {
      if (ts.isObjectBindingPattern(node.name)) {
        for (const { propertyName, name } of node.name.elements) note((propertyName ?? name).getText());
      }
    } else if (ts.isImportDeclaration(node) && /^['"](node:)?process['"]$/.test(node.moduleSpecifier.getText())) {
      uses.push('node:process');
    }
  });
  return uses;
}

function isProcess(node: ts.Expression): boolean {
  return /^(globalThis\.)?process$/.test(node.getText());
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

/** Every TypeScript file of the checkout, as path and text. */
async function sources(): Promise<{ path: string; text: string }[]> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const folders = (await readdir(root, { withFileTypes: true })).filter(
    ({ name }) => !name.startsWith('.') && !['node_modules', 'dist'].includes(name),
  );
  const below = await Promise.all(
    folders.map(async (entry) => {
      if (!entry.isDirectory()) return [entry.name];
      return (await readdir(join(root, entry.name), { recursive: true })).map((path) => join(entry.name, path));
    }),
  );
  const paths = below.flat().filter((path) => /\.tsx?$/.test(path));
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })));
}

test('every file keeps to the import table, the size limit and the border of the process', async (t) => {
  const files = await sources();
  for (const folder of ['coordination/', 'core/', 'test/']) {
    assert.ok(
      files.some(({ path }) => path.startsWith(folder)),
      `no file of ${folder} was looked at`,
    );
  }
  for (const { path, text } of files) {
    if (lineCount(text) > LINES_TO_THINK) t.diagnostic(`${path} has ${lineCount(text)} lines`);
  }
  assert.deepEqual(
    files.flatMap(({ path, text }) => violations(path, text)),
    [],
  );
});

test('every entry of the library table is used where it says', async () => {
  const files = await sources();
  const idle = Object.entries(LIBRARIES).flatMap(([name, places]) =>
    places
      .filter((place) => !place.endsWith('/'))
      .filter((place) => {
        const file = files.find(({ path }) => path === place);
        return !file || !importsOf(place, file.text).some((it) => it === name || it.startsWith(`${name}/`));
      })
      .map((place) => `${name} in ${place}`),
  );
  assert.deepEqual(idle, []);
});

const PLANTED: readonly (readonly [path: string, text: string])[] = [
  ['coordination/a.ts', `import { x } from '../core/x.js';`],
  ['coordination/schema/a.ts', `export * from '../../core/x.js';`],
  ['coordination/a.ts', `import type { X } from '../server/x.js';`],
  ['core/sink/a.ts', `import { x } from '../../bin/x.js';`],
  ['core/a.ts', `const x = await import('../test/x.js');`],
  ['core/a.ts', `new Worker(new URL('../server/worker.js', import.meta.url));`],
  ['core/a.ts', `type X = import('../monitor/x.js').X;`],
  ['server/a.ts', `import { x } from '../core/x.js';`],
  ['monitor/a.ts', `import { x } from '../server/x.js';`],
  ['bin/a.ts', `import { x } from '../test/x.js';`],
  ['core/a.ts', `import 'zookeeper';`],
  ['core/sink/a.ts', `const c = require('kafkajs/src/cluster');`],
  ['core/source/a.ts', `import mysql from 'mysql2/promise';`],
  ['core/source/mysql-source.ts', `import type { X } from '@vlasky/zongji';`],
  ['core/a.ts', `import { x } from 'a-library-of-tomorrow';`],
  ['bin/a.ts', `import { x } from 'testcontainers';`],
  ['core/a.ts', `const home = process.env['HOME'];`],
  ['core/a.ts', `const { env } = process;`],
  ['coordination/a.ts', `process['exit'](1);`],
  ['coordination/a.ts', `globalThis.process.exit(1);`],
  ['coordination/a.ts', `import { env } from 'node:process';`],
  ['web/a.ts', `import { x } from '../server/api/schema/x.js';`],
  ['web/a.tsx', `import '../coordination/x.js';`],
  ['web/a.ts', `import type { X } from '../core/x.js';`],
  ['web/a.ts', `import { readFile } from 'node:fs/promises';`],
  ['server/a.ts', `import type { X } from '../web/x.js';`],
  ['server/a.ts', `import 'react';`],
  ['elsewhere/a.ts', ''],
  ['test/a.ts', '\n'.repeat(LINES_TO_SPLIT + 1)],
];

for (const [path, text] of PLANTED) {
  test(`refused: ${path} with ${text.trim().slice(0, 60) || 'its text'}`, () => {
    assert.equal(violations(path, text).length, 1);
  });
}

test('what is allowed is not refused', () => {
  const allowed: typeof PLANTED = [
    ['core/a.ts', `// process.env and from '../test/x.js'\nimport { x } from '../coordination/x.js';`],
    ['core/a.ts', `import { join } from 'node:path';\nconst id = process.pid;`],
    ['core/sink/kafkajs-client.ts', `const c = require('kafkajs/src/cluster');`],
    ['core/source/mysql-connection.ts', `import mysql from 'mysql2/promise';`],
    ['bin/a.ts', `import { Command } from 'commander';\nimport { x } from '../core/x.js';\nprocess.exit(1);`],
    ['test/a.ts', `import { x } from '../core/x.js';\nimport 'zookeeper';\nprocess.exit(1);`],
    ['test/b.ts', '\n'.repeat(LINES_TO_SPLIT)],
    [
      'web/a.tsx',
      `import type { X } from '../server/api/schema/x.js';\nimport { y } from './y.js';\nimport { z } from 'react';`,
    ],
  ];
  for (const [path, text] of allowed) assert.deepEqual(violations(path, text), []);
});
