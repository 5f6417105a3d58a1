package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
)

// transferredItems are the connections of the call that a single step transfer
// leaves: the remaining party and the new one.
func transferredItems(remaining *leg, cl *model.Call, to ecma.DeviceID) []ecma.ConnectionListItem {
	items := []ecma.ConnectionListItem{}
	if remaining.conn != nil {
		items = append(items, listItem(remaining.conn.ID(), remaining.conn.ID(), remaining))
		if remaining.conn.Device.ID == to {
			return items
		}
	}
	return append(items, ecma.ConnectionListItem{
		NewConnection: cl.Connection(to),
		Endpoint:      ecma.Device(to),
	})
}

// listItem is one party in a connection list; an outside party names its
// network interface (ECMA-269 12.2.9).
func listItem(now, old ecma.ConnectionID, l *leg) ecma.ConnectionListItem {
	item := ecma.ConnectionListItem{NewConnection: now, OldConnection: old, Endpoint: ecma.Device(l.alerting())}
	if now.Device.Type == ecma.DeviceNumber {
		nid, _ := now.Device.Interface()
		item.AssociatedNID = ecma.Device(nid)
	}
	return item
}

// queuedItems are the connections of the call that a transfer into a queue leaves:
// the party transferred and the queue, whose connection comes into its call.
func queuedItems(party *leg, queue *model.Connection) []ecma.ConnectionListItem {
	return []ecma.ConnectionListItem{
		listItem(party.conn.ID(), party.conn.ID(), party),
		{
			NewConnection: party.conn.Call.Connection(queue.Device.ID),
			OldConnection: queue.ID(),
			Endpoint:      ecma.Device(queue.Device.ID),
		},
	}
}

// transferEvent is the Transferred of a device that leaves its two connections
// (ECMA-269 17.2.18); one is the call that is left.
func transferEvent(one *call, primary, secondary *model.Connection, to ecma.DeviceID, items []ecma.ConnectionListItem) *ecma.TransferedEvent {
	return &ecma.TransferedEvent{
		PrimaryOldCall:         primary.ID(),
		SecondaryOldCall:       secondary.ID(),
		TransferringDevice:     ecma.Device(primary.Device.ID),
		TransferredToDevice:    ecma.Device(to),
		TransferredConnections: items,
		UserData:               one.User,
		Cause:                  ecma.CauseTransfer,
	}
}

// event is the Conferenced of a device whose two connections become one (ECMA-269
// 17.2.3).
func (x *twoCalls) conferenceEvent(items []ecma.ConnectionListItem) *ecma.ConferencedEvent {
	return &ecma.ConferencedEvent{
		PrimaryOldCall:        x.held.conn.ID(),
		SecondaryOldCall:      x.active.conn.ID(),
		ConferencingDevice:    ecma.Device(x.held.conn.Device.ID),
		AddedParty:            ecma.Device(x.second.alerting()),
		ConferenceConnections: items,
		UserData:              x.held.call.User,
		Cause:                 ecma.CauseConference,
	}
}
