package engine

import (
	"sort"

	"mod_csta_socket/csta/switching"
)

// mend applies, to the legs named, the difference between the switch's list and
// ours as the events that were missed.
func (cp *comparison) mend(list []switching.LegState, wrong map[string]uint64) {
	sort.SliceStable(list, func(i, j int) bool { return list[i].Created < list[j].Created })
	listed := make(map[string]*switching.LegState, len(list))
	for i := range list {
		listed[list[i].Leg] = &list[i]
	}
	var gone []string
	for id := range wrong {
		if listed[id] == nil && cp.legs[id] != nil {
			gone = append(gone, id)
		}
	}
	sort.Strings(gone)
	for _, id := range gone {
		cp.forget(id)
	}
	a := newAdoption(cp, list, listed)
	a.adoptAll(list, wrong)
	cp.rejoin(list, wrong)
	a.restore()
	for i := range list {
		s := &list[i]
		l := cp.legs[s.Leg]
		if _, is := wrong[s.Leg]; !is || l == nil {
			continue
		}
		if l.holdUnheard(s) {
			cp.rules.switchEvent(&switching.Event{Kind: switching.LegHeld, Leg: s.Leg})
		} else if l.retrieveUnheard(s) {
			cp.rules.switchEvent(&switching.Event{Kind: switching.LegUnheld, Leg: s.Leg})
		}
	}
}

// rejoin makes the pairs of the list those of the model. Pairs of one call come
// first, so that it shows who is left behind in a call, and is taken out of it
// before it is joined with somebody of another one: to make one call of two is
// right only if all in it have to do with each other.
func (cp *comparison) rejoin(list []switching.LegState, wrong map[string]uint64) {
	for _, sameCall := range [...]bool{true, false} {
		for i := range list {
			s := &list[i]
			l, o := cp.legs[s.Leg], cp.legs[s.Partner]
			if l == nil || o == nil || (l.call == o.call) != sameCall {
				continue
			}
			_, is := wrong[s.Leg]
			if is || cp.bridgeUnheard(l, s) || sameCall && l.Bridge.Partner != s.Partner && l.Seen <= cp.begun {
				cp.rules.switchEvent(&switching.Event{Kind: switching.LegsBridged, Leg: s.Leg, Other: s.Partner})
			}
		}
	}
	for i := range list {
		l := cp.legs[list[i].Leg]
		if _, is := wrong[list[i].Leg]; is && l != nil && cp.strays.isStray(l) {
			cp.strays.ownCall(l)
		}
	}
}

// bridgeUnheard: it talks with a leg that we have in another call.
func (cp *comparison) bridgeUnheard(l *leg, s *switching.LegState) bool {
	o := cp.legs[s.Partner]
	return o != nil && l.conn != nil && o.conn != nil && l.call != nil && o.call != nil && l.call != o.call && !l.Info.Glue && !o.Info.Glue &&
		l.consult == nil && o.consult == nil && !l.duo.busy() && !o.duo.busy() && l.Answered() && o.Answered()
}
