package fsswitch

import (
	"fmt"
	"strconv"
	"time"

	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/translate"
)

// listLegs takes a snapshot of the switch and lets the translator forget the
// legs that are gone. Their recordings are over.
func (s *Switch) listLegs() (switching.Outcome, error) {
	begun := time.Now()
	list, err := s.calls.Legs()
	if err != nil {
		return switching.Outcome{}, fmt.Errorf("list legs: %w", err)
	}
	var out switching.Outcome
	// listed are the legs that are still hanging up, too: their recordings may be
	// open.
	alive, listed := map[string]bool{}, map[string]bool{}
	trunkOut := map[string]string{}
	err = translate.Each(list, func(r *translate.Record) {
		uuid := r.Get(translate.UniqueID)
		if uuid == "" {
			return
		}
		listed[uuid] = true
		if r.Get(translate.AnswerState) == "hangup" {
			return
		}
		alive[uuid] = true
		if name := r.Get(translate.VarTrunkOut); name != "" {
			trunkOut[uuid] = name
		}
		out.Legs = append(out.Legs, s.legState(uuid, r))
	})
	if err != nil {
		return switching.Outcome{}, fmt.Errorf("list legs: %w", err)
	}
	// csta_trigger_trunk_outbound marks the calling leg; the leg that it
	// called is the one that leaves by the network interface.
	for i := range out.Legs {
		if info := &out.Legs[i].Info; info.Device == "" && !info.Glue && info.Direction == switching.Outbound {
			out.Legs[i].TrunkOut = trunkOut[info.Originator]
		}
	}
	s.legs.Retain(alive, begun)
	s.recordings.retain(listed, begun)
	return out, nil
}

func (s *Switch) legState(uuid string, r *translate.Record) switching.LegState {
	call := r.Get(translate.CallState)
	leg := switching.LegState{
		Leg:        uuid,
		Info:       s.legs.Identify(r),
		Answered:   r.Get(translate.AnswerState) == "answered",
		Held:       call == "HELD" || s.legs.Held(uuid),
		Partner:    r.Get(translate.Partner),
		TrunkIn:    r.Get(translate.VarTrunkIn),
		Created:    nanoseconds(r.Get(translate.CreatedTime)),
		AnsweredAt: nanoseconds(r.Get(translate.AnsweredTime)),
	}
	leg.Ringing = !leg.Answered && (call == "RINGING" || call == "EARLY")
	leg.Note = r.Get(translate.VarNote)
	// The variable stays when the leg goes on to somebody, or elsewhere.
	if leg.Partner == "" && r.Get(translate.VarQueueSource) == r.Get(translate.TransferSource) {
		leg.Queue = r.Get(translate.VarQueue)
	}
	if leg.Partner == "" {
		leg.OwnQueue = translate.OwnQueue(r.Get(translate.VarCurrentApplication), r.Get(translate.VarCurrentData))
	}
	return leg
}

// nanoseconds reads a time of the switch, in microseconds; 0 if there is none.
func nanoseconds(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n * int64(time.Microsecond)
}
