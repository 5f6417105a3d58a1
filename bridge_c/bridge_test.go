//go:build cgo

package bridge

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStatusTexts(t *testing.T) {
	seen := map[string]bool{}
	for s := NoSuchLeg; s <= NoMemory; s++ {
		assert.NotContains(t, s.Error(), "bridge status", "%d has a text", int(s))
		assert.False(t, seen[s.Error()], s.Error())
		seen[s.Error()] = true
	}
	assert.Equal(t, "bridge status 99", Status(99).Error())
}

// setting writes a record as csta_settings does.
func setting(fields ...any) []byte {
	order := binary.NativeEndian
	b := make([]byte, 32)
	for i := 0; i < len(fields); i += 2 {
		value := fields[i+1].(string)
		b = order.AppendUint16(b, fields[i].(uint16))
		b = order.AppendUint16(b, uint16(len(value)))
		b = append(b, value...)
	}
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	order.PutUint32(b, uint32(len(b)))
	order.PutUint16(b[6:], uint16(len(fields)/2))
	return b
}

func TestSettings(t *testing.T) {
	batch := append(setting(settingName, "listen-ip", settingValue, "127.0.0.1"),
		setting(settingName, "apply-inbound-acl")...)
	batch = append(batch, setting(settingItem, "crm")...)
	batch = append(batch, setting(settingName, "devices", settingValue, "1000", settingItem, "crm")...)
	assert.Equal(t, []Setting{
		{Name: "listen-ip", Value: "127.0.0.1"}, {Name: "apply-inbound-acl"}, {Item: "crm"}, {"devices", "1000", "crm"},
	}, settings(batch))
	assert.Empty(t, settings(nil))
}

// TestNotLoaded: outside of the module's life every function answers, and none
// calls the switch, which is not there.
func TestNotLoaded(t *testing.T) {
	_, err := Originate(Call{Leg: "a", Dial: "user/1000", Variables: map[string]string{"a": "b"}})
	assert.ErrorIs(t, err, Stopped)
	_, err = Originate(Call{Leg: "a", Dial: "user/1000", Variables: map[string]string{"a": "b\x00c"}})
	assert.ErrorIs(t, err, Invalid)
	_, err = Originate(Call{Leg: "a", Dial: "user/1000,user/1001"})
	assert.ErrorIs(t, err, Invalid)
	for name, act := range map[string]func() error{
		"cancel":   func() error { return Cancel("a") },
		"answer":   func() error { return Answer("a") },
		"talk":     func() error { return AskPhoneToTalk("a") },
		"hold":     func() error { return Hold("a") },
		"unhold":   func() error { return Unhold("a") },
		"endmusic": func() error { return EndMusic("a") },
		"hang up":  func() error { return HangUp("a", "USER_BUSY", false) },
		"route":    func() error { return Route("a", "1000", "default") },
		"bridge":   func() error { return Bridge("a", "b", false) },
		"music":    func() error { return Music("a") },
		"park":     func() error { return Park("a") },
		"protect":  func() error { return Protect("a", true) },
		"keep":     func() error { return KeepAfterBridge("a", false) },
		"join":     func() error { return Join("a", "room", "default") },
		"play":     func() error { return Play("a", "id", "x.wav", false) },
		"stop":     func() error { return StopPlay("a") },
		"record":   func() error { return RecordLeg("a", "/x.wav", 0) },
		"variable": func() error { return SetVariable("a", "b", "c") },
		"legs":     func() error { _, err := Legs(); return err },
		"listing":  func() error { _, err := Registrations(); return err },
		"lookup":   func() error { _, err := LookUp("1000", "example.com"); return err },
		"acl":      func() error { _, err := ACLAllows("::1", "x"); return err },
		"settings": func() error { _, err := Settings("csta_socket.conf", "applications", "application"); return err },
		"global":   func() error { _, err := Global("domain"); return err },
		"setting":  func() error { return SetFeatures("1000", "dnd") },
		"feature":  func() error { return PhoneFeature("internal", "1000", "example.com", "", []Header{{"a", ""}}) },
		"domain":   func() error { _, err := DefaultDomain(); return err },
		"version":  func() error { _, err := SwitchVersion(); return err },
		"uuid":     func() error { _, err := NewUUID(); return err },
		"core":     func() error { _, err := Core(); return err },
	} {
		assert.ErrorIs(t, act(), Stopped, name)
	}
	_, err = NewReader()
	assert.Error(t, err)
	assert.Zero(t, Ring())
	assert.Zero(t, ReleaseWaits())
	Log(LogError, "file.go", "function", 1, "", "goes nowhere")
}
