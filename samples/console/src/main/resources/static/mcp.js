// An MCP client on Streamable HTTP, as small as it can be: fetch, server-sent events, and coming back for what is missing.

const PROTOCOL_VERSION = '2025-11-25';
const RECONNECT_AFTER = 400;
const RECONNECTS = 40;

export const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

// node is the node that responded, as the round robin says; status is 0 if the connection broke
export class McpError extends Error {
  constructor(message, status, node) {
    super(message);
    Object.assign(this, { status, node });
  }
}

export class McpClient {
  #url;
  #session;
  #ids = 0;
  #listening = new AbortController();

  constructor(url) {
    this.#url = url;
  }

  async initialize() {
    const { node } = await this.request('initialize', {
      protocolVersion: PROTOCOL_VERSION,
      capabilities: { elicitation: {} },
      clientInfo: { name: 'console', version: '1' },
    });
    await this.send({ method: 'notifications/initialized' });
    return node;
  }

  // Resolves with { result, node }. Messages before the response go to onMessage, which may cut the connection.
  async request(method, params, onMessage = () => {}) {
    const id = ++this.#ids;
    let lastEventId;
    let connection = await this.#open('POST', { jsonrpc: '2.0', id, method, params });
    for (;;) {
      try {
        for await (const event of connection.events()) {
          lastEventId = event.id ?? lastEventId;
          const message = event.data && JSON.parse(event.data);
          if (message && message.id === id && !message.method) {
            if (message.error) {
              throw new McpError(message.error.message, connection.status, connection.node);
            }
            return { result: message.result, node: connection.node };
          }
          if (message) {
            await onMessage(message, connection);
          }
        }
      } catch (error) {
        if (error instanceof McpError) {
          throw error;
        }
      }
      if (lastEventId === undefined) {
        throw new McpError('the connection broke', 0, connection.node);
      }
      connection = await this.#resume(lastEventId);
    }
  }

  async callTool(name, onMessage) {
    const progressToken = `${name}-${this.#ids + 1}`;
    const { result, node } = await this.request('tools/call',
      { name, arguments: {}, _meta: { progressToken } }, onMessage);
    const text = result.content[0].text;
    if (result.isError) {
      throw new McpError(text, 200, node);
    }
    return { text, node };
  }

  // A notification, or a reply to the server
  async send(message) {
    return (await this.#open('POST', { jsonrpc: '2.0', ...message })).node;
  }

  // Keeps a listening stream open, until the session ends or a node does not know it,
  // in which case the next request will find out
  async listen(onMessage) {
    let lastEventId;
    while (!this.#listening.signal.aborted) {
      try {
        const connection = await this.#open('GET', undefined, lastEventId, this.#listening.signal);
        for await (const event of connection.events()) {
          lastEventId = event.id ?? lastEventId;
          if (event.data) {
            onMessage(JSON.parse(event.data), connection.node);
          }
        }
      } catch (error) {
        if (error.status === 404) {
          return;
        }
      }
      await pause(RECONNECT_AFTER);
    }
  }

  async end(options) {
    this.close();
    return (await this.#open('DELETE', undefined, undefined, undefined, options)).node;
  }

  close() {
    this.#listening.abort();
  }

  async #resume(lastEventId) {
    for (let attempt = 1; ; attempt++) {
      await pause(RECONNECT_AFTER);
      try {
        return await this.#open('GET', undefined, lastEventId);
      } catch (error) {
        if (error.status === 404 || attempt === RECONNECTS) {
          throw error;
        }
      }
    }
  }

  async #open(method, body, lastEventId, signal, options) {
    const controller = new AbortController();
    signal?.addEventListener('abort', () => controller.abort(), { once: true });
    const headers = { Accept: 'application/json, text/event-stream' };
    if (body) {
      headers['Content-Type'] = 'application/json';
    }
    if (this.#session) {
      headers['Mcp-Session-Id'] = this.#session;
      headers['MCP-Protocol-Version'] = PROTOCOL_VERSION;
    }
    if (lastEventId !== undefined) {
      headers['Last-Event-ID'] = lastEventId;
    }
    let response;
    try {
      response = await fetch(this.#url,
        { method, headers, body: body && JSON.stringify(body), signal: controller.signal, ...options });
    } catch (error) {
      throw new McpError('the connection broke', 0);
    }
    const node = response.headers.get('X-Node') ?? undefined;
    if (!response.ok) {
      throw new McpError((response.status === 404) ? 'session not found' : (await response.text()).trim(),
        response.status, node);
    }
    this.#session ??= response.headers.get('Mcp-Session-Id') ?? undefined;
    return { node, status: response.status, cut: () => controller.abort(), events: () => events(response) };
  }
}

// The events of a response: { id, data }. A response in JSON is one event.
async function* events(response) {
  if (!response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
    yield { data: await response.text() };
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    const parts = (text + value).split('\n\n');
    text = parts.pop();
    for (const part of parts) {
      const event = {};
      for (const line of part.split('\n')) {
        const [, field, content] = /^(id|data): ?(.*)$/.exec(line) ?? [];
        if (field) {
          event[field] = content;
        }
      }
      yield event;
    }
  }
}
