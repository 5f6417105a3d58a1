package applications

import (
	"reflect"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// Tenant is the domain whose numbers an application says and sees without it; "" is none:
// the application names devices as the switching function does. Elsewhere a number of the
// default domain is without a domain, so that it gets one for such an application.
type Tenant string

// Inward is a device in the words of an application as the switching function names it.
func (t Tenant) Inward(d ecma.DeviceID) ecma.DeviceID {
	base, party := d.Interface()
	if t == "" || !switching.ValidNumber(base.Number) {
		return d
	}
	base.Number += "@" + string(t)
	return base.Party(party)
}

// Outward is the reverse. domain is the default one, if the device is a subscriber of it
// and not a number from outside.
func (t Tenant) Outward(d ecma.DeviceID, domain string) ecma.DeviceID {
	if t == "" || d.IsZero() {
		return d
	}
	base, party := d.Interface()
	number, of, foreign := strings.Cut(base.Number, "@")
	switch {
	case !switching.ValidDevice(base.Number):
		return d
	case foreign && strings.EqualFold(of, string(t)):
		base.Number = number
	case !foreign && domain != "" && d.Type != ecma.DeviceNumber:
		base.Number += "@" + domain
	}
	return base.Party(party)
}

// Reword is a copy of a message with its devices named otherwise. A negative answer names
// none, and stays itself.
func Reword[M ecma.Message](m M, word func(ecma.DeviceID) ecma.DeviceID) M {
	if _, refusal := any(m).(*ecma.Error); refusal {
		return m
	}
	from := reflect.ValueOf(m)
	if from.Kind() != reflect.Pointer || from.IsNil() {
		return m
	}
	to := reflect.New(from.Type().Elem())
	to.Elem().Set(from.Elem())
	reword(to.Elem(), word)
	return to.Interface().(M)
}

// reword goes through what a copied message has, and copies on the way what it shares with
// the message.
func reword(v reflect.Value, word func(ecma.DeviceID) ecma.DeviceID) {
	switch v.Kind() {
	case reflect.Struct:
		if d, is := v.Addr().Interface().(*ecma.DeviceID); is {
			*d = word(*d)
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				reword(v.Field(i), word)
			}
		}
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		v.Set(own)
		for i := range v.Len() {
			reword(v.Index(i), word)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		v.Set(own)
		reword(v.Elem(), word)
	}
}

// within is a list of devices, as ParseScope reads it, in the words of an application of
// the tenant: * is all of the tenant's.
func (t Tenant) within(list string) string {
	if t == "" {
		return list
	}
	entries := words(list)
	if len(entries) == 0 {
		entries = []string{anything}
	}
	var all []string
	for _, entry := range entries {
		switch {
		case entry == anything:
			all = append(all, "@"+string(t), queueWord+anything+"@"+string(t), trunkWord+anything+"@"+string(t))
		case strings.Contains(entry, "@"):
			all = append(all, entry)
		default:
			all = append(all, entry+"@"+string(t))
		}
	}
	return strings.Join(all, ",")
}
