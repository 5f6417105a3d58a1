package console

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"mod_csta_socket/csta/switching"
)

func TestFeatures(t *testing.T) {
	e := &fakeEngine{features: map[string]switching.Features{"1001": {}}}
	c := &Console{Engine: e, Server: &fakeServer{}}
	for _, step := range []struct{ line, want string }{
		{"dnd 1001 on", "+OK\nsubscriber         1001\ndo not disturb     on\nforwarding         off\nwhen busy          off\nwhen not answered  off\n"},
		{"forward 1001 noanswer 1002 12", "+OK\nsubscriber         1001\ndo not disturb     on\nforwarding         off\nwhen busy          off\nwhen not answered  to 1002 after 12 s\n"},
		{"forward 1001 busy 9500", "+OK\nsubscriber         1001\ndo not disturb     on\nforwarding         off\nwhen busy          to 9500\nwhen not answered  to 1002 after 12 s\n"},
		{"forward 1001", "subscriber         1001\ndo not disturb     on\nforwarding         off\nwhen busy          to 9500\nwhen not answered  to 1002 after 12 s\n"},
		{"forward 1001 busy off", "+OK\nsubscriber         1001\ndo not disturb     on\nforwarding         off\nwhen busy          off\nwhen not answered  to 1002 after 12 s\n"},
		{"forward 1001 off", "+OK\nsubscriber         1001\ndo not disturb     on\nforwarding         off\nwhen busy          off\nwhen not answered  off\n"},
		{"dnd 1001 off", "+OK\nsubscriber         1001\ndo not disturb     off\nforwarding         off\nwhen busy          off\nwhen not answered  off\n"},
		{"forward 1001 immediate 1001", "-ERR calls cannot be forwarded to this number\n"},
		{"dnd 4711\x1b on", "-ERR 4711?: the switch knows no such subscriber\n"},
		{"dnd", "-ERR usage: csta dnd " + dndSyntax + "\n"},
		{"dnd 1001 maybe", "-ERR usage: csta dnd " + dndSyntax + "\n"},
		{"forward", "-ERR usage: csta forward " + forwardSyntax + "\n"},
		{"forward 1001 1002", "-ERR usage: csta forward " + forwardSyntax + "\n"},
		{"forward 1001 sometimes 1002", "-ERR usage: csta forward " + forwardSyntax + "\n"},
		{"forward 1001 busy 1002 12", "-ERR usage: csta forward " + forwardSyntax + "\n"},
		{"forward 1001 noanswer 1002 soon", "-ERR usage: csta forward " + forwardSyntax + "\n"},
		{"forward 1001 busy off 1", "-ERR usage: csta forward " + forwardSyntax + "\n"},
	} {
		assert.Equal(t, step.want, c.Run(context.Background(), step.line), step.line)
	}
	e.features["1001"] = switching.Features{Immediate: switching.Forwarding{Number: "1002"}}
	assert.Contains(t, c.Run(context.Background(), "status 1001"), "forwarding         off, last to 1002\n")
	assert.Contains(t, c.Run(context.Background(), "status 1001"), "\n\n1001 is driven by the switch")
	e.err = errors.New("stopped")
	assert.Contains(t, c.Run(context.Background(), "dnd 1001"), "-ERR the engine does not answer")
}
