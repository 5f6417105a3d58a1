package fsswitch

import (
	"fmt"
	"slices"
	"strings"

	"mod_csta_socket/csta/switching"
)

// groupVariables name a subscriber's pick-up groups in the directory, separated by commas:
// callgroup in FreeSWITCH's own configuration, call_group in FusionPBX's.
var groupVariables = [...]string{"callgroup", "call_group"}

// findInGroup asks the directory for one device after the other, as it may be far away
// (mod_xml_curl).
func (s *Switch) findInGroup(o switching.FindInGroup) (switching.Outcome, error) {
	groups := []string{o.Group}
	if o.Group == "" {
		var err error
		if groups, err = s.groups(o.Device); err != nil {
			return switching.Outcome{}, err
		}
	}
	out := switching.Outcome{Device: switching.DeviceStatus{Known: len(groups) > 0}}
	if !out.Device.Known {
		return out, nil
	}
	for _, device := range o.Among {
		its, err := s.groups(device)
		if err != nil {
			return switching.Outcome{}, err
		}
		if slices.ContainsFunc(its, func(g string) bool { return slices.Contains(groups, g) }) {
			out.Device.Device = device
			break
		}
	}
	return out, nil
}

// groups are a subscriber's pick-up groups.
func (s *Switch) groups(device string) ([]string, error) {
	if !switching.ValidDevice(device) {
		return nil, address("device", device)
	}
	user, domain := s.opts.Domains.Split(device)
	var groups []string
	for _, name := range groupVariables {
		value, err := s.calls.DirectoryVariable(user, domain, name)
		if err != nil {
			return nil, fmt.Errorf("groups of %s: %w", device, err)
		}
		for group := range strings.SplitSeq(value, ",") {
			if group = strings.TrimSpace(group); group != "" {
				groups = append(groups, group)
			}
		}
	}
	return groups, nil
}
