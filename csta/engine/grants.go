package engine

import (
	"slices"
	"strings"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
)

// sees tells whether a grant has a device. Its configuration may name the default domain
// that identifiers leave out.
func (o *office) sees(g *applications.Grant, d ecma.DeviceID) bool { return o.grants(g, d, g.Sees) }

// names tells whether a grant has a device by what it says of its number.
func (o *office) names(g *applications.Grant, d ecma.DeviceID) bool { return o.grants(g, d, g.Names) }

func (o *office) grants(g *applications.Grant, d ecma.DeviceID, has func(ecma.DeviceID) bool) bool {
	if has(d) {
		return true
	}
	if d.Type == ecma.DeviceNumber {
		return false
	}
	return o.opts.DefaultDomain != "" && !strings.Contains(d.Number, "@") && has(ecma.Subscriber(d.Number+"@"+o.opts.DefaultDomain)) ||
		slices.ContainsFunc(g.Devices.Groups(), func(group applications.Group) bool { return o.members[member{group, d.Number}].is })
}

// of tells whether a device is of the domain whose directory has the group.
func (o *office) of(device string, group applications.Group) bool {
	_, domain, foreign := strings.Cut(device, "@")
	if !foreign {
		return group.Domain == "" || strings.EqualFold(group.Domain, o.opts.DefaultDomain)
	}
	return strings.EqualFold(domain, group.Domain)
}

// seesCall tells whether a grant has a device in a call.
func (o *office) seesCall(g *applications.Grant, cl *model.Call) bool {
	return g == nil || slices.ContainsFunc(cl.Connections, func(conn *model.Connection) bool { return o.sees(g, conn.Device.ID) })
}
