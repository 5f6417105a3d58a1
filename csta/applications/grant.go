package applications

import (
	"encoding/json"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/rights"
	"mod_csta_socket/csta/switching"
)

// Grant is what somebody may do. A Grant is not changed once it is in use. None (nil) is
// that no applications are configured, and everybody may do everything.
type Grant struct {
	// Application is who has it; "" is who has not said who he is, and has nothing.
	Application string
	// Tenant is whose numbers he names without a domain.
	Tenant  Tenant
	Rights  rights.Rights
	Devices Scope
	// Dial are the numbers that he may have called, beside those of the switch's own
	// subscribers.
	Dial Dial
	// Addresses are the trunk addresses that he may have called past the dialplan,
	// among those that the site allows.
	Addresses switching.Trunks
	Limits    Limits
}

// Limits bound what all sessions of one application do. 0 is no limit of its own.
type Limits struct {
	// Monitors are those that are active, Calls those that it has begun and that are up.
	Monitors int `json:"monitors,omitzero"`
	Calls    int `json:"calls,omitzero"`
	// CallsPerSecond are those that it begins.
	CallsPerSecond int `json:"callsPerSecond,omitzero"`
}

// Nobody is what a session has that has not said who it is, where there are
// applications.
var Nobody = &Grant{}

// Named tells whether it is somebody's.
func (g *Grant) Named() bool { return g == nil || g.Application != "" }

// Allows tells whether he may ask for what one of these rights suffices for.
func (g *Grant) Allows(needs rights.Rights) bool { return g == nil || g.Rights.Allow(needs) }

// Speaks is the tenant in whose numbers he names devices; "" if he names them as they are.
func (g *Grant) Speaks() Tenant {
	if g == nil {
		return ""
	}
	return g.Tenant
}

// Sees tells whether he may know of a device.
func (g *Grant) Sees(d ecma.DeviceID) bool { return g == nil || g.Devices.Has(d) }

// Names tells whether the grant has a device by what is said of its number (Scope.Names).
func (g *Grant) Names(d ecma.DeviceID) bool { return g == nil || g.Devices.Names(d) }

// grantText is a grant as text.
type grantText struct {
	Application string   `json:"application,omitzero"`
	Tenant      Tenant   `json:"tenant,omitzero"`
	Rights      []string `json:"rights,omitempty"`
	Devices     string   `json:"devices,omitzero"`
	Dial        string   `json:"dial,omitzero"`
	Addresses   string   `json:"addresses,omitzero"`
	Limits      Limits   `json:"limits,omitzero"`
}

// MarshalJSON is the grant as a recording has it.
func (g *Grant) MarshalJSON() ([]byte, error) {
	text := grantText{
		Application: g.Application, Tenant: g.Tenant, Devices: g.Devices.String(),
		Dial: g.Dial.String(), Addresses: g.Addresses.String(), Limits: g.Limits,
	}
	if g.Rights != rights.None {
		text.Rights = words(g.Rights.String())
	}
	return json.Marshal(text)
}

// UnmarshalJSON reads it.
func (g *Grant) UnmarshalJSON(b []byte) error {
	var text grantText
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	read := Grant{Application: text.Application, Tenant: text.Tenant, Limits: text.Limits}
	var err error
	if read.Rights, err = parseRights(text.Rights); err != nil {
		return err
	}
	if read.Devices, err = ParseScope(text.Devices); err != nil {
		return err
	}
	if read.Dial, err = ParseDial(text.Dial); err != nil {
		return err
	}
	if read.Addresses, err = parseAddresses(text.Addresses); err != nil {
		return err
	}
	*g = read
	return nil
}
