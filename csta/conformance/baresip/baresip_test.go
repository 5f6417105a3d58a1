package baresip

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNetstrings(t *testing.T) {
	for text, want := range map[string]string{"2:{},": "{}", "0:,": "", "5:a": "", "-1:,": "", "9999999:x": ""} {
		got, err := readNetstring(bufio.NewReader(strings.NewReader(text)))
		if want == "" && text != "0:," {
			assert.Error(t, err, text)
			continue
		}
		require.NoError(t, err, text)
		assert.Equal(t, want, string(got))
	}
}

func netstring(text string) string { return fmt.Sprintf("%d:%s,", len(text), text) }

// What the phone says moves its one call on, and wakes who waits for it.
func TestEvents(t *testing.T) {
	ours, theirs := net.Pipe()
	p := &Phone{control: ours, changed: make(chan struct{}), answers: make(map[string]answer)}
	go p.read()
	say := func(text string) {
		_, err := theirs.Write([]byte(text))
		require.NoError(t, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	say(netstring(`{"event":true,"type":"CALL_INCOMING","param":"x"}`))
	c, err := p.WaitIncoming(ctx)
	require.NoError(t, err)
	assert.Equal(t, "incoming", c.state.String())
	say(netstring(`{"event":true,"type":"CALL_ESTABLISHED"}`))
	require.NoError(t, c.WaitConnected(ctx))
	say(netstring(`{"event":true,"type":"CALL_CLOSED"}`))
	require.NoError(t, c.WaitEnded(ctx))
	assert.True(t, c.Over())
	assert.ErrorIs(t, c.WaitConnected(ctx), errOver)
	require.NoError(t, theirs.Close())
	_, err = p.WaitIncoming(ctx)
	assert.ErrorContains(t, err, "control port")
}
