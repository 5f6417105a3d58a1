package probe

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serve answers one connection: every request gets what answer makes of its
// root's name.
func serve(t *testing.T, answer func(invoke, name string) []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			invoke, text, err := ReadFrame(conn)
			if err != nil {
				return
			}
			m, err := Parse(text)
			if err != nil {
				return
			}
			if _, err := conn.Write(answer(invoke, m.Name())); err != nil {
				return
			}
		}
	}()
	return l.Addr().String()
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestClient(t *testing.T) {
	event := `<ConnectionClearedEvent><monitorCrossRefID>5</monitorCrossRefID><droppedConnection><callID>c</callID><deviceID typeOfNumber="deviceNumber">029500</deviceID></droppedConnection><releasingDevice><notKnown/></releasingDevice><localConnectionInfo>null</localConnectionInfo><cause>normalClearing</cause></ConnectionClearedEvent>`
	address := serve(t, func(invoke, name string) []byte {
		switch name {
		case "MonitorStart":
			// The event overtakes nothing, but comes in the same packet.
			return append(Frame(invoke, "<MonitorStartResponse><monitorCrossRefID>5</monitorCrossRefID></MonitorStartResponse>"), Frame("9999", event)...)
		case "MakeCall":
			return Frame(invoke, "<CSTAErrorCode><operation>invalidDeviceID</operation></CSTAErrorCode>")
		}
		return Frame(invoke, "<"+name+"Response/>")
	})
	c, err := Dial(within(t), address)
	require.NoError(t, err)
	m, err := c.MonitorStart(within(t), Device{Number: "1000"}, "held")
	require.NoError(t, err)
	e, err := m.Next(within(t))
	require.NoError(t, err)
	assert.Equal(t, Connection{"c", Device{Number: "029500", Type: "deviceNumber"}}, e.Subject)
	assert.Equal(t, Device{Form: "notKnown"}, e.By)
	assert.Equal(t, Device{Form: absent}, e.Calling)
	_, err = c.MakeCall(within(t), Device{Number: "1"}, Device{Number: "2"}, Prompt)
	var refused *RefusedError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "operation/invalidDeviceID", refused.Value)
	require.NoError(t, c.AnswerCall(within(t), Connection{CallID: "c"}))
	log := c.Log()
	require.Len(t, log, 7)
	assert.Contains(t, log[0].Sent, "<held>true</held>")
	require.NoError(t, c.Close())
	assert.ErrorIs(t, c.Err(), net.ErrClosed)
	_, err = m.Next(within(t))
	assert.Error(t, err)
}

func TestServerThatVanishes(t *testing.T) {
	address := serve(t, func(string, string) []byte { return []byte("garbage!") })
	c, err := Dial(within(t), address)
	require.NoError(t, err)
	_, err = c.Do(within(t), "RequestSystemStatus", "")
	assert.ErrorContains(t, err, "not a frame")
	require.NoError(t, c.Close())
}

func TestFrame(t *testing.T) {
	frame := Frame("0001", "<RequestSystemStatus/>")
	invoke, text, err := ReadFrame(strings.NewReader(string(frame)))
	require.NoError(t, err)
	assert.Equal(t, "0001", invoke)
	assert.Equal(t, "<RequestSystemStatus/>", text)
	_, _, err = ReadFrame(strings.NewReader(string(frame[:len(frame)-1])))
	assert.Error(t, err)
}

func TestEscape(t *testing.T) {
	assert.Equal(t, "<a>&lt;&amp;&gt;</a>", Element("a", "<&>"))
	assert.Equal(t, `<d typeOfNumber="deviceNumber">0&lt;</d>`, DeviceElement("d", Device{Number: "0<", Type: "deviceNumber"}))
}
