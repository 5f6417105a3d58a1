// What happens, as a sequence diagram: devices are columns, events arrows between them.
import { connectionOf, numberOf } from './model.js';
import { toXML } from './xml.js';

// courses say from whom an event comes and whom it concerns, by its elements.
const courses = {
  ServiceInitiatedEvent: ['initiatingDevice'],
  OriginatedEvent: ['callingDevice', 'calledDevice'],
  OfferedEvent: ['callingDevice', 'offeredDevice'],
  DeliveredEvent: ['callingDevice', 'alertingDevice'],
  EstablishedEvent: ['answeringDevice', 'callingDevice'],
  ConnectionClearedEvent: ['releasingDevice'],
  FailedEvent: ['failingDevice', 'callingDevice'],
  QueuedEvent: ['callingDevice', 'queue'],
  DivertedEvent: ['divertingDevice', 'newDestination'],
  HeldEvent: ['holdingDevice'],
  RetrievedEvent: ['retrievingDevice'],
  TransferedEvent: ['transferringDevice', 'transferredToDevice'],
  ConferencedEvent: ['conferencingDevice', 'addedParty'],
  NetworkReachedEvent: ['callingDevice', 'networkInterfaceUsed'],
};

const kept = 300;
// Columns share the room that there is, within these.
const narrow = 76;
const wide = 132;
const height = 26;

function svg(name, attributes, text) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

export class Ladder {
  #steps = [];
  #columns = [];

  // head, rows and detail are elements; name is what a device is called above its column.
  constructor(head, rows, detail, name = (number) => number) {
    Object.assign(this, { head, rows, detail, name });
  }

  clear() {
    this.#steps = [];
    this.#columns = [];
    this.draw();
  }

  // event draws an event, unless it stands there already and another monitor tells it.
  event(name, content, frame) {
    const { monitorCrossRefID, localConnectionInfo, ...same } = content;
    const key = name + JSON.stringify(same);
    for (const step of this.#steps.slice(-20)) {
      if (step.key !== key) continue;
      if (step.monitors.includes(monitorCrossRefID)) break;
      step.monitors.push(monitorCrossRefID);
      return;
    }
    const [from, to] = (courses[name] ?? []).map((element) => numberOf(content[element]));
    const subject = numberOf(connectionOf(content)?.deviceID) || numberOf(content.device);
    const start = from || to || subject;
    this.#add({ key, monitors: [monitorCrossRefID], label: name.replace(/Event$/, ''), from: start, to: to || start, frame });
  }

  // frame draws a request of the page, or its answer.
  frame(sent, frame) {
    const [name, content] = Object.entries(frame).find(([key]) => key !== 'invokeID');
    const refused = name === 'CSTAErrorCode' ? `: ${Object.values(content)[0]}` : '';
    this.#add({ label: `${sent ? '→' : '←'} ${name}${refused}`, frame, ask: true, refused: refused !== '' });
  }

  // note draws words that no frame stands behind.
  note(label) {
    this.#add({ label, note: true });
  }

  #add(step) {
    step.at = new Date();
    this.#steps.push(step);
    let redraw = this.#steps.length > kept;
    if (redraw) this.#steps.shift();
    for (const number of [step.from, step.to]) {
      if (number && !this.#columns.includes(number)) {
        this.#columns.push(number);
        redraw = true;
      }
    }
    if (redraw) this.draw();
    else this.#append(step);
  }

  draw() {
    const room = this.rows.clientWidth - 120;
    this.width = Math.round(Math.min(wide, Math.max(narrow, room / Math.max(1, this.#columns.length))));
    this.head.replaceChildren(...this.#columns.map((number) => {
      const column = document.createElement('span');
      column.textContent = this.name(number);
      column.style.width = `${this.width}px`;
      return column;
    }));
    this.rows.replaceChildren();
    for (const step of this.#steps) this.#append(step);
  }

  #append(step) {
    const atEnd = this.rows.scrollHeight - this.rows.scrollTop - this.rows.clientHeight < 60;
    const row = document.createElement('button');
    row.type = 'button';
    row.className = `step${step.ask ? ' ask' : ''}${step.note ? ' told' : ''}${step.refused ? ' refused' : ''}`;
    row.dataset.event = step.label;
    const at = document.createElement('time');
    at.textContent = `${step.at.toTimeString().slice(0, 8)}.${String(step.at.getMilliseconds()).padStart(3, '0')}`;
    row.append(at, step.ask || step.note ? this.#words(step) : this.#arrow(step));
    row.disabled = Boolean(step.note);
    row.onclick = () => {
      for (const other of this.rows.querySelectorAll('.chosen')) other.classList.remove('chosen');
      row.classList.add('chosen');
      this.#show(step.frame);
    };
    this.rows.append(row);
    if (atEnd) this.rows.scrollTop = this.rows.scrollHeight;
  }

  #words(step) {
    const words = document.createElement('span');
    words.className = 'words';
    words.textContent = step.label;
    return words;
  }

  #arrow(step) {
    const x = (number) => (this.#columns.indexOf(number) + 0.5) * this.width;
    const drawing = svg('svg', { width: this.#columns.length * this.width, height });
    for (const number of this.#columns) {
      drawing.append(svg('line', { x1: x(number), y1: 0, x2: x(number), y2: height, class: 'life' }));
    }
    const [from, to, y] = [x(step.from), x(step.to), height - 7];
    if (from === to) {
      drawing.append(svg('circle', { cx: from, cy: y, r: 4, class: 'dot' }));
      const last = from > this.width && from + this.width > this.#columns.length * this.width;
      drawing.append(svg('text', { x: from + (last ? -8 : 8), y: y - 4, class: last ? 'label end' : 'label' }, step.label));
      return drawing;
    }
    const side = Math.sign(to - from);
    drawing.append(svg('line', { x1: from, y1: y, x2: to - side * 5, y2: y, class: 'arrow' }));
    drawing.append(svg('path', { d: `M${to - side} ${y} l${-side * 8} -4 v8 z`, class: 'dot' }));
    drawing.append(svg('text', { x: (from + to) / 2, y: y - 4, class: 'label middle' }, step.label));
    return drawing;
  }

  #show(frame) {
    const documents = [['XML', toXML(frame)], ['JSON', JSON.stringify(frame, null, 2)]];
    this.detail.replaceChildren(...documents.map(([kind, content]) => {
      const figure = document.createElement('figure');
      const caption = document.createElement('figcaption');
      const button = document.createElement('button');
      const pre = document.createElement('pre');
      caption.textContent = kind;
      button.textContent = 'Copy';
      pre.textContent = content;
      pre.dataset.kind = kind;
      button.onclick = async () => { button.textContent = await copied(pre) ? 'Copied' : 'Press Ctrl-C'; };
      caption.append(button);
      figure.append(caption, pre);
      return figure;
    }));
    this.detail.hidden = false;
  }
}

// copied puts an element's text into the clipboard. Browsers let pages do so that came
// safely; else the text is selected, ready to be copied by hand.
async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return false;
  }
}
