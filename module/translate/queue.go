package translate

import (
	"strings"

	"mod_csta_socket/csta/switching"
)

// OwnQueue is the queue that an application of FreeSWITCH with this argument lets
// its leg wait in: callcenter <queue>, fifo <fifo>[!<importance>] in …; "" for all
// others, for an agent's part (fifo … out), and for a name that no device could
// have.
func OwnQueue(application, argument string) string {
	fields := strings.Fields(argument)
	name := ""
	switch {
	case application == "callcenter" && len(fields) > 0:
		name = fields[0]
	case application == "fifo" && len(fields) > 1 && strings.EqualFold(fields[1], "in"):
		name, _, _ = strings.Cut(fields[0], "!")
	}
	if !switching.ValidDevice(name) {
		return ""
	}
	return name
}

// ownQueue is the event of an application that begins or ends.
func ownQueue(r *Record, name string) switching.Event {
	e := event(r, switching.OwnQueueEntered)
	e.Name, e.Data = name, r.Get(DestinationNumber)
	if r.Type == ChannelExecuteComplete {
		e.Kind, e.Data = switching.OwnQueueLeft, ""
	}
	return e
}
