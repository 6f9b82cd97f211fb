// The official TypeScript client, whose connection is cut in mid-call behind round-robin.mjs. It must get the result
// and each notification exactly once, without any doing of the application that uses it.
//
//   node typescript-client.mjs <url of the MCP endpoint behind round-robin.mjs>

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const STEPS = 10;
const CALL_TIMEOUT = 20_000;

if (!process.argv[2]) {
  console.error('usage: node typescript-client.mjs <url of the MCP endpoint behind round-robin.mjs>');
  process.exit(2);
}
const url = new URL(process.argv[2]);

async function control(method, path) {
  const response = await fetch(new URL(path, url), { method });
  if (!response.ok) {
    throw new Error(`${method} ${path} answered ${response.status}: is ${url.origin} round-robin.mjs?`);
  }
  return response.json();
}

async function connect() {
  const errors = [];
  const client = new Client({ name: 'conformance-typescript-client', version: '1.0.0' });
  client.onerror = (error) => errors.push(error.message);
  const transport = new StreamableHTTPClientTransport(url);
  await client.connect(transport);
  await client.setLoggingLevel('info');
  return { client, transport, errors };
}

// What is wrong with a list that should be 1 to STEPS, each once, in this order.
function problemsOf(what, seen) {
  const expected = Array.from({ length: STEPS }, (_, i) => i + 1);
  return JSON.stringify(seen) === JSON.stringify(expected) ? [] : [`${what} seen: ${seen.join(', ') || 'none'}`];
}

// Calls the tool, and cuts all event streams when the steps of these numbers have been seen.
async function longCall(cutAfter) {
  const problems = [];
  const logged = [];
  const progressed = [];
  const cuts = [];
  const { client, transport, errors } = await connect();
  const before = (await control('GET', '/__log')).length;
  client.setNotificationHandler(LoggingMessageNotificationSchema, async ({ params }) => {
    logged.push(Number(String(params.data).replace('step ', '')));
  });
  const onprogress = ({ progress }) => {
    progressed.push(progress);
    if (cutAfter[cuts.length] === progress) {
      cuts.push(control('POST', '/__cut'));
    }
  };
  try {
    const started = performance.now();
    const result = await client.callTool({ name: 'long_call', arguments: {} }, undefined,
      { onprogress, timeout: CALL_TIMEOUT });
    console.log(`  result after ${Math.round(performance.now() - started)} ms: ${result.content[0]?.text}`);
    if (result.isError || result.content[0]?.text !== `done after ${STEPS} steps`) {
      problems.push(`the result is ${JSON.stringify(result)}`);
    }
    // what came twice would come now
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  catch (error) {
    problems.push(`no result: ${error.message}`);
  }
  problems.push(...problemsOf('log messages', logged), ...problemsOf('progress', progressed));
  const cutStreams = (await Promise.all(cuts)).map((answer) => answer.cut);
  if (cutStreams.length < cutAfter.length) {
    problems.push(`the call did not get as far as to be cut ${cutAfter.length} times`);
  }
  if (cutStreams.includes(0)) {
    problems.push('there was no connection to cut');
  }
  const requests = (await control('GET', '/__log')).slice(before);
  console.log(`  log messages: ${logged.join(' ')}`);
  console.log(`  progress:     ${progressed.join(' ')}`);
  console.log(`  connections cut: ${cutStreams.join(', then ') || 'none'}; the client noted: ${errors.join('; ') || 'nothing'}`);
  print(requests);
  const resumed = requests.filter(({ lastEventId, status }) => lastEventId && status === 200).length;
  if (resumed < cutAfter.length) {
    problems.push(`${resumed} requests to resume were answered`);
  }
  await close(client, transport);
  return problems;
}

// A tool that closes the connection itself, and so makes the client come back for the result.
async function polled() {
  const problems = [];
  const { client, transport } = await connect();
  const before = (await control('GET', '/__log')).length;
  try {
    const result = await client.callTool({ name: 'test_reconnection', arguments: {} }, undefined, { timeout: CALL_TIMEOUT });
    console.log(`  result: ${result.content[0]?.text}`);
    if (result.isError) {
      problems.push('the result is an error');
    }
  }
  catch (error) {
    problems.push(`no result: ${error.message}`);
  }
  const requests = (await control('GET', '/__log')).slice(before);
  print(requests);
  if (!requests.some(({ lastEventId }) => lastEventId)) {
    problems.push('the client did not have to resume');
  }
  await close(client, transport);
  return problems;
}

function print(requests) {
  for (const { node, method, status, lastEventId } of requests) {
    console.log(`  ${method} to node ${node}: ${status ?? 'not answered'}${lastEventId ? `, Last-Event-ID ${lastEventId}` : ''}`);
  }
}

async function close(client, transport) {
  try {
    await transport.terminateSession();
  }
  catch (error) {
    console.log(`  the session could not be ended: ${error.message}`);
  }
  await client.close();
}

const TESTS = {
  'a call that is not cut': () => longCall([]),
  'a call that is cut once': () => longCall([4]),
  'a call that is cut twice': () => longCall([3, 7]),
  'a call that closes its own connection': polled,
};

let failed = 0;
for (const [name, test] of Object.entries(TESTS)) {
  console.log(`\nTypeScript client: ${name}`);
  const problems = await test();
  failed += problems.length > 0 ? 1 : 0;
  console.log(problems.length === 0 ? '  PASSED' : `  FAILED: ${problems.join('; ')}`);
}
// a client that waits for something would keep this process
process.exit(failed === 0 ? 0 : 1);
