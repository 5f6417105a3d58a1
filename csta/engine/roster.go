package engine

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// roster is the desk that knows which devices there are: those that the switch lists,
// subscribers that it told of otherwise, and queues, network interfaces and subscribers
// that calls were at.
type roster struct {
	*office
	registrations *registrations
	// seen are the devices that calls were at.
	seen map[ecma.DeviceID]struct{}
	// listed are the subscribers that the switch named last, sorted; nil: nobody has
	// asked for them.
	listed []string
	// changed is set when there is a device that nobody was told of who asked.
	changed bool
}

func newRoster(o *office, registrations *registrations) *roster {
	d := &roster{office: o, registrations: registrations, seen: map[ecma.DeviceID]struct{}{}}
	registrations.found = d.found
	return d
}

// maxSeen bounds the devices that are remembered because calls were at them: a dialplan
// may make names of queues of what is dialled.
const maxSeen = 10_000

// remembers tells whether a call was at a device.
func (d *roster) remembers(id ecma.DeviceID) bool {
	_, known := d.seen[id]
	return known
}

// saw remembers a device that a call was at. If there are too many, another one is
// forgotten.
func (d *roster) saw(id ecma.DeviceID) {
	if _, known := d.seen[id]; known || id.IsZero() {
		return
	}
	if len(d.seen) >= maxSeen {
		for other := range d.seen {
			if d.record != nil {
				d.record.change(formerly{Seen: lineOfSeen(other)})
			}
			delete(d.seen, other)
			break
		}
	}
	if d.record != nil {
		d.record.change(formerly{Unseen: lineOfSeen(id)})
	}
	d.seen[id] = struct{}{}
	d.found(id)
}

// found notes that there is a device which may not have been on the last list.
func (d *roster) found(id ecma.DeviceID) {
	if d.listed != nil && !d.isListed(id) {
		d.changed = true
	}
}

func (d *roster) isListed(id ecma.DeviceID) bool {
	_, listed := slices.BinarySearch(d.listed, id.Number)
	return listed && id.Type != ecma.DeviceNumber
}

// directoryChanged: the switch has read its files again.
func (d *roster) directoryChanged() { d.changed = d.listed != nil }

// list are the devices that a session may know of, in order: stations first.
func (d *roster) list(s *session, wanted ecma.RequestedDeviceCategory) []ecma.ListedDevice {
	own := slices.Collect(maps.Keys(d.seen))
	for name := range d.registrations.service {
		own = append(own, ecma.Subscriber(name))
	}
	own = slices.DeleteFunc(own, d.isListed)
	slices.SortFunc(own, func(a, b ecma.DeviceID) int {
		return cmp.Or(cmp.Compare(categoryRank(a), categoryRank(b)), strings.Compare(a.Number, b.Number))
	})
	all := make([]ecma.ListedDevice, 0, len(own)+len(d.listed))
	tell := func(id ecma.DeviceID) {
		if category := categoryOf(id); isWanted(wanted, category) && d.sees(s.grant, id) {
			all = append(all, ecma.ListedDevice{DeviceID: id, DeviceCategory: category})
		}
	}
	rest := d.listed
	for _, id := range slices.Compact(own) {
		for len(rest) > 0 && (id.Type == ecma.DeviceNumber || rest[0] < id.Number) {
			tell(ecma.Subscriber(rest[0]))
			rest = rest[1:]
		}
		tell(id)
	}
	for _, name := range rest {
		tell(ecma.Subscriber(name))
	}
	return all
}

// categoryOf is the kind of a device: a queue is where calls wait until they are given
// to somebody.
func categoryOf(id ecma.DeviceID) ecma.DeviceCategory {
	switch {
	case id.Type != ecma.DeviceNumber:
		return ecma.CategoryStation
	case id.IsInterface():
		return ecma.CategoryNetworkInterface
	}
	return ecma.CategoryAcd
}

func categoryRank(id ecma.DeviceID) int {
	return slices.Index([]ecma.DeviceCategory{ecma.CategoryStation, ecma.CategoryAcd, ecma.CategoryNetworkInterface}, categoryOf(id))
}

// isWanted tells whether devices of a category were asked for; "" asks for all. There
// are none of the other kinds.
func isWanted(wanted ecma.RequestedDeviceCategory, is ecma.DeviceCategory) bool {
	switch wanted {
	case "":
		return true
	case ecma.RequestedStation:
		return is == ecma.CategoryStation
	case ecma.RequestedAcd:
		return is == ecma.CategoryAcd
	case ecma.RequestedNetworkInterface:
		return is == ecma.CategoryNetworkInterface
	}
	return false
}

// devices is Get Switching Function Devices (ECMA-269 13.1.6): the list follows the
// response, be there devices or not.
func (d *roster) devices(r *Request, m *ecma.GetSwitchingFunctionDevices) {
	if !m.RequestedDeviceID.IsZero() {
		d.find(r, m.RequestedDeviceID, func(s *session, id ecma.DeviceID) {
			var one []ecma.ListedDevice
			if category := categoryOf(id); !id.IsZero() && isWanted(m.RequestedDeviceCategory, category) {
				one = append(one, ecma.ListedDevice{DeviceID: id, DeviceCategory: category})
			}
			d.tell(r, one)
		})
		return
	}
	d.inquire(switching.ListSubscribers{}, func(out switching.Outcome, err error) {
		if err != nil && !errors.Is(err, switching.ErrNotSupported) {
			d.refuse(r, switchError(err, ecma.ErrOperationGeneric))
			return
		}
		if d.listed = out.Devices; d.listed == nil {
			d.listed = []string{}
		}
		if s := d.asker(r); s != nil {
			d.tell(r, d.list(s, m.RequestedDeviceCategory))
		}
	})
}

// maxListed is how many devices a segment has.
const maxListed = 200

func (d *roster) tell(r *Request, devices []ecma.ListedDevice) {
	ref := d.model.Monitors.NextNumber()
	d.follow(r, &ecma.GetSwitchingFunctionDevicesResponse{ServiceCrossRefID: ref},
		segmented(r.Edition, devices, maxListed, func(part []ecma.ListedDevice, number int64, last bool) ecma.Message {
			return &ecma.SwitchingFunctionDevices{ServiceCrossRefID: ref, SegmentID: ecma.IntOf(number), LastSegment: last, DeviceList: part}
		}))
}

// find goes on with the own identifier of a device that the session may know of, and
// with the zero one if there is none.
func (d *roster) find(r *Request, named ecma.DeviceID, then func(*session, ecma.DeviceID)) {
	id := d.deviceID(named)
	found := func(id ecma.DeviceID) {
		switch s := d.asker(r); {
		case s == nil:
		case d.sees(s.grant, id):
			then(s, id)
		default:
			then(s, ecma.DeviceID{})
		}
	}
	internal := ecma.DeviceID{Number: id.Number, Type: ecma.DeviceNumber}
	switch {
	case !switching.ValidDevice(id.Number), id.Type == ecma.DeviceNumber && !looksInternal(id.Number):
		found(ecma.DeviceID{})
	case id.Type == ecma.DeviceNumber, d.registrations.isInService(id):
		found(id)
	default:
		d.inquire(switching.LookUpDevice{Device: id.Number}, func(out switching.Outcome, err error) {
			switch st := out.Device; {
			case err != nil:
				d.refuse(r, switchError(err, ecma.ErrInvalidDeviceID))
			case st.Known || st.Registered:
				found(ecma.Subscriber(d.canonical(cmp.Or(st.Device, id.Number))))
			case looksInternal(id.Number):
				found(internal)
			default:
				found(ecma.DeviceID{})
			}
		})
	}
}

// known is find for what is refused if there is no such device.
func (d *roster) known(r *Request, named ecma.DeviceID, then func(*session, ecma.DeviceID)) {
	d.find(r, named, func(s *session, id ecma.DeviceID) {
		if id.IsZero() {
			d.refuse(r, ecma.ErrInvalidDeviceID)
			return
		}
		then(s, id)
	})
}

// logicalDevice is Get Logical Device Information (ECMA-269 13.1.2): what is possible
// with a device as one that calls are at.
func (d *roster) logicalDevice(r *Request, m *ecma.GetLogicalDeviceInformation) {
	d.known(r, m.Device, func(s *session, id ecma.DeviceID) {
		category := categoryOf(id)
		info := &ecma.GetLogicalDeviceInformationResponse{
			DeviceCategory: category,
			AcdModels:      ecma.ACDModels{NonVisibleACDRelatedDevices: ecma.True},
			AppearanceType: ecma.AppearanceSelectedStandard,
		}
		if category == ecma.CategoryStation {
			info.HasPhysicalElement = true
			info.MaxFwdSettings = ecma.IntOf(int64(len(switching.Forwardings)))
			info.TransAndConfSetup = ecma.SupportedTransAndConfSetup()
		}
		info.Services, info.Events, info.Maintenance = ecma.DeviceCapabilities(category, s.has)
		d.respond(r, info)
	})
}

// physicalDevice is Get Physical Device Information (ECMA-269 13.1.3): nothing is known
// of a telephone but that it is one.
func (d *roster) physicalDevice(r *Request, m *ecma.GetPhysicalDeviceInformation) {
	d.known(r, m.Device, func(_ *session, id ecma.DeviceID) {
		d.respond(r, &ecma.GetPhysicalDeviceInformationResponse{DeviceCategory: categoryOf(id), HasLogicalElement: true})
	})
}
