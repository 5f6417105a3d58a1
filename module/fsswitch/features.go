package fsswitch

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/translate"
)

// featureText is what the dialplan finds for a subscriber by csta_feature: words for
// what is on, "dnd immediate=1002 busy=1002 noanswer=9500 seconds=20".
func featureText(f switching.Features) (string, error) {
	var words []string
	if f.DoNotDisturb {
		words = append(words, "dnd")
	}
	for _, kind := range []struct {
		word string
		is   switching.Forwarding
	}{{"immediate", f.Immediate}, {"busy", f.Busy}, {"noanswer", f.NoAnswer}} {
		if !kind.is.On {
			continue
		}
		if !switching.ValidNumber(kind.is.Number) {
			return "", address("number", kind.is.Number)
		}
		words = append(words, kind.word+"="+kind.is.Number)
	}
	if f.NoAnswer.On {
		words = append(words, "seconds="+strconv.Itoa(int(f.NoAnswer.Ring/time.Second)))
	}
	return strings.Join(words, " "), nil
}

// setFeatures tells the dialplan.
func (s *Switch) setFeatures(op switching.SetFeatures) error {
	var failed error
	for _, d := range op.List {
		text, err := featureText(d.Features)
		switch {
		case !switching.ValidDevice(d.Device):
			err = address("device", d.Device)
		case err == nil:
			for _, name := range s.opts.Domains.Names(d.Device) {
				err = errors.Join(err, s.calls.SetFeatures(name, text))
			}
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("features of %s: %w", d.Device, err))
		}
	}
	return failed
}

// The headers of PHONE_FEATURE that stand for a forwarding (write_csta_xml_chunk in
// mod_sofia.c); with _enabled they say whether it is on.
var featureHeaders = map[switching.Feature]string{
	switching.ForwardImmediate: "forward_immediate",
	switching.ForwardBusy:      "forward_busy",
	switching.ForwardNoAnswer:  "forward_no_answer",
}

// showFeatures has mod_sofia tell the phones. Where they are subscribed is known
// from their subscriptions; those made before the module was loaded are guessed
// from the registrations.
func (s *Switch) showFeatures(op switching.ShowFeatures) error {
	if !switching.ValidDevice(op.Device) {
		return address("device", op.Device)
	}
	user, domain := s.opts.Domains.Split(op.Device)
	targets := map[translate.Subscription]bool{}
	for _, sub := range s.legs.Subscriptions(op.Device) {
		switch {
		case op.Phone == "":
			sub.CallID = ""
			targets[sub] = true
		case sub.CallID == op.Phone:
			targets[sub] = true
		}
	}
	if op.Phone == "" {
		for _, profile := range s.legs.Profiles(op.Device) {
			targets[translate.Subscription{Profile: profile, User: user, Host: domain}] = true
		}
	}
	headers := phoneHeaders(user, op.Feature, op.Features)
	var failed error
	for t := range targets {
		if err := s.calls.PhoneFeature(t.Profile, t.User, t.Host, t.CallID, headers); err != nil {
			failed = errors.Join(failed, fmt.Errorf("phones of %s in profile %s: %w", op.Device, t.Profile, err))
		}
	}
	return failed
}

// phoneHeaders are those of PHONE_FEATURE: for one feature, or for all of them.
func phoneHeaders(user string, feature switching.Feature, f switching.Features) []Variable {
	event := "ForwardingEvent"
	switch feature {
	case 0:
		event = "init"
	case switching.DoNotDisturb:
		event = "DoNotDisturbEvent"
	}
	headers := []Variable{{"Feature-Event", event}, {"device", user}}
	if feature == 0 || feature == switching.DoNotDisturb {
		headers = append(headers, Variable{"doNotDisturbOn", strconv.FormatBool(f.DoNotDisturb)})
	}
	for _, name := range switching.Forwardings {
		if feature != 0 && feature != name {
			continue
		}
		g := f.Forwarding(name)
		headers = append(headers,
			Variable{featureHeaders[name], g.Number}, Variable{featureHeaders[name] + "_enabled", strconv.FormatBool(g.On)})
		if g.Ring > 0 {
			headers = append(headers, Variable{"ringCount", strconv.Itoa(switching.Rings(g.Ring))})
		}
	}
	return headers
}
