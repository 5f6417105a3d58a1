package bridge

/*
#include "bridge.h"
*/
import "C"

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Registrations returns a record of CSTA_KIND_REGISTRATION for every registered
// subscriber, from the core's database, which lags by some 100 ms.
func Registrations() ([]byte, error) {
	var records C.csta_text
	err := status(C.csta_registrations(&records))
	return takeBytes(records), err
}

// Subscribers returns a record of CSTA_KIND_SUBSCRIBER for every subscriber of the
// directory in the switch's own files, at most that many.
func Subscribers(most int) ([]byte, error) {
	var records C.csta_text
	err := status(C.csta_subscribers(C.int(most), &records))
	return takeBytes(records), err
}

// Subscriber is what the switch's directory and registrar know of a user.
type Subscriber struct {
	// Known: the user is in the directory; ID is its own name there.
	Known bool
	ID    string
	// Registered: it has a contact now.
	Registered bool
}

// LookUp asks for one subscriber by name or alias number.
func LookUp(user, domain string) (Subscriber, error) {
	var known, registered C.int
	var id C.csta_text
	err := status(C.csta_look_up(str(user), str(domain), &known, &id, &registered))
	return Subscriber{Known: known != 0, ID: take(id), Registered: registered != 0}, err
}

// Contacts are the dial strings of what a subscriber has registered with a profile,
// joined by commas.
func Contacts(profile, user, domain string) (string, error) {
	var contacts C.csta_text
	err := status(C.csta_contacts(str(profile), str(user), str(domain), &contacts))
	return take(contacts), err
}

// Registered is what mod_sofia shows of a subscriber's registrations with a profile: text
// for people, "" if there is no such profile.
func Registered(profile, user, domain string) (string, error) {
	var shown C.csta_text
	err := status(C.csta_registered(str(profile), str(user), str(domain), &shown))
	return take(shown), err
}

// DirectoryVariable is a variable of a subscriber in the directory, "" if there
// is none.
func DirectoryVariable(user, domain, name string) (string, error) {
	return directory(user, domain, 0, name)
}

// DirectoryParam is a parameter of a subscriber, such as its password.
func DirectoryParam(user, domain, name string) (string, error) {
	return directory(user, domain, 1, name)
}

func directory(user, domain string, param C.int, name string) (string, error) {
	var value C.csta_text
	err := status(C.csta_directory(str(user), str(domain), param, str(name), &value))
	return take(value), err
}

// Fire fires an event of that name in the switch, with headers and a body ("" =
// none). No header's value may have control characters. Nothing tells what comes
// of it.
func Fire(event string, headers map[string]string, body string) error {
	all, err := pairs(headers)
	if err != nil {
		return err
	}
	return status(C.csta_fire(str(event), str(all), str(body)))
}

// ACLAllows tells whether the access control list allows the IP address.
func ACLAllows(ip, list string) (bool, error) {
	var allowed C.int
	err := status(C.csta_acl_allows(str(ip), str(list), &allowed))
	return allowed != 0, err
}

// Setting is one parameter of a configuration file. Item names the one whose it is, ""
// = it is one of <settings>; one without a name tells that the item is there.
type Setting struct{ Name, Value, Item string }

// LongestSetting is how much of a value is read: one of that length may have been longer.
const LongestSetting = C.CSTA_SETTING_MAX

// Settings reads the parameters of a configuration file such as
// "csta_socket.conf", in their order, and those of each <item> in <section>.
// NotPossible: there is no such file.
func Settings(file, section, item string) ([]Setting, error) {
	var records C.csta_text
	if err := status(C.csta_settings(str(file), str(section), str(item), &records)); err != nil {
		return nil, err
	}
	return settings(takeBytes(records)), nil
}

// ReloadFiles makes the switch read its configuration files again. Broken ones
// are an error that says what is wrong with them; what was read before stays.
func ReloadFiles() error {
	var text C.csta_text
	err := status(C.csta_reload_files(&text))
	if wrong := take(text); wrong != "" {
		return fmt.Errorf("%w: %s", err, wrong)
	}
	return err
}

const (
	settingName  = uint16(C.CSTA_FIELD_SETTING_NAME)
	settingValue = uint16(C.CSTA_FIELD_SETTING_VALUE)
	settingItem  = uint16(C.CSTA_FIELD_SETTING_ITEM)
)

// settings decodes records of CSTA_KIND_SETTING.
func settings(batch []byte) []Setting {
	var list []Setting
	for len(batch) >= C.sizeof_csta_record {
		size := binary.NativeEndian.Uint32(batch)
		fields := batch[C.sizeof_csta_record:size]
		var s Setting
		for range binary.NativeEndian.Uint16(batch[6:]) {
			field, n := binary.NativeEndian.Uint16(fields), binary.NativeEndian.Uint16(fields[2:])
			switch value := string(fields[4 : 4+n]); field {
			case settingName:
				s.Name = value
			case settingValue:
				s.Value = value
			case settingItem:
				s.Item = value
			}
			fields = fields[4+n:]
		}
		list = append(list, s)
		batch = batch[size:]
	}
	return list
}

// Global returns a global variable of the switch, "" if it has none.
func Global(name string) (string, error) {
	var value C.csta_text
	err := status(C.csta_global(str(name), &value))
	return take(value), err
}

// SetFeatures sets what the API command csta_feature answers for a device; "" is
// nothing.
func SetFeatures(device, features string) error {
	return status(C.csta_set_features(str(device), str(features)))
}

// Header is one header of an event.
type Header struct{ Name, Value string }

// PhoneFeature has mod_sofia tell the subscribers to features of a user: all of
// them, or, unless it is "", the one of that Call-ID.
func PhoneFeature(profile, user, host, callID string, headers []Header) error {
	var pairs strings.Builder
	for _, h := range headers {
		if strings.ContainsRune(h.Name, 0) || strings.ContainsRune(h.Value, 0) {
			return Invalid
		}
		pairs.WriteString(h.Name)
		pairs.WriteByte(0)
		pairs.WriteString(h.Value)
		pairs.WriteByte(0)
	}
	return status(C.csta_phone_feature(str(profile), str(user), str(host), str(callID), str(pairs.String())))
}

// DefaultDomain returns the default domain of the switch.
func DefaultDomain() (string, error) {
	var domain C.csta_text
	err := status(C.csta_default_domain(&domain))
	return take(domain), err
}

// SwitchVersion returns the version text of the running switch.
func SwitchVersion() (string, error) {
	var version C.csta_text
	err := status(C.csta_switch_version(&version))
	return take(version), err
}

// NewUUID returns a UUID of the switch's making.
func NewUUID() (string, error) {
	var uuid [C.CSTA_NEW_UUID_SIZE]C.char
	err := status(C.csta_new_uuid(&uuid[0]))
	return C.GoString(&uuid[0]), err
}

// CoreState tells whether the core runs and accepts calls, and how many legs
// there are.
type CoreState struct {
	Ready, Inbound, Outbound bool
	Sessions                 int
}

// Core returns the state of the switch's core.
func Core() (CoreState, error) {
	var s C.csta_core_state
	err := status(C.csta_core(&s))
	return CoreState{
		Ready: s.ready != 0, Inbound: s.inbound != 0, Outbound: s.outbound != 0,
		Sessions: int(s.sessions),
	}, err
}

// LogLevel is a level of the switch's log.
type LogLevel int

// The levels of csta_log_level.
const (
	LogAlert   = LogLevel(C.CSTA_LOG_ALERT)
	LogCrit    = LogLevel(C.CSTA_LOG_CRIT)
	LogError   = LogLevel(C.CSTA_LOG_ERROR)
	LogWarning = LogLevel(C.CSTA_LOG_WARNING)
	LogNotice  = LogLevel(C.CSTA_LOG_NOTICE)
	LogInfo    = LogLevel(C.CSTA_LOG_INFO)
	LogDebug   = LogLevel(C.CSTA_LOG_DEBUG)
)

// Log writes one entry to the switch's log; leg is the UUID concerned or "".
func Log(level LogLevel, file, function string, line int, leg, text string) {
	C.csta_log(C.csta_log_level(level), str(file), str(function), C.int(line), str(leg), str(text))
}
