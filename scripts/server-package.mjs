// For the image of the server: its package.json, with the peers of the library that it needs among its dependencies.
import { readFileSync, writeFileSync } from 'node:fs';

const { devDependencies, peerDependencies, ...rest } = JSON.parse(readFileSync('package.json', 'utf8'));
const peers = Object.keys(peerDependencies).filter((name) => name !== '@nestjs/testing');
const dependencies = {
  ...rest.dependencies,
  ...Object.fromEntries(peers.map((name) => [name, devDependencies[name]])),
};
writeFileSync('package.json', `${JSON.stringify({ ...rest, dependencies }, null, 2)}\n`);
