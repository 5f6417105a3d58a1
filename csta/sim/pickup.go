package sim

import (
	"fmt"
	"slices"

	"mod_csta_socket/csta/switching"
)

// pickUp gives a leg the call that rings at another one: the caller is answered, what
// rings for it stops, and the two are joined by the caller.
func (s *Switch) pickUp(op switching.PickUp) error {
	l, err := s.answeredLeg(op.Leg)
	if err != nil {
		return err
	}
	caller, err := s.leg(op.Caller)
	if err != nil {
		return err
	}
	ringing, err := s.leg(op.Ringing)
	if err != nil {
		return err
	}
	called := ringing.calledBy != nil && ringing.calledBy.caller == caller
	early := ringing.bridge != nil && ringing.bridge.other(ringing) == caller
	if l == caller || ringing.answered || !called && !early {
		return fmt.Errorf("leg %s does not ring for %s: %w", ringing.id, caller.id, switching.ErrNotPossible)
	}
	s.stopDoing(l)
	s.markAnswered(caller)
	if early {
		caller.bridge, ringing.bridge = nil, nil
		s.hangUp(ringing, switching.CausePickedOff)
	}
	if d := caller.dial; d != nil {
		for _, o := range d.dissolve(s) {
			s.hangUp(o, switching.CausePickedOff)
		}
	}
	s.stopDoing(caller)
	caller.place = placeNone
	s.join(caller, l)
	return nil
}

func (s *Switch) findInGroup(op switching.FindInGroup) (switching.Outcome, error) {
	groups := []string{op.Group}
	if op.Group == "" {
		groups = s.o.PickupGroups[s.o.canonical(op.Device)]
	}
	out := switching.Outcome{Device: switching.DeviceStatus{Known: len(groups) > 0}}
	for _, device := range op.Among {
		if slices.ContainsFunc(s.o.PickupGroups[s.o.canonical(device)], func(g string) bool { return slices.Contains(groups, g) }) {
			out.Device.Device = device
			break
		}
	}
	return out, nil
}
