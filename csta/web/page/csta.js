// Shows the frames of a session, and sends what one writes. Texts of others are never
// made into elements.
const byId = (id) => document.getElementById(id);
const ws = new WebSocket(location.origin.replace(/^http/, 'ws') + '/csta');

function show(text, how) {
  const line = document.createElement('li');
  line.className = how;
  line.textContent = text;
  byId('frames').prepend(line);
}

ws.onopen = () => { byId('state').textContent = 'connected'; };
ws.onclose = (end) => { byId('state').textContent = `closed: ${end.code} ${end.reason}`; };
ws.onmessage = (message) => {
  show(message.data, 'received');
  const { invokeID, ...frame } = JSON.parse(message.data);
  if (frame.SystemStatus) ws.send(JSON.stringify({ invokeID, SystemStatusResponse: {} }));
};
byId('say').onsubmit = (submit) => {
  submit.preventDefault();
  ws.send(byId('frame').value);
  show(byId('frame').value, 'sent');
};
