// Holds openapi.yaml against what clients do with it: Spectral finds no error in it, a TypeScript client made of it passes the
// compiler's checks, and it becomes a Postman collection with every operation.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const here = import.meta.dirname;
const document = join(here, '..', '..', 'httpapi', 'openapi.yaml');
const bin = name => join(here, 'node_modules', '.bin', name);
const run = (name, args, options = {}) => execFileSync(bin(name), args, { stdio: 'inherit', cwd: here, ...options });

const scratch = mkdtempSync(join(here, 'out-')); // below node_modules' parent, so that the client's imports are found
try {
  console.log('== Spectral');
  run('spectral', ['lint', '--ruleset', 'spectral.yaml', '--fail-severity', 'error', document]);

  console.log('== a TypeScript client');
  const client = join(scratch, 'client');
  run('openapi-ts', ['--input', document, '--output', client, '--logs', 'silent']);
  writeFileSync(join(scratch, 'use.ts'), readFileSync(join(here, 'use.ts'), 'utf8'));
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify({
    compilerOptions: { strict: true, noEmit: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', skipLibCheck: false, lib: ['es2022', 'dom', 'dom.iterable'] },
    include: ['.'],
  }));
  run('tsc', ['--project', scratch]);

  console.log('== a Postman collection');
  const { convertV2 } = createRequire(import.meta.url)('openapi-to-postmanv2');
  const result = await new Promise((resolve, reject) => convertV2({ type: 'file', data: document }, {}, (error, answer) => (error ? reject(error) : resolve(answer))));
  if (!result.result) throw new Error(`no collection: ${result.reason}`);
  const count = items => items.reduce((n, item) => n + (item.item ? count(item.item) : 1), 0);
  const operations = readFileSync(document, 'utf8').match(/^ {6}operationId:/gm).length;
  const requests = count(result.output[0].data.item);
  console.log(`${requests} requests of ${operations} operations`);
  if (requests !== operations) throw new Error('the collection lacks operations');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log('openapi.yaml serves all three.');
