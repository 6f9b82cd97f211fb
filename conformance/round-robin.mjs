// A load balancer that never sticks: each request goes to the next node, whatever its session is. It changes neither
// Host nor Origin nor any body, and passes on each byte when it comes.
//
//   node round-robin.mjs http://127.0.0.1:8081 http://127.0.0.1:8082 ...
//
// PORT says where to listen (a free port, if it is not set). The first line of the output is "port <port>".
// POST /__cut cuts the connections of all event streams, as a network would; GET /__log tells where requests went.

import http from 'node:http';

const nodes = process.argv.slice(2).map((url) => new URL(url));
if (nodes.length === 0) {
  console.error('usage: node round-robin.mjs <url of a node>...');
  process.exit(2);
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te', 'trailer', 'upgrade']);
const agent = new http.Agent({ keepAlive: false });
const eventStreams = new Set();
const log = [];
let next = 0;

function endToEnd(rawHeaders) {
  const headers = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!HOP_BY_HOP.has(rawHeaders[i].toLowerCase())) {
      headers.push(rawHeaders[i], rawHeaders[i + 1]);
    }
  }
  return headers;
}

function forward(request, response) {
  const index = next++ % nodes.length;
  const entry = {
    node: index + 1,
    method: request.method,
    lastEventId: request.headers['last-event-id'],
    status: undefined,
  };
  log.push(entry);
  const headers = endToEnd(request.rawHeaders);
  if (request.headers['transfer-encoding']) {
    headers.push('Transfer-Encoding', 'chunked');
  }
  const upstream = http.request({
    agent,
    host: nodes[index].hostname,
    port: nodes[index].port,
    method: request.method,
    path: request.url,
    setHost: false,
    headers,
  });
  upstream.on('response', (answer) => {
    entry.status = answer.statusCode;
    response.writeHead(answer.statusCode, answer.statusMessage, endToEnd(answer.rawHeaders));
    response.flushHeaders();
    if ((answer.headers['content-type'] ?? '').startsWith('text/event-stream')) {
      eventStreams.add(response);
      response.on('close', () => eventStreams.delete(response));
    }
    // a node that dies in mid-answer must not look like one that has finished
    answer.on('error', () => response.destroy());
    answer.on('aborted', () => response.destroy());
    answer.pipe(response);
  });
  upstream.on('error', (error) => {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    entry.status = 502;
    response.writeHead(502, { 'Content-Type': 'text/plain' });
    response.end(`Node ${index + 1}: ${error.message}\n`);
  });
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}

function sendJson(response, value) {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
}

function cut(response) {
  const cutting = [...eventStreams];
  for (const stream of cutting) {
    // a reset, not an orderly end
    stream.socket?.resetAndDestroy();
  }
  sendJson(response, { cut: cutting.length });
}

const server = http.createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/__cut') {
    cut(response);
  }
  else if (request.method === 'GET' && request.url === '/__log') {
    sendJson(response, log);
  }
  else {
    forward(request, response);
  }
});
// event streams may be silent for as long as they like
server.requestTimeout = 0;
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(`port ${server.address().port}`));
