// Runs scenarios of the conformance suite against a URL, and prints a line for each check. To be run where the command
// "conformance" is on the path, as run.sh does.
//
//   node scenarios.mjs <title> <url> <directory for results> [<scenario>...]

import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const SPEC_VERSION = '2025-11-25';

// Scenarios that must have neither a FAILURE nor a WARNING, with the checks that must be a SUCCESS: the suite is
// content with INFO where it could not try something.
const REQUIRED = {
  'server-initialize': ['server-initialize'],
  'server-session-lifecycle': [
    'server-session-initialized-accepted',
    'server-session-delete-accepted',
    'server-session-terminated-returns-404',
  ],
  'server-sse-polling': ['server-sse-priming-event', 'server-sse-retry-field', 'server-sse-disconnect-resume'],
  'server-sse-multiple-streams': ['server-accepts-multiple-post-streams', 'server-sse-streams-functional'],
  'logging-set-level': [],
  'ping': [],
  'completion-complete': [],
  'tools-list': [],
  'tools-call-simple-text': [],
  'tools-call-image': [],
  'tools-call-audio': [],
  'tools-call-embedded-resource': [],
  'tools-call-mixed-content': [],
  'tools-call-with-logging': [],
  'tools-call-error': [],
  'tools-call-with-progress': [],
  'tools-call-sampling': [],
  'tools-call-elicitation': [],
  'elicitation-sep1034-defaults': [],
  'elicitation-sep1330-enums': [],
  'json-schema-2020-12': [],
  'resources-list': [],
  'resources-read-text': [],
  'resources-read-binary': [],
  'resources-templates-read': [],
  'resources-subscribe': [],
  'resources-unsubscribe': [],
  'prompts-list': [],
  'prompts-get-simple': [],
  'prompts-get-with-args': [],
  'prompts-get-embedded-resource': [],
  'prompts-get-with-image': [],
};

// Shown, not required: whom to believe is the application's matter.
const OTHERS = ['dns-rebinding-protection'];

const [title, url, directory, ...chosen] = process.argv.slice(2);
if (!directory) {
  console.error('usage: node scenarios.mjs <title> <url> <directory for results> [<scenario>...]');
  process.exit(2);
}

function conformance(...args) {
  const { stdout, stderr, error } = spawnSync('conformance', args, { encoding: 'utf8', timeout: 120_000 });
  if (error) {
    throw error;
  }
  return stdout + stderr;
}

function scenariosOfThisRelease() {
  const output = conformance('list', '--server');
  const names = [...output.matchAll(/^\s+- (\S+)/gm)].map((match) => match[1]);
  if (names.length === 0) {
    throw new Error(`No list of scenarios: ${output}`);
  }
  return new Set(names);
}

function run(scenario) {
  rmSync(directory, { recursive: true, force: true });
  const output = conformance('server', '--url', url, '--scenario', scenario, '--spec-version', SPEC_VERSION,
    '--output-dir', directory);
  try {
    const [results] = readdirSync(directory);
    return JSON.parse(readFileSync(join(directory, results, 'checks.json'), 'utf8'));
  }
  catch (error) {
    return [{ id: scenario, status: 'FAILURE', errorMessage: `No results (${error.message}): ${output.trim()}` }];
  }
}

// What a scenario did on its way is INFO. Of that, only what stands where a check should be is of interest.
function judge(scenario, checks) {
  const mustSucceed = REQUIRED[scenario] ?? [];
  const rows = checks.filter((check) => check.status !== 'INFO' || mustSucceed.includes(check.id));
  for (const id of mustSucceed) {
    if (!rows.some((row) => row.id === id)) {
      rows.push({ id, status: 'ABSENT', errorMessage: 'The suite did not come to this check' });
    }
  }
  if (rows.length === 0) {
    rows.push({ id: scenario, status: 'ABSENT', errorMessage: 'The suite checked nothing' });
  }
  return rows.map((row) => ({
    ...row,
    bad: ['FAILURE', 'WARNING', 'ABSENT'].includes(row.status) || (mustSucceed.includes(row.id) && row.status !== 'SUCCESS'),
  }));
}

console.log(`\n${title}`);
console.log('-'.repeat(title.length));
const known = scenariosOfThisRelease();
const failed = [];
for (const scenario of chosen.length > 0 ? chosen : [...Object.keys(REQUIRED), ...OTHERS]) {
  if (!known.has(scenario)) {
    console.log(`${scenario.padEnd(32)}${'(not in this release of the suite)'}`);
    continue;
  }
  const required = scenario in REQUIRED;
  const rows = judge(scenario, run(scenario));
  for (const row of rows) {
    const mark = row.bad ? (required ? ' <--' : ' (not required)') : '';
    console.log(`${scenario.padEnd(32)}${row.id.padEnd(42)}${row.status}${mark}`);
    if (row.bad) {
      const message = row.errorMessage ?? row.details?.message ?? '';
      const errors = row.details?.violations ?? row.details?.errors;
      console.log(`    ${message}${errors ? ` ${JSON.stringify(errors)}` : ''}`.slice(0, 1000));
    }
  }
  if (required && rows.some((row) => row.bad)) {
    failed.push(scenario);
  }
}
console.log(failed.length === 0 ? 'All that is required has passed.' : `FAILED: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
