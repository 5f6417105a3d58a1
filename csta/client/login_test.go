package client

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// next takes a frame of the client.
func (f *far) next() (invoke uint16, m ecma.Message) {
	f.t.Helper()
	frame, err := f.r.Next()
	require.NoError(f.t, err)
	m, _, err = ecma.Decode(frame.Body)
	require.NoError(f.t, err)
	return frame.Invoke, m
}

func (f *far) answer(invoke uint16, m ecma.Message) {
	f.t.Helper()
	b, err := wire.Append(nil, invoke, ecma.Append(nil, ecma.Edition4, m))
	require.NoError(f.t, err)
	_, err = f.Write(b)
	require.NoError(f.t, err)
}

func TestLogIn(t *testing.T) {
	c, f := connect(t, Options{})
	result := make(chan error, 1)
	logIn := func() { result <- c.LogIn(context.Background(), Login{User: "crm", Password: "p<ss"}) }
	go logIn()
	invoke, m := f.next()
	start := m.(*ecma.StartApplicationSession)
	assert.Equal(t, ecma.SessionLogin{User: "crm", Password: "p<ss", CleanupDelay: ecma.IntOf(0)}, start.Login, "it ends with the connection")
	assert.Equal(t, []string{ed4}, start.ProtocolVersions)
	f.answer(invoke, &ecma.StartApplicationSessionNegResponse{Error: ecma.SessionReason{Defined: ecma.SessionInvalidApplicationInfo}})
	var refused *LoginError
	err := <-result
	require.True(t, errors.As(err, &refused))
	assert.Equal(t, ecma.SessionInvalidApplicationInfo, refused.Reason.Defined)
	assert.False(t, strings.Contains(err.Error(), "p<ss"))

	go logIn()
	invoke, _ = f.next()
	f.answer(invoke, &ecma.StartApplicationSessionPosResponse{SessionID: "s1", ProtocolVersion: ed4, Duration: ecma.IntOf(1)})
	require.NoError(t, <-result)
	invoke, m = f.next()
	assert.Equal(t, "s1", m.(*ecma.ResetApplicationSessionTimer).SessionID, "it is renewed in time")
	f.answer(invoke, &ecma.ResetApplicationSessionTimerPosResponse{Duration: ecma.IntOf(3600)})
}
