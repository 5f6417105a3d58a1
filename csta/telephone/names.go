package telephone

import "mod_csta_socket/csta/named"

// Names of what phones tell, as recordings write them.
var (
	kindNames  = [...]string{"", Up: "Up", Down: "Down", Dialling: "Dialling", Ringing: "Ringing", Talking: "Talking", Cleared: "Cleared", Failed: "Failed", DoNotDisturb: "DoNotDisturb", Forwarding: "Forwarding", FeaturesAsked: "FeaturesAsked"}
	stateNames = [...]string{Other: "other", Alerting: "alerting", Connected: "connected", Holding: "holding"}
)

func (k Kind) MarshalText() ([]byte, error)  { return named.Text(k, kindNames[:]) }
func (s State) MarshalText() ([]byte, error) { return named.Text(s, stateNames[:]) }

func (k *Kind) UnmarshalText(text []byte) error  { return named.Read(k, text, kindNames[:]) }
func (s *State) UnmarshalText(text []byte) error { return named.Read(s, text, stateNames[:]) }
