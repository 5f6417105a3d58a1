package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// differs tells whether the switch's list shows more of a leg than its events
// did.
func (l *leg) differs(s *switching.LegState) bool {
	if l.Gone() || l.call == nil {
		return false
	}
	return s.Answered && !l.Answered() && !(l.Confirming() && s.Partner == "") || l.ringsUnheard(s) || l.queueUnheard(s) || l.ownQueueUnheard(s) || l.trunkUnheard(s) ||
		l.holdUnheard(s) || l.retrieveUnheard(s)
}

func (l *leg) ringsUnheard(s *switching.LegState) bool {
	return s.Ringing && !s.Answered && !l.Rings() && l.Info.Direction == switching.Outbound && l.conn == nil &&
		!l.calling && !l.left && !l.Info.Glue && !l.device.IsZero()
}

// queueUnheard: a switch may name the queue that a leg was in last, for as long
// as nobody has taken the call; so only a queue that we never heard of is news.
func (l *leg) queueUnheard(s *switching.LegState) bool {
	return s.Queue != "" && s.Queue != l.queue.name && s.Partner == "" && l.order.making == nil
}

// ownQueueUnheard: the same of a queue of the switch's own, which the list names
// only while the leg is in it.
func (l *leg) ownQueueUnheard(s *switching.LegState) bool {
	return s.OwnQueue != "" && (l.queue.own == nil || l.queue.own.name != s.OwnQueue) && s.Partner == "" && l.order.making == nil
}

func (l *leg) trunkUnheard(s *switching.LegState) bool {
	return s.TrunkIn != "" && l.conn == nil && l.device.IsZero() && !l.left && l.Info.Direction == switching.Inbound
}

// lost: its device has no part in any call any more, and yet it talks or waits.
func (l *leg) lost(s *switching.LegState) bool {
	return s.Answered && l.Answered() && (l.conn == nil || l.conn.State() == ecma.StateNull) && l.call != nil && !l.Gone() && !l.Info.Glue && !l.device.IsZero() &&
		l.order.making == nil && l.order.predicted == nil && l.consult == nil && l.call.conference == "" && l.routing == nil
}

// settledHold tells whether nothing is under way that holds or retrieves, and
// the connection is the leg's alone: of a device that calls itself one leg may be
// held and the other not.
func (l *leg) settledHold() bool {
	return l.conn != nil && l.consult == nil && !l.duo.busy() && !l.duo.awaitsHold(l) && sharing(l) == nil && l.hold.holding == nil && l.hold.retrieving == nil && !l.Unheld()
}

func (l *leg) holdUnheard(s *switching.LegState) bool {
	return s.Held && l.settledHold() && l.conn.State() == ecma.StateConnected
}

func (l *leg) retrieveUnheard(s *switching.LegState) bool {
	return !s.Held && l.settledHold() && l.conn.State() == ecma.StateHold
}
