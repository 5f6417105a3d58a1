package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// trunks are the rules for network interfaces, which stand for outside parties.
type trunks struct {
	*switchboard
	roster *roster
}

// trunkEntered: a call came in by a network interface, which stands for the
// outside caller.
func (t *trunks) trunkEntered(l *leg, name string) {
	own, tenant := t.nameOf(name)
	id := ecma.NetworkInterface(own)
	cl := l.call
	if l.conn != nil || l.Info.Device != "" {
		// A subscriber's leg may have no part in its call any more.
		t.log.Warn("csta_trigger_trunk_inbound: the caller is known already", "call", cl.ID, "device", l.device.Number, "network interface", name)
		return
	}
	if l.Info.Direction != switching.Inbound {
		t.log.Warn("csta_trigger_trunk_inbound: not an inbound call", "call", cl.ID, "network interface", name)
		return
	}
	t.belongsTo(cl, tenant)
	l.device = id
	t.roster.saw(id)
	cl.AssociatedCalling = id
	cl.NetworkCalling = dialled(l.Info.Caller, "")
	cl.NetworkCalled = dialled(l.Info.Dialled, "")
	l.conn = t.model.Connect(cl.Call, id.Party(l.outside.number), ecma.StateNull, l.ID)
	t.model.Initiate(l.conn, ecma.CauseNewCall)
}

// leavesByTrunk notes the network interface and the number called behind it, for
// the events that follow. A call that came from the network keeps the number
// that it called there.
func (t *trunks) leavesByTrunk(l *leg) {
	cl := l.call
	if l.outside.party.IsZero() {
		return
	}
	t.roster.saw(l.device)
	cl.AssociatedCalled = l.device
	if cl.AssociatedCalling.IsZero() {
		cl.NetworkCalled = l.outside.party
	}
}

// networkReached: an outbound call reached the network behind a network
// interface (ECMA-269 17.2.12), which stands for the outside party.
func (t *trunks) networkReached(l *leg) {
	cl := l.call
	t.leavesByTrunk(l)
	if shared := t.partOf(cl, l); shared != nil {
		l.conn = shared
		return
	}
	l.conn = t.model.Connect(cl.Call, l.device.Party(l.outside.number), ecma.StateConnected, l.ID)
	if l.conn.DeviceID() != l.device {
		t.noteDown(l)
	}
	t.model.ReachNetwork(l.conn, cl.cause)
}

// trunkRings: the network reports that the outside party rings. The network
// interface's connection stays connected.
func (t *trunks) trunkRings(l *leg) {
	if l.outside.party.IsZero() || l.outside.rang {
		return
	}
	l.outside.rang = true
	t.model.DeliverBehind(l.conn, l.outside.party, l.progressCause())
}
