package model

import "mod_csta_socket/csta/ecma"

// Service tells whether a device is in service (ECMA-269 23.1).
type Service uint8

const (
	ServiceUnknown Service = iota
	InService
	OutOfService
)

func (s Service) String() string {
	switch s {
	case InService:
		return "in"
	case OutOfService:
		return "out"
	}
	return "unknown"
}

// Device is a device that has connections or monitors; others are not kept.
type Device struct {
	ID          ecma.DeviceID
	Connections []*Connection
	Monitors    []*Monitor
}

// Devices are the devices that have connections or monitors.
type Devices struct{ byID map[ecma.DeviceID]*Device }

// Find returns the device, or nil if it has neither connection nor monitor.
func (d *Devices) Find(id ecma.DeviceID) *Device { return d.byID[id] }

// Each calls f for every device, in no order.
func (d *Devices) Each(f func(*Device)) {
	for _, known := range d.byID {
		f(known)
	}
}

// Len is the number of devices that are monitored or in calls.
func (d *Devices) Len() int { return len(d.byID) }

// of returns the device, making it if needed. One that is left without connection and
// monitor must be released.
func (d *Devices) of(id ecma.DeviceID) *Device {
	known := d.byID[id]
	if known == nil {
		known = &Device{ID: id}
		d.byID[id] = known
	}
	return known
}

// release forgets a device that has neither connection nor monitor.
func (d *Devices) release(known *Device) {
	// An identifier may have got another device since, which is known by it now.
	if len(known.Connections) == 0 && len(known.Monitors) == 0 && d.byID[known.ID] == known {
		delete(d.byID, known.ID)
	}
}
