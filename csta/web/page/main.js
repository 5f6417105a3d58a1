// The page: a session, a card for each device, and what happens.
import { Card } from './cards.js';
import { Ladder } from './ladder.js';
import { Model, numberOf } from './model.js';
import { Refused, Session } from './session.js';

const byId = (id) => document.getElementById(id);
const sections = { station: byId('phones'), acd: byId('queues'), networkInterface: byId('trunks') };
// shown bounds the cards of a kind: more are found by their number.
const shown = { station: 60, acd: 12, networkInterface: 12 };
const again = 3000;

let model = new Model();
let cards = new Map();
const ladder = new Ladder(byId('columns'), byId('steps'), byId('detail'), (number) => model.name(number));
let session;
// old is the ID of the session that the connection before had, if it had one.
let old;
let credentials;
// listed are the devices of a list that comes in parts.
let listed = [];
let here = { watch: [], notes: {}, hand: false };
// served are the services that the switch has, by their names in its list of features.
const served = new Set();

function say(text) {
  byId('said').textContent = text;
  byId('said').hidden = text === '';
}

function state(text, good) {
  byId('state').textContent = text;
  byId('state').dataset.good = good;
}

// anew forgets what the page knows of the switch.
function anew() {
  old = undefined;
  model = new Model();
  cards = new Map();
  for (const section of Object.values(sections)) section.replaceChildren();
}

function connect() {
  listed = [];
  state('connecting', false);
  session = new Session(`${location.protocol.replace('http', 'ws')}//${location.host}/csta`, {
    opened: () => begin(),
    closed: (reason) => {
      state(reason, false);
      old = session.id ?? old;
      if (session.id !== undefined) ladder.note(`the connection has ended: ${reason}`);
      setTimeout(connect, again);
    },
    event: (name, content, frame) => {
      for (const device of model.apply(name, content)) card(device);
      ladder.event(name, content, frame);
    },
    frame: (sent, frame) => ladder.frame(sent, frame),
    asked: (name, content) => {
      if (name === 'SwitchingFunctionDevices') found(content.deviceList?.device ?? [], content.lastSegment);
      if (name === 'SwFunctionDevicesChanged') session.request('GetSwitchingFunctionDevices', {}).catch(() => {});
      if (name === 'SystemStatus') state(`connected, the switch is ${content.systemStatus}`, true);
      if (name === 'ApplicationSessionTerminated') {
        session.id = undefined;
        anew();
        session.close();
      }
    },
  });
}

// begin asks for the devices, and for a login if the switch wants one.
async function begin() {
  state('connected', true);
  try {
    here = await fetch('about.json').then((about) => about.json()).catch(() => here);
    byId('hand').hidden = !here.hand;
    const broken = old !== undefined;
    if (broken && await back()) ladder.note('the session goes on');
    else {
      anew();
      if (credentials) await session.logIn(credentials);
      if (broken) ladder.note('a new session: all is looked at anew');
    }
    const { supportedServices } = await session.request('GetCSTAFeatures', {});
    for (const list of Object.values(supportedServices ?? {})) for (const name of Object.keys(list)) served.add(name);
    // Who is let in without credentials has a session to come back to, if he may have one.
    if (session.id === undefined) await session.logIn().catch(passRefusal);
    await session.request('GetSwitchingFunctionDevices', {});
    byId('login').hidden = true;
    for (const number of here.watch) watchNumber(number, true);
    // Queues and trunks are known when a call has been there.
    session.request('SystemRegister', { requestTypes: { switchingFunctionDevicesChanged: true } }).catch(() => {});
  } catch (error) {
    if (!(error instanceof Refused)) return;
    if (credentials) say('The login is refused: unknown user or wrong password.');
    credentials = undefined;
    // Who is typing already is not interrupted.
    if (byId('login').hidden) {
      byId('login').hidden = false;
      byId('user').focus();
    }
  }
}

// back has the session of the connection before back, and tells whether it has.
async function back() {
  try {
    await session.logIn(credentials, old);
  } catch (error) {
    return passRefusal(error);
  }
  // A monitor whose start was not answered is not there: such devices are watched again.
  const watched = new Set(model.monitors.values());
  for (const device of [...model.devices.values()]) if (!watched.has(device)) forget(device);
  return true;
}

// passRefusal goes on after a negative answer, but not without a connection.
function passRefusal(error) {
  if (!(error instanceof Refused)) throw error;
  return false;
}

// found takes a part of the list of devices.
function found(devices, last) {
  listed.push(...devices);
  if (!last) return;
  const order = (a, b) => numberOf(a.deviceID).localeCompare(numberOf(b.deviceID), undefined, { numeric: true });
  const count = {};
  for (const { deviceID, deviceCategory } of listed.sort(order)) {
    const kind = sections[deviceCategory] ? deviceCategory : 'station';
    count[kind] = (count[kind] ?? 0) + 1;
    if (count[kind] <= shown[kind]) watch(deviceID, kind);
  }
  for (const kind of Object.keys(shown)) {
    const hidden = (count[kind] ?? 0) - shown[kind];
    byId(`more-${kind}`).textContent = hidden > 0 ? `and ${hidden} more: watch one by its number` : '';
  }
  listed = [];
}

// watch monitors a device, and shows it. Of one that is only tried nothing is said if it
// is refused: who has logged in may not be allowed to see it, and did not ask for it.
async function watch(identifier, kind, tried = false) {
  if (model.devices.has(identifier.number)) return;
  const device = model.add(identifier, kind);
  device.inService = !here.unplugged?.includes(device.number);
  device.engaged = here.engaged?.includes(device.number);
  card(device);
  let watched = false;
  try {
    const { monitorCrossRefID } = await session.request('MonitorStart', { monitorObject: { deviceObject: identifier } });
    model.monitors.set(monitorCrossRefID, device);
    watched = true;
    const snapshot = await session.request('SnapshotDevice', { snapshotObject: identifier });
    model.snapshot(device, snapshot.crossRefIDorSnapshotData?.snapshotData?.snapshotDeviceResponseInfo);
    if (kind === 'station') {
      const [busy, forwarding] = await Promise.all([
        session.request('GetDoNotDisturb', { device: identifier }), session.request('GetForwarding', { device: identifier }),
      ]);
      device.busy = busy.doNotDisturbOn;
      const immediate = forwarding.forwardingList?.forwardListItem?.find((item) => item.forwardingType === 'forwardImmediate' && item.forwardStatus);
      device.away = numberOf(immediate?.forwardDN);
    }
  } catch (error) {
    if (!(error instanceof Refused)) return;
    if (!tried) say(`${identifier.number}: ${error.message}`);
    if (!watched) return forget(device);
  }
  card(device);
}

// forget takes away the card of a device that can't be watched.
function forget(device) {
  model.devices.delete(device.number);
  cards.get(device.number).element.remove();
  cards.delete(device.number);
}

// prefixes are what the numbers of queues and trunks begin with.
const prefixes = { queue: '02', trunk: '01' };

// watchNumber watches what a number is of, by its beginning: queue:9500 is 029500.
function watchNumber(text, tried) {
  const number = text.replace(/^(queue|trunk):(?=.)/, (_, kind) => prefixes[kind]);
  const kind = /^02/.test(number) ? 'acd' : /^01/.test(number) ? 'networkInterface' : 'station';
  watch(kind === 'station' ? { number } : { number, typeOfNumber: 'deviceNumber' }, kind, tried);
}

// card draws a device's card; the first time it gets one.
function card(device) {
  if (!cards.has(device.number)) {
    const one = new Card(device, model, { act, move, byHand, hands: () => here.hand, note: here.notes?.[device.number], can: (name) => served.has(name) });
    cards.set(device.number, one);
    sections[device.kind].append(one.element);
  }
  cards.get(device.number).draw();
}

// act asks the switch for something, and says if it does not do it.
async function act(request, content) {
  say('');
  try {
    await session.request(request, content, true);
  } catch (error) {
    say(error.message);
  }
}

// byHand tells whether telephones are moved by hand; if not, the switch is asked.
const byHand = () => here.hand && byId('by-hand').checked;

// move moves a telephone by hand.
async function move(telephone, command, argument = '') {
  say('');
  const body = JSON.stringify({ telephone, command, argument });
  const done = await fetch('hand', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
  if (!done.ok) say(`${telephone}: ${(await done.text()).trim()}`);
}

byId('login').onsubmit = (submit) => {
  submit.preventDefault();
  credentials = [byId('user').value, byId('password').value];
  byId('password').value = '';
  say('');
  begin();
};

byId('watch').onsubmit = (submit) => {
  submit.preventDefault();
  const number = byId('number').value.trim();
  if (number === '') return;
  byId('number').value = '';
  say('');
  watchNumber(number);
};

byId('clear').onclick = () => {
  ladder.clear();
  byId('detail').hidden = true;
};
byId('asks').onchange = () => byId('steps').classList.toggle('silent', !byId('asks').checked);
setInterval(() => {
  for (const one of cards.values()) one.tick();
}, 1000);
addEventListener('pagehide', () => session.leave());

connect();
