#!/usr/bin/env node
// The program, with this process's arguments, streams, signals and exit code.
'use strict';

const { spawn } = require('node:child_process');
const { program } = require('../index.js');

const child = spawn(program(), process.argv.slice(2), { stdio: 'inherit' });
// A terminal interrupts both; what ends only this process has to end the program too.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => {
  console.error(`wsspec: ${error.message}`);
  process.exitCode = 2;
});
child.on('exit', (code) => {
  // Killed by a signal: no result.
  process.exitCode = code ?? 130;
});
