package lifecycle

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
)

// A page's WebSocket in the switch: which pages may is the configuration's, also after a
// reload under the open session, what happens is told in JSON, and its end as well.
func TestBrowsersInTheSwitch(t *testing.T) {
	address := freePort(t)
	const home = "https://phones.example"
	s := start(t, freeswitch.Options{Parameters: map[string]string{"ws-listen": address, "ws-origins": home}})
	dial := func(origin string) (*websocket.Conn, *http.Response, error) {
		return websocket.Dial(within(t), "ws://"+address+"/csta", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
	}
	ws, _, err := dial(home)
	require.NoError(t, err)
	defer func() { _ = ws.CloseNow() }()
	next := func(name string) {
		t.Helper()
		_, text, err := ws.Read(within(t))
		require.NoError(t, err)
		var frame map[string]any
		require.NoError(t, json.Unmarshal(text, &frame))
		require.Contains(t, frame, name, "%s", text)
	}
	require.NoError(t, ws.Write(within(t), websocket.MessageText, []byte(`{"invokeID":1,"MonitorStart":{"monitorObject":{"deviceObject":{"number":"029500","typeOfNumber":"deviceNumber"}}}}`)))
	next("MonitorStartResponse")
	assert.Contains(t, do(t, s, "csta sessions"), "WebSocket")
	assert.Contains(t, do(t, s, "csta status"), address+" by WebSocket")

	const other = "https://board.example"
	_, response, err := dial(other)
	require.Error(t, err)
	require.Equal(t, http.StatusForbidden, response.StatusCode)
	logged(t, s, `pages of the origin "https://board.example" may not (ws-origins)`)
	_, err = http.Get("http://" + address + "/about.json")
	require.NoError(t, err)
	require.NoError(t, s.SetParameters(map[string]string{"ws-listen": address, "ws-origins": home + "," + other, "ws-page": "1"}))
	require.Contains(t, do(t, s, "csta reload"), "+OK")
	second, _, err := dial(other)
	require.NoError(t, err)
	require.NoError(t, second.Close(websocket.StatusNormalClosure, ""))
	response, err = http.Get("http://" + address + "/")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)

	callQueue(t, s)
	next("QueuedEvent")
	require.Contains(t, do(t, s, "unload -f mod_csta_socket"), "+OK")
	for err == nil {
		_, _, err = ws.Read(within(t))
	}
	assert.Equal(t, websocket.StatusGoingAway, websocket.CloseStatus(err))
}
