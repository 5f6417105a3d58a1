package main

import (
	"context"
	"fmt"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/registrations"
	"mod_csta_socket/module/translate"
)

// usersWhoMayLogIn finds users of the switch's directory by their own names there. Each
// question may be one to a directory far away (mod_xml_curl).
func usersWhoMayLogIn(domains translate.Domains, from registrations.Switch) server.Directory {
	return func(ctx context.Context, user string) (u applications.User, known bool, err error) {
		if !switching.ValidDevice(user) {
			return u, false, nil
		}
		name, domain := domains.Split(user)
		id, known, err := from.LookUp(name, domain)
		if err != nil || !known || id != name {
			return u, false, err
		}
		u.Device = domains.Device(name, domain)
		for _, param := range []struct {
			name string
			to   *string
		}{{"csta-password", &u.Password}, {"csta-devices", &u.Devices}, {"csta-rights", &u.Rights}} {
			if ctx.Err() != nil {
				return u, false, ctx.Err()
			}
			if *param.to, err = from.Param(name, domain, param.name); err != nil {
				return u, false, fmt.Errorf("%s: %w", param.name, err)
			}
			if u.Password == "" {
				break
			}
		}
		return u, u.Device != "", nil
	}
}
