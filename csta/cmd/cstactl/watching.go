package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
)

// mostListed bounds the devices that top watches without being told which.
const mostListed = 500

// watching is what top knows of devices and their calls.
type watching struct {
	app     *app
	client  *client.Client
	figures func(context.Context) (figures map[string]float64, sessions []string, err error)

	devices []*watchedDevice
	// of are the devices by their monitors.
	of    map[string]*watchedDevice
	calls map[string]*ecma.SnapshotCallResponse
	// ages says since when what a row shows is so; the zero time is always.
	ages map[string]time.Time
	// looked is when the last picture was made, told the events that came since, before
	// the server's figures in it.
	looked time.Time
	told   int
	before map[string]float64
}

// watchedDevice is one device.
type watchedDevice struct {
	id   ecma.DeviceID
	name string
	// asked is set when its calls are known as they are; an event clears it.
	asked bool
	calls []ecma.SnapshotDeviceInfo
	// note says why nothing is known of it, or that it is out of service.
	note string
}

// begin monitors devices; without any, all that the server lists.
func (w *watching) begin(ctx context.Context, devices []ecma.DeviceID) error {
	ctx, cancel := context.WithTimeout(ctx, w.app.timeout)
	defer cancel()
	if len(devices) == 0 {
		var err error
		if devices, err = w.listed(ctx); err != nil {
			return fmt.Errorf("the server does not list its devices, which have to be named then: %w", err)
		}
	}
	w.of = map[string]*watchedDevice{}
	for _, id := range devices {
		d := &watchedDevice{id: id, name: deviceName(id)}
		w.devices = append(w.devices, d)
		r, err := w.client.MonitorStart(ctx, id, ecma.MonitorFilter{})
		var negative *ecma.Error
		switch {
		case errors.As(err, &negative):
			d.note, d.asked = negative.Error(), true
		case err != nil:
			return err
		default:
			w.of[r.MonitorCrossRefID] = d
		}
	}
	if len(w.of) == 0 && len(w.devices) > 0 {
		return fmt.Errorf("no device can be monitored: %s: %s", w.devices[0].name, w.devices[0].note)
	}
	return nil
}

// listed are the devices that the server lists (ECMA-269 13.1.5).
func (w *watching) listed(ctx context.Context) ([]ecma.DeviceID, error) {
	answer, err := w.client.Request(ctx, &ecma.GetSwitchingFunctionDevices{})
	if err != nil {
		return nil, err
	}
	list, ok := answer.(*ecma.GetSwitchingFunctionDevicesResponse)
	if !ok {
		return nil, fmt.Errorf("unexpected answer %s", answer.Element())
	}
	var devices []ecma.DeviceID
	for {
		select {
		case e, open := <-w.client.Events():
			if !open {
				return nil, w.client.Err()
			}
			segment, ok := e.Message.(*ecma.SwitchingFunctionDevices)
			if !ok || segment.ServiceCrossRefID != list.ServiceCrossRefID {
				continue
			}
			for _, d := range segment.DeviceList {
				devices = append(devices, d.DeviceID)
			}
			if segment.LastSegment {
				return devices[:min(len(devices), mostListed)], nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// look takes what has been told, asks for what that changed, and makes a picture of it.
func (w *watching) look(ctx context.Context) (*picture, error) {
	if err := w.hear(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, w.app.timeout)
	defer cancel()
	status, err := w.client.RequestSystemStatus(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.ask(ctx); err != nil {
		return nil, err
	}
	now := time.Now()
	p := &picture{at: now, server: w.app.address(), status: string(status), before: w.before}
	if !w.looked.IsZero() {
		p.since, p.told = now.Sub(w.looked), w.told
	}
	if w.figures != nil {
		if p.now, p.sessions, err = w.figures(ctx); err != nil {
			return nil, err
		}
	}
	w.show(p)
	w.looked, w.told, w.before = now, 0, p.now
	return p, nil
}

// hear takes the events that have come.
func (w *watching) hear() error {
	for {
		select {
		case e, open := <-w.client.Events():
			if !open {
				return fmt.Errorf("the connection ended: %w", w.client.Err())
			}
			w.take(e)
		default:
			return nil
		}
	}
}

func (w *watching) take(e client.Event) {
	if stop, ended := e.Message.(*ecma.MonitorStop); ended {
		if d := w.of[stop.MonitorCrossRefID]; d != nil {
			d.note, d.calls, d.asked = "not monitored any more", nil, true
			delete(w.of, stop.MonitorCrossRefID)
		}
		return
	}
	event, ok := e.Message.(ecma.Event)
	if !ok {
		return
	}
	w.told++
	d := w.of[e.Monitor()]
	if d == nil {
		return
	}
	d.asked = false
	switch event.(type) {
	case *ecma.OutOfServiceEvent:
		d.note = "out of service"
	case *ecma.BackInServiceEvent:
		d.note = ""
	}
}

// ask asks for the calls of devices of which something was told, and for the devices in
// these calls. What is refused is a device or a call that has gone.
func (w *watching) ask(ctx context.Context) error {
	var negative *ecma.Error
	known := w.calls
	w.calls = map[string]*ecma.SnapshotCallResponse{}
	news := map[string]bool{}
	for _, d := range w.devices {
		changed := !d.asked
		if changed {
			was := d.calls
			calls, err := w.client.SnapshotDevice(ctx, d.id)
			if err != nil && !errors.As(err, &negative) {
				return err
			}
			d.calls, d.asked = calls, true
			for _, c := range slices.Concat(was, calls) {
				news[c.Connection.CallID] = true
			}
		}
	}
	for _, d := range w.devices {
		for _, c := range d.calls {
			id := c.Connection.CallID
			if w.calls[id] != nil {
				continue
			}
			if known[id] != nil && !news[id] {
				w.calls[id] = known[id]
				continue
			}
			r, err := w.client.SnapshotCall(ctx, c.Connection)
			if errors.As(err, &negative) {
				d.asked = false
				continue
			}
			if err != nil {
				return err
			}
			w.calls[id] = r
		}
	}
	return nil
}

// show makes the rows of a picture: devices in calls come first.
func (w *watching) show(p *picture) {
	kept := map[string]time.Time{}
	age := func(key string) string {
		since, known := w.ages[key]
		if !known && !w.looked.IsZero() {
			since = p.at
		}
		kept[key] = since
		if since.IsZero() {
			return ""
		}
		return p.at.Sub(since).Round(time.Second).String()
	}
	for _, d := range w.devices {
		if len(d.calls) == 0 {
			state := "idle"
			if d.note != "" {
				state = d.note
			}
			p.devices = append(p.devices, deviceRow{device: d.name, state: state})
		}
		for _, c := range d.calls {
			row := deviceRow{device: d.name, state: "unknown", call: c.Connection.CallID}
			if len(c.States) > 0 {
				row.state = string(c.States[0])
			}
			if call := w.calls[row.call]; call != nil {
				row.with = parties(call, d.name)
			}
			row.age = age(d.name + " " + row.call + " " + row.state)
			p.devices = append(p.devices, row)
		}
	}
	slices.SortStableFunc(p.devices, func(a, b deviceRow) int {
		if busy := strings.Compare(free(a), free(b)); busy != 0 {
			return busy
		}
		return strings.Compare(a.device, b.device)
	})
	for _, id := range slices.Sorted(maps.Keys(w.calls)) {
		r := w.calls[id]
		p.calls = append(p.calls, callRow{
			call: id, calling: presented(r.CallingDevice.Presence, r.CallingDevice.Device), called: presented(r.CalledDevice.Presence, r.CalledDevice.Device),
			parties: parties(r, ""), age: age(id),
		})
	}
	w.ages = kept
}

// free orders devices without calls behind the others.
func free(d deviceRow) string {
	if d.call == "" {
		return "free"
	}
	return ""
}

// parties are the devices in a call but one, and what those do that are not connected.
func parties(r *ecma.SnapshotCallResponse, but string) string {
	var list []string
	for _, e := range r.Endpoints {
		name := presented(e.Device.Presence, e.Device.Device)
		if name == but {
			continue
		}
		if e.State != ecma.StateConnected {
			name += " " + string(e.State)
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}

// figuresFrom is where the server's figures come from; nil for nowhere.
func (a *app) figuresFrom(f topFlags) func(context.Context) (map[string]float64, []string, error) {
	switch {
	case f.metrics != "":
		return func(ctx context.Context) (map[string]float64, []string, error) {
			lines, err := scrape(ctx, f.metrics)
			return sums(lines), nil, err
		}
	case f.control != "" || a.atHome() && a.phones("") != nil:
		return func(context.Context) (map[string]float64, []string, error) {
			lines, err := askControl(f.control, "csta metrics", a.timeout)
			if err != nil {
				return nil, nil, err
			}
			sessions, err := askControl(f.control, "csta sessions", a.timeout)
			return sums(lines), sessions, err
		}
	}
	return nil
}

// mostMetrics bounds a text of metrics, which has some 100 KiB.
const mostMetrics = 8 << 20

// scrape gets the lines of a server's metrics.
func scrape(ctx context.Context, url string) ([]string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, mostMetrics))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return strings.Split(string(text), "\n"), nil
}

// sums adds up the samples of each metric, whatever their labels: "name{labels} value".
func sums(lines []string) map[string]float64 {
	all := map[string]float64{}
	for _, l := range lines {
		name, _, _ := strings.Cut(l, "{")
		name, _, _ = strings.Cut(name, " ")
		value, err := strconv.ParseFloat(strings.TrimSpace(l[strings.LastIndexByte(l, ' ')+1:]), 64)
		if err == nil && name != "" && name != "#" {
			all[name] += value
		}
	}
	return all
}
