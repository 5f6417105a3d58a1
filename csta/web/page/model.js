// What the page knows of the switch: devices and the calls they are in, by the events of
// their monitors.

// numberOf is the device in an element that names one; '' if it names none.
export function numberOf(element) {
  if (!element) return '';
  if (typeof element === 'string') return element;
  if (element.number !== undefined) return element.number;
  const inner = element.deviceIdentifier ?? element.numberDialed ?? element.deviceID;
  return inner ? numberOf(inner) : '';
}

// connectionOf is the first connection that an event names.
export const connectionOf = (content) =>
  Object.values(content).find((value) => value && typeof value === 'object' && 'callID' in value);

// states are those that an event puts its connection into; null: it is gone.
const states = {
  ServiceInitiatedEvent: 'initiated', OriginatedEvent: 'connected', DeliveredEvent: 'alerting', OfferedEvent: 'alerting',
  EstablishedEvent: 'connected', QueuedEvent: 'queued', HeldEvent: 'hold', RetrievedEvent: 'connected', FailedEvent: 'fail',
  NetworkReachedEvent: 'connected', ConnectionClearedEvent: null, DivertedEvent: null,
};

export class Model {
  // devices are by number, calls by callID, monitors by their cross references.
  devices = new Map();
  calls = new Map();
  monitors = new Map();

  // add makes a device known. kind is its category.
  add(identifier, kind) {
    const known = this.devices.get(identifier.number);
    if (known) return known;
    const device = { number: identifier.number, identifier, kind, calls: new Map(), busy: false, away: '', inService: true };
    this.devices.set(device.number, device);
    return device;
  }

  // name is what a device is called on the page: queues and trunks say what they are.
  name(number) {
    const kind = { acd: 'queue', networkInterface: 'trunk' }[this.devices.get(number)?.kind];
    return kind ? `${kind} ${number.slice(2)}` : number;
  }

  #call(callID) {
    if (!this.calls.has(callID)) this.calls.set(callID, { parties: new Map(), calling: '', called: '' });
    return this.calls.get(callID);
  }

  // set puts a device's connection in a call into a state.
  set(device, callID, state) {
    if (!state || state === 'null') {
      device.calls.delete(callID);
      return;
    }
    const now = device.calls.get(callID);
    if (now?.state !== state) device.calls.set(callID, { state, since: Date.now() });
  }

  // apply takes an event, and returns the devices whose cards have changed: those of the
  // call's parties, too, who see who else is there.
  apply(name, content) {
    const device = this.monitors.get(content.monitorCrossRefID);
    if (!device) return [];
    switch (name) {
      case 'DoNotDisturbEvent':
        device.busy = content.doNotDisturbOn;
        return [device];
      case 'ForwardingEvent':
        if (content.forwardingType === 'forwardImmediate') device.away = content.forwardStatus ? numberOf(content.forwardTo) : '';
        return [device];
      case 'OutOfServiceEvent':
      case 'BackInServiceEvent':
        device.inService = name === 'BackInServiceEvent';
        return [device];
    }
    const connection = connectionOf(content);
    if (!connection) return [];
    const list = (content.transferredConnections ?? content.conferenceConnections)?.connectionListItem;
    if (list) this.#join(device, content, list);
    else this.#step(device, name, content, connection);
    const concerned = new Set([device]);
    for (const other of this.devices.values()) if (other.calls.size > 0) concerned.add(other);
    return [...concerned];
  }

  // #step is an event of one connection.
  #step(device, name, content, connection) {
    const call = this.#call(connection.callID);
    call.calling = numberOf(content.callingDevice) || call.calling;
    call.called = numberOf(content.calledDevice) || call.called;
    const party = numberOf(connection.deviceID);
    if (states[name] === null) call.parties.delete(party);
    else if (states[name] && party) call.parties.set(party, states[name]);
    if (name === 'OriginatedEvent' && !call.called) call.called = numberOf(content.calledDevice);
    if (content.localConnectionInfo) this.set(device, connection.callID, content.localConnectionInfo);
    if (name === 'CallClearedEvent') this.calls.delete(connection.callID);
  }

  // #join is a transfer, or a conference: two calls are one now.
  #join(device, content, list) {
    for (const old of [content.primaryOldCall, content.secondaryOldCall]) if (old) device.calls.delete(old.callID);
    const mine = list.find((item) => numberOf(item.newConnection?.deviceID) === device.number);
    const parties = new Map();
    for (const item of list) if (item.newConnection) parties.set(numberOf(item.newConnection.deviceID) || numberOf(item.endpoint), 'connected');
    const callID = list.find((item) => item.newConnection)?.newConnection.callID;
    if (callID) Object.assign(this.#call(callID), { parties });
    if (mine) this.set(device, mine.newConnection.callID, content.localConnectionInfo);
  }

  // snapshot takes what a device's calls are when the page comes.
  snapshot(device, items = []) {
    for (const item of items) {
      const own = item.localCallState?.compoundCallState?.localConnectionState?.[0];
      const { callID } = item.connectionIdentifier;
      this.set(device, callID, own);
      if (own) this.#call(callID).parties.set(device.number, own);
    }
  }

  // far is the state of all others in a device's call; '' if they have several, or if
  // nobody else is known.
  far(device, callID) {
    const parties = [...this.calls.get(callID)?.parties ?? []].filter(([number]) => number !== device.number);
    const states = new Set(parties.map(([, state]) => state));
    return states.size === 1 ? [...states][0] : '';
  }

  // others are who else is in a device's call, in words.
  others(device, callID) {
    const call = this.calls.get(callID);
    if (!call) return '';
    const parties = [...call.parties.keys()].filter((number) => number !== device.number && number !== '');
    if (parties.length > 0) return parties.map((number) => this.name(number)).join(', ');
    return this.name(call.calling === device.number ? call.called : call.calling);
  }
}
