// A card for each device: what it is doing, and what can be done with it.

const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

const words = {
  initiated: 'dials', alerting: 'rings', connected: 'talks', hold: 'on hold', queued: 'waits', fail: 'failed',
};

// hears are the words for who is connected to others that all do the same, and for them
// in his call.
const hears = { alerting: ['calls', 'is called'], fail: ['in vain', 'in vain'], queued: ['waits', 'waits'] };

// clock is how long something has been, in minutes and seconds.
const clock = (since) => {
  const seconds = Math.floor((Date.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

export class Card {
  // model says who else is in a call. ways has what the buttons do: act(request, content)
  // asks the switch, which can(service) or cannot; move(telephone, command, argument) does
  // it by hand, if byHand(), where hands() there are.
  constructor(device, model, ways) {
    Object.assign(this, { device, model, ways });
    this.element = make('article', 'card');
    this.element.dataset.device = device.number;
    this.head = make('header');
    this.list = make('ul');
    this.question = make('form', 'question');
    this.question.hidden = true;
    this.element.append(this.head, this.list);
    if (ways.note) this.element.append(make('p', 'note', ways.note));
    if (device.kind === 'station') {
      this.features = this.#features();
      this.element.append(this.#dialling());
    }
    this.element.append(this.question);
    this.draw();
  }

  #dialling() {
    const form = make('form', 'dial');
    const number = make('input');
    number.placeholder = 'number';
    number.setAttribute('aria-label', `number to dial from ${this.device.number}`);
    const button = make('button', '', 'Dial');
    form.append(number, button);
    form.onsubmit = (submit) => {
      submit.preventDefault();
      const called = number.value.trim();
      if (called === '') return number.focus();
      this.#do(['dial', called], 'MakeCall', {
        callingDevice: this.device.identifier, calledDirectoryNumber: { number: called }, autoOriginate: 'doNotPrompt',
      });
    };
    this.number = number;
    return form;
  }

  #features() {
    const row = make('div', 'features');
    this.busy = this.#button('Busy', () => {
      if (this.ways.byHand()) this.device.engaged = !this.device.engaged;
      this.#do([this.device.engaged ? 'busy' : 'free'], 'SetDoNotDisturb', { device: this.device.identifier, doNotDisturbOn: !this.device.busy });
      this.draw();
    });
    this.away = this.#button('Away', () => {
      const set = (content) => this.ways.act('SetForwarding', { device: this.device.identifier, forwardingType: 'forwardImmediate', ...content });
      if (this.ways.byHand()) this.ways.move(this.device.number, this.device.inService ? 'unregister' : 'register');
      else if (this.device.away) set({ activateForward: false });
      else this.#ask('Calls go to', { Forward: (number) => set({ activateForward: true, forwardDN: { number } }) });
    });
    this.busy.title = 'do not disturb; by hand: the phone is busy';
    this.away.title = 'forward all calls; by hand: the phone is unplugged';
    row.append(this.busy, this.away);
    return row;
  }

  #button(text, act) {
    const button = make('button', '', text);
    button.type = 'button';
    button.dataset.act = text;
    button.onclick = act;
    return button;
  }

  // #ask has a number put in, and one of the answers done with it.
  #ask(text, answers) {
    const input = make('input');
    input.setAttribute('aria-label', text);
    const done = (answer) => {
      const value = input.value.trim();
      if (value === '') return input.focus();
      this.question.hidden = true;
      answer(value);
    };
    const buttons = Object.entries(answers).map(([name, answer]) => this.#button(name, () => done(answer)));
    this.question.onsubmit = (submit) => {
      submit.preventDefault();
      done(Object.values(answers)[0]);
    };
    const leave = this.#button('×', () => { this.question.hidden = true; });
    leave.title = 'Not now';
    this.question.replaceChildren(make('span', '', text), input, ...buttons, leave);
    this.question.hidden = false;
    input.focus();
  }

  // #do moves the phone, or asks the switch.
  #do(hand, request, content) {
    if (this.ways.byHand()) this.ways.move(this.device.number, ...hand);
    else this.ways.act(request, content);
  }

  #connection(callID) {
    return { callID, deviceID: this.device.identifier };
  }

  // #words are what a device does in a call, and what is said of the call: with nobody who
  // has answered it does not talk.
  #words(callID, state) {
    const known = words[state] ?? state;
    return (state === 'connected' && hears[this.model.far(this.device, callID)]) || [known, known];
  }

  // draw shows the device as it is now.
  draw() {
    const { device } = this;
    const calls = [...device.calls];
    const own = calls.map(([, call]) => call.state);
    const state = ['fail', 'alerting', 'connected', 'queued', 'initiated', 'hold'].find((one) => own.includes(one));
    const leading = calls.find(([, call]) => call.state === state);
    this.element.dataset.state = state ?? (device.inService ? 'idle' : 'out');
    this.head.replaceChildren(make('h3', '', this.model.name(device.number)), make('span', 'state', leading ? this.#words(leading[0], state)[0] : device.inService ? '' : 'not there'));
    if (device.busy || device.engaged) this.head.append(make('span', 'badge', 'busy'));
    if (device.away) this.head.append(make('span', 'badge', `→ ${device.away}`));
    if (this.features) this.head.append(this.features);
    this.busy?.setAttribute('aria-pressed', Boolean(device.busy || device.engaged));
    this.away?.setAttribute('aria-pressed', Boolean(device.away || !device.inService));
    this.list.replaceChildren(...calls.map(([callID, call]) => this.#call(callID, call, calls)));
  }

  #call(callID, call, calls) {
    const item = make('li');
    const line = make('p');
    const time = make('time', '', clock(call.since));
    time.dataset.since = call.since;
    line.append(make('b', '', this.model.others(this.device, callID) || '…'), ` ${this.#words(callID, call.state)[1]} `, time);
    const buttons = make('div', 'buttons');
    const held = calls.find(([, other]) => other.state === 'hold');
    for (const [text, act] of this.#possible(callID, call, held && held[0] !== callID ? held[0] : null)) {
      buttons.append(this.#button(text, act));
    }
    item.append(line, buttons);
    return item;
  }

  // #possible are the things to do with a call, by its state. heldID is that of a held one
  // beside it.
  #possible(callID, { state }, heldID) {
    const own = this.#connection(callID);
    const both = { heldCall: heldID && this.#connection(heldID), activeCall: own };
    const { act, can, byHand, move } = this.ways;
    const hangUp = ['Hang up', () => this.#do(['hangup'], 'ClearConnection', { connectionToBeCleared: own })];
    const divert = ['Divert', () => this.#ask('Divert to', {
      Divert: (number) => this.#do(['redirect', number], 'DeflectCall', { callToBeDiverted: own, newDestination: { device: [{ number }] } }),
    })];
    if (this.device.kind !== 'station') {
      const clear = ['Hang up', () => act('ClearConnection', { connectionToBeCleared: own })];
      if (this.device.kind !== 'acd') return [clear];
      // A queue that has answered talks to its caller.
      const give = (number) => (state === 'connected' ? act('SingleStepTransferCall', { activeCall: own, transferredTo: { number } })
        : act('DeflectCall', { callToBeDiverted: own, newDestination: { device: [{ number }] } }));
      return [['Give to', () => this.#ask('Give to', { Give: give })], clear];
    }
    switch (state) {
      case 'alerting':
        return [['Lift', () => this.#do(['answer'], 'AnswerCall', { callToBeAnswered: own })], divert, hangUp];
      case 'hold':
        return this.device.calls.size > 1 ? []
          : [['Take back', () => this.#do(['retrieve'], 'RetrieveCall', { callToBeRetrieved: own })], hangUp];
      case 'connected': {
        if (heldID) {
          return [
            ['Transfer', () => this.#do(['attended'], 'TransferCall', both)], ['Conference', () => act('ConferenceCall', both)],
            ['Swap', () => act('AlternateCall', both)], ['Back', () => act('ReconnectCall', both)],
          ];
        }
        const digits = (text) => (byHand() || !can('generateDigits') ? move(this.device.number, 'digits', text)
          : act('GenerateDigits', { connectionToSendDigits: own, charactersToSend: text }));
        const keys = ['Keys', () => this.#ask('Digits', { Press: digits })];
        return [
          ['Hold', () => this.#do(['hold'], 'HoldCall', { callToBeHeld: own })],
          ['Transfer', () => this.#ask('To', {
            Transfer: (number) => this.#do(['transfer', number], 'SingleStepTransferCall', { activeCall: own, transferredTo: { number } }),
            Consult: (number) => act('ConsultationCall', { existingCall: own, consultedDevice: { number } }),
          })],
          ...(can('generateDigits') || this.ways.hands() ? [keys] : []),
          hangUp,
        ];
      }
      default:
        return [hangUp];
    }
  }

  tick() {
    for (const time of this.list.querySelectorAll('time')) time.textContent = clock(Number(time.dataset.since));
  }
}
