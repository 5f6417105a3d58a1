// A CSTA session over WebSocket: requests and their answers, what the server asks, events.

// kept is how many seconds the switch keeps the session of a page that has lost its
// connection.
const kept = 60;

const identity = 'http://www.ecma-international.org/standards/ecma-323/csta/ed6';

// Refused is the negative answer to a request.
export class Refused extends Error {
  constructor(request, content) {
    const [category, value] = Object.entries(content.errorCode ?? content)[0] ?? [];
    super(`${request} is refused: ${typeof value === 'string' ? value : category}`);
    this.value = value;
  }
}

export class Session {
  #waiting = new Map();
  #last = 0;
  #lease = 0;

  // told has: opened(), closed(reason), event(name, content, frame), asked(name, content),
  // and frame(sent, frame) for requests that are to be shown and their answers.
  constructor(url, told) {
    this.told = told;
    this.socket = new WebSocket(url);
    this.socket.onopen = () => told.opened();
    this.socket.onmessage = (message) => this.#receive(JSON.parse(message.data));
    this.socket.onclose = (end) => {
      clearInterval(this.#lease);
      for (const { fail } of this.#waiting.values()) fail(new Error('the connection has ended'));
      this.#waiting.clear();
      told.closed(end.reason || (end.code === 1001 ? 'the server has ended the session' : 'no connection'));
    };
  }

  close() {
    this.socket.close();
  }

  // leave ends the application session, too, for a page that goes: one that is loaded anew
  // begins anew.
  leave() {
    if (this.id === undefined || this.socket.readyState !== WebSocket.OPEN) return;
    this.request('StopApplicationSession', { sessionID: this.id, sessionEndReason: { definedEndReason: 'normal' } }).catch(() => {});
    this.id = undefined;
  }

  // request resolves with what is in the answer. shown has it told by frame.
  request(name, content, shown = false) {
    const invokeID = (this.#last = (this.#last % 8999) + 1);
    const frame = { invokeID, [name]: content };
    this.socket.send(JSON.stringify(frame));
    if (shown) this.told.frame(true, frame);
    return new Promise((done, fail) => this.#waiting.set(invokeID, { name, shown, done, fail }));
  }

  // id is that of the application session; undefined before there is one.
  id;

  // logIn opens an application session (ECMA-354), and renews it. Without credentials it
  // is opened for whoever the switch takes the page for. old is the ID of the one that the
  // page had before its connection broke, and wants back with its monitors and all that
  // has happened since.
  async logIn(credentials, old) {
    const login = { sessionCleanupDelay: kept };
    if (credentials) [login.userName, login.password] = credentials;
    if (old) login.sessionID = old;
    const { sessionID, actualSessionDuration } = await this.request('StartApplicationSession', {
      applicationInfo: { applicationID: 'page', applicationSpecificInfo: { SessionLoginInfo: login } },
      requestedProtocolVersions: { protocolVersion: [identity] },
      requestedSessionDuration: 3600,
    });
    this.id = sessionID;
    clearInterval(this.#lease);
    this.#lease = setInterval(() => {
      this.request('ResetApplicationSessionTimer', { sessionID, requestedSessionDuration: 3600 }).catch(() => {});
    }, actualSessionDuration * 500);
  }

  #receive(frame) {
    const { invokeID, ...message } = frame;
    const [name, content] = Object.entries(message)[0];
    if (name.endsWith('Event')) {
      this.told.event(name, content, frame);
      return;
    }
    const request = this.#waiting.get(invokeID);
    if (request && (name === 'CSTAErrorCode' || name.endsWith('Response'))) {
      this.#waiting.delete(invokeID);
      if (request.shown) this.told.frame(false, frame);
      if (name === 'CSTAErrorCode' || name.endsWith('NegResponse')) request.fail(new Refused(request.name, content));
      else request.done(content);
      return;
    }
    if (name === 'SystemStatus' || name === 'SwFunctionDevicesChanged') {
      this.socket.send(JSON.stringify({ invokeID, [`${name}Response`]: {} }));
    }
    this.told.asked(name, content);
  }
}
