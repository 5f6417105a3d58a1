package telephone

import (
	"fmt"
	"slices"
	"strconv"
)

// Names of what phones tell, as recordings write them.
var (
	kindNames  = [...]string{"", Up: "Up", Down: "Down", Dialling: "Dialling", Ringing: "Ringing", Talking: "Talking", Cleared: "Cleared", Failed: "Failed", DoNotDisturb: "DoNotDisturb", Forwarding: "Forwarding", FeaturesAsked: "FeaturesAsked"}
	stateNames = [...]string{Other: "other", Alerting: "alerting", Connected: "connected", Holding: "holding"}
)

func (k Kind) MarshalText() ([]byte, error)  { return nameOf(k, kindNames[:]) }
func (s State) MarshalText() ([]byte, error) { return nameOf(s, stateNames[:]) }

func (k *Kind) UnmarshalText(text []byte) error  { return named(k, text, kindNames[:]) }
func (s *State) UnmarshalText(text []byte) error { return named(s, text, stateNames[:]) }

// nameOf is a value's name; one without a name is its number.
func nameOf[T ~uint8](v T, names []string) ([]byte, error) {
	if int(v) >= len(names) {
		return strconv.AppendUint(nil, uint64(v), 10), nil
	}
	return []byte(names[v]), nil
}

func named[T ~uint8](v *T, text []byte, names []string) error {
	if i := slices.Index(names, string(text)); i >= 0 {
		*v = T(i)
		return nil
	}
	n, err := strconv.ParseUint(string(text), 10, 8)
	if err != nil {
		return fmt.Errorf("%T has no value %.40q", *v, text)
	}
	*v = T(n)
	return nil
}
