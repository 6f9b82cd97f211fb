// What the buttons do, on both sides, and what the console server says of nodes and requests.

import { pause } from './mcp.js';
import { Side, byId, describe } from './side.js';

const TRAFFIC_INTERVAL = 500;

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
