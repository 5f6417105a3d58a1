package fsswitch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/translate"
)

// subscribersKept is for how long a list of the subscribers serves: clients may ask for
// it as often as they like, and one of ten thousand takes some ten milliseconds.
const subscribersKept = 5 * time.Second

// subscribers is the list that was taken last.
type subscribers struct {
	mu      sync.Mutex
	devices []string
	taken   time.Time
}

// list tells the directory's subscribers and the registered ones. A directory that is
// elsewhere (mod_xml_curl) is not asked: it is there to tell of one user. Who asks at the
// same time has the same list.
func (l *subscribers) list(s *Switch) (switching.Outcome, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.devices == nil || time.Since(l.taken) >= subscribersKept {
		devices, err := s.allSubscribers()
		if err != nil {
			return switching.Outcome{}, fmt.Errorf("list subscribers: %w", err)
		}
		l.devices, l.taken = devices, time.Now()
	}
	// Whoever has it only reads it.
	return switching.Outcome{Devices: l.devices}, nil
}

func (s *Switch) allSubscribers() ([]string, error) {
	directory, err := s.calls.Subscribers(switching.MaxSubscribers)
	if err != nil {
		return nil, err
	}
	devices := []string{}
	err = translate.Each(directory, func(r *translate.Record) {
		if device := s.opts.Domains.Device(r.Get(translate.FromUser), r.Get(translate.FromHost)); device != "" {
			devices = append(devices, strings.Clone(device))
		}
	})
	if err != nil {
		return nil, err
	}
	registered, err := s.listRegistrations()
	switch {
	case errors.Is(err, switching.ErrNotSupported):
		// No database: the events of registrations are left.
	case err != nil:
		return nil, err
	}
	devices = append(devices, registered.Devices...)
	slices.Sort(devices)
	devices = slices.Compact(devices)
	return devices[:min(len(devices), switching.MaxSubscribers)], nil
}
