// The page: the same client and the same actions for both sides, and what the console server says of nodes and requests.

import { McpClient, pause } from './mcp.js';

const TRAFFIC_INTERVAL = 500;
const LOG_ROWS = 6;
const STRIP_LENGTH = 60;
const NOTICE = 'console://notice';

const byId = (id) => document.getElementById(id);

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

function badge(letter) {
  const made = element('span', `badge node-${letter}`, letter);
  made.title = `Node ${letter}`;
  return made;
}

// The HTTP status is worth showing if that is what failed
function describe({ status, message }) {
  return (status >= 400) ? `${status} ${message}` : message;
}

class Side {
  #client;
  #busy = Promise.resolve();
  #root;
  #nodes = new Map();
  #ticking = false;
  notified;
  lost = 0;

  constructor(name, title, about) {
    this.name = name;
    this.#root = byId('side').content.firstElementChild.cloneNode(true);
    this.#root.id = name;
    this.find('h2').textContent = title;
    this.find('.about').textContent = about;
    if (name === 'managed') {
      // here it would make no difference
      this.find('.sticky').remove();
    }
    byId('sides').append(this.#root);
    this.verdict('', 'Starting the nodes…');
  }

  find(selector) {
    return this.#root.querySelector(selector);
  }

  verdict(kind, text) {
    const verdict = this.find('.verdict');
    if (verdict.textContent !== text) {
      verdict.className = `verdict ${kind}`;
      verdict.textContent = text;
    }
  }

  // One thing after the other, so that the requests of one action follow each other
  run(task) {
    this.#busy = this.#busy.then(task).catch(console.error);
    return this.#busy;
  }

  get client() {
    return this.#client;
  }

  async connect() {
    if (this.#client) {
      return;
    }
    const client = new McpClient(this.endpoint);
    await client.initialize().catch((error) => {
      // half a handshake will have to do, to see more than that
      if (error.status !== 404) {
        throw error;
      }
    });
    this.#client = client;
    await client.request('resources/subscribe', { uri: NOTICE }).catch(() => {});
    client.listen((message, node) => {
      if (message.method === 'notifications/resources/updated') {
        this.notified?.(node);
      }
    });
    await pause(60);
  }

  async count() {
    const { text, node } = await this.#client.callTool('count');
    const { count, session } = JSON.parse(text);
    this.find('.counted').textContent = count;
    this.#judge(`✓ Session ${session} goes on${this.sticky ? '' : ', whichever node comes next'}`);
    return { count, session, node };
  }

  // What the specification asks of a client whose session is not found: start a new one
  lose() {
    this.forget();
    this.lost++;
    this.#judge();
  }

  #judge(good) {
    this.find('.lost').textContent = this.lost;
    this.find('.lost').classList.toggle('fail', this.lost > 0);
    if (this.lost > 0) {
      const times = (this.lost === 1) ? 'once' : `${this.lost} times`;
      this.verdict('fail', `✗ Session lost ${times}: the next node answered 404`);
    } else if (good) {
      this.verdict('good', good);
    }
  }

  async tick() {
    if (this.#ticking) {
      return;
    }
    this.#ticking = true;
    await this.run(() => this.#callOnce());
    this.#ticking = false;
  }

  async #callOnce() {
    try {
      await this.connect();
      await this.count();
    } catch (error) {
      if (error.status === 404) {
        this.lose();
      } else {
        this.verdict('', `… ${error.node ? `Node ${error.node} did not respond` : 'No node is alive'}: trying again`);
      }
    }
  }

  say(node, text, kind = '') {
    const step = element('li', kind);
    if (node) {
      step.append(badge(node), ' ');
    }
    step.append(text);
    this.find('.story').append(step);
    return step;
  }

  // Run an action; if its first request finds no session, start over once, as the specification says
  async act(action) {
    const story = this.find('.story');
    story.replaceChildren();
    for (let attempt = 1; attempt <= 2; attempt++) {
      try {
        await this.connect();
        await action(this);
        return;
      } catch (error) {
        const first = story.children.length === 0;
        this.say(error.node, describe(error), 'fail');
        if (error.status !== 404) {
          return;
        }
        this.lose();
        if (!first) {
          return;
        }
        this.say(undefined, 'The client starts a new session, and tries again:', 'hint');
      }
    }
  }

  // What happened before does not count
  startOver(text) {
    this.forget();
    this.lost = 0;
    this.#judge();
    this.verdict('', text);
  }

  forget() {
    this.#client?.close();
    this.#client = undefined;
  }

  showNodes(nodes) {
    for (const node of nodes) {
      let item = this.#nodes.get(node.letter);
      if (!item) {
        item = byId('node').content.firstElementChild.cloneNode(true);
        item.querySelector('.badge').replaceWith(badge(node.letter));
        this.find('.nodes').append(item);
        this.#nodes.set(node.letter, item);
      }
      showNode(item, node);
    }
  }

  showSticky(sticky) {
    const button = this.find('.sticky');
    button.hidden = false;
    button.setAttribute('aria-pressed', sticky);
    button.onclick = () => fetch('/sticky', { method: 'POST' });
    if (this.sticky !== sticky) {
      this.sticky = sticky;
      this.run(() => this.startOver('Starting over…'));
    }
  }

  showSessions(sessions) {
    const list = this.find('.sessions');
    if (this.name === 'plain') {
      list.replaceChildren(element('li', 'hint', 'In the memory of the node that initialized them: nobody can list them.'));
      return;
    }
    list.replaceChildren(...sessions.map(({ session, listeningOn }) => {
      const item = element('li', '', element('code', '', session));
      item.append(...(listeningOn ? [' listens to ', badge(listeningOn)] : [' does not listen']));
      return item;
    }));
  }

  showRequest({ node, http, what, status }) {
    const failed = status >= 400;
    const letter = (node === '-') ? '?' : node;
    const strip = this.find('.strip');
    strip.prepend(element('span', failed ? 'fail' : '', badge(letter), failed ? '✗' : ''));
    while (strip.children.length > STRIP_LENGTH) {
      strip.lastChild.remove();
    }
    const log = this.find('.log');
    log.prepend(element('li', failed ? 'fail' : '', badge(letter), element('span', 'what', `${http} ${what}`),
      element('span', 'status', failed ? `✗ ${status}` : `${status}`)));
    while (log.children.length > LOG_ROWS) {
      log.lastChild.remove();
    }
  }
}

function showNode(item, { letter, state, inRotation, sessions }) {
  const [text, kill, freeze] = {
    STARTING: ['starting…', 'Kill', 'Freeze'],
    UP: [sessions < 0 ? 'up' : `up, holds ${sessions} ${sessions === 1 ? 'session' : 'sessions'}`, 'Kill', 'Freeze'],
    FROZEN: [inRotation ? 'frozen, not noticed yet' : 'frozen, out of the rotation', 'Kill', 'Continue'],
    DEAD: [inRotation ? 'dead, not noticed yet' : 'dead, out of the rotation', 'Start', 'Freeze'],
  }[state];
  item.dataset.state = state;
  item.querySelector('.state').textContent = text;
  label(item.querySelector('.kill'), kill, letter);
  label(item.querySelector('.freeze'), freeze, letter);
  item.querySelector('.freeze').disabled = state === 'DEAD';
}

function label(button, text, letter) {
  button.textContent = text;
  button.setAttribute('aria-label', `${text} node ${letter}`);
  button.onclick = () => fetch(`/nodes/${letter}/${(text === 'Continue') ? 'start' : text.toLowerCase()}`, { method: 'POST' });
}

const actions = {
  async call(side) {
    const { count, session, node } = await side.count();
    side.say(node, `counted call ${count} of session ${session}`, 'good');
  },

  async ask(side) {
    const { text, node } = await side.client.callTool('ask', async (message, connection) => {
      if (message.method === 'elicitation/create') {
        side.say(connection.node, `asks: ${message.params.message}`);
        const name = await question(message.params.message);
        const reply = { id: message.id, result: { action: 'accept', content: { name } } };
        side.say(await side.client.send(reply), 'got your reply');
      }
    });
    side.say(node, `said: ${text}`, 'good');
  },

  async long(side) {
    let line;
    let cut = false;
    const { text, node } = await side.client.callTool('report', (message, connection) => {
      if (message.method !== 'notifications/progress') {
        return;
      }
      const { progress, total } = message.params;
      if (line?.node !== connection.node) {
        line = { node: connection.node, step: side.say(connection.node, ''), from: progress };
      }
      line.step.lastChild.textContent = `sent step ${line.from} to ${progress} of ${total}`;
      if (progress === 3 && !cut) {
        cut = true;
        connection.cut();
        side.say(undefined, 'The connection is cut. The client comes back with Last-Event-ID:', 'hint');
      }
    });
    side.say(node, `sent the result: ${text}`, 'good');
  },

  async change(side) {
    const notified = new Promise((resolve) => {
      side.notified = resolve;
    });
    const { node } = await side.client.callTool('change');
    side.say(node, 'changed the resource');
    const listening = await Promise.race([notified, pause(1000)]);
    if (listening) {
      side.say(listening, 'notified the client on its listening stream', 'good');
    } else {
      side.say(undefined, '✗ No notification: the client has no listening stream', 'fail');
    }
  },

  async end(side) {
    const client = side.client;
    const probes = (side.name === 'managed') ? 3 : 2;
    try {
      side.say(await client.end(), 'ended the session');
    } catch (error) {
      side.say(error.node, `${describe(error)}: it did not end`, 'fail');
    }
    for (let probe = 0; probe < probes; probe++) {
      try {
        const { node } = await client.callTool('count');
        side.say(node, 'still serves it', 'fail');
      } catch (error) {
        side.say(error.node, (error.status === 404) ? 'does not know it any more' : error.message,
          (error.status === 404) ? 'good' : 'fail');
      }
    }
    side.forget();
  },
};

// Both sides ask the same at the same time: one form, one answer
let asked;

function question(text) {
  asked ??= new Promise((resolve) => {
    byId('asked').textContent = text;
    byId('question').hidden = false;
    byId('answer').focus();
    byId('question').onsubmit = (event) => {
      event.preventDefault();
      byId('question').hidden = true;
      document.querySelector('[data-action=ask]').focus();
      asked = undefined;
      resolve(byId('answer').value);
    };
  });
  return asked;
}

const sides = [
  new Side('managed', 'With mcp-session', 'Three nodes, sessions in Redis'),
  new Side('plain', 'Without it', 'The same application on two nodes, sessions in memory'),
];

let acting = false;

// Not disabled, which would take the focus away
function setActing(value) {
  acting = value;
  document.querySelectorAll('[data-action]').forEach((button) => button.setAttribute('aria-disabled', value));
}

for (const button of document.querySelectorAll('[data-action]')) {
  button.onclick = async () => {
    if (acting) {
      return;
    }
    setActing(true);
    await Promise.all(sides.map((side) => side.run(() => side.act(actions[button.dataset.action]))));
    setActing(false);
  };
}

let traffic = true;

byId('traffic').onclick = () => {
  traffic = !traffic;
  byId('traffic').setAttribute('aria-pressed', traffic);
};

let ready = false;

setInterval(() => {
  if (traffic && ready && !acting) {
    sides.forEach((side) => side.tick());
  }
}, TRAFFIC_INTERVAL);

const feed = new EventSource('/events');

feed.addEventListener('state', (event) => {
  const { endpoints, sticky, nodes, sessions } = JSON.parse(event.data);
  for (const side of sides) {
    side.endpoint = endpoints[side.name];
    side.showNodes(nodes.filter((node) => node.side === side.name));
    side.showSessions(sessions);
  }
  sides[1].showSticky(sticky);
  ready ||= nodes.every((node) => node.state !== 'STARTING') && nodes.some((node) => node.state === 'UP');
});

feed.addEventListener('request', (event) => {
  const request = JSON.parse(event.data);
  sides.find((side) => side.name === request.side).showRequest(request);
});

// Another console, if there will be one, knows nothing of this one's sessions
feed.onerror = () => {
  ready = false;
  sides.forEach((side) => side.run(() => side.startOver('The console has ended')));
};

addEventListener('pagehide', () => sides.forEach((side) => side.client?.end({ keepalive: true }).catch(() => {})));
