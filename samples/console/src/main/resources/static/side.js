// One half of the page: a client of one cluster, and what is seen of both.

import { McpClient, pause } from './mcp.js';

const LOG_ROWS = 6;
const STRIP_LENGTH = 60;
const NOTICE = 'console://notice';

export const byId = (id) => document.getElementById(id);

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
export function describe({ status, message }) {
  return (status >= 400) ? `${status} ${message}` : message;
}

export class Side {
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
