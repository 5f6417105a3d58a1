package measure

// Outcomes counts the answers that requests got, by service. The zero value is
// ready. Names are those of the registry of services, never text of a client, so
// that the map stays small.
type Outcomes map[string]*Outcome

// Outcome is what became of one service's requests.
type Outcome struct {
	// OK counts positive answers, Failed the negative ones by category (the
	// child of CSTAErrorCode, ECMA-323 error-value).
	OK     uint64
	Failed map[string]uint64
}

// Failures is the number of negative answers.
func (o *Outcome) Failures() uint64 {
	var n uint64
	for _, failed := range o.Failed {
		n += failed
	}
	return n
}

// Count counts one answer; an empty category stands for a positive one.
func (o *Outcomes) Count(service, category string) { o.add(service, category, 1) }

func (o *Outcomes) add(service, category string, n uint64) {
	if *o == nil {
		*o = Outcomes{}
	}
	one := (*o)[service]
	if one == nil {
		one = &Outcome{}
		(*o)[service] = one
	}
	if category == "" {
		one.OK += n
		return
	}
	if one.Failed == nil {
		one.Failed = map[string]uint64{}
	}
	one.Failed[category] += n
}

// Add adds another's counts.
func (o *Outcomes) Add(other Outcomes) {
	for service, one := range other {
		o.add(service, "", one.OK)
		for category, n := range one.Failed {
			o.add(service, category, n)
		}
	}
}

// Clone is a copy that shares nothing.
func (o Outcomes) Clone() Outcomes {
	var c Outcomes
	c.Add(o)
	return c
}

// Totals are the numbers of positive and negative answers of all services.
func (o Outcomes) Totals() (ok, failed uint64) {
	for _, one := range o {
		ok += one.OK
		failed += one.Failures()
	}
	return ok, failed
}
