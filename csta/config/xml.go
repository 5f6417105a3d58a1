package config

import (
	"errors"
	"fmt"

	"github.com/beevik/etree"
)

// ErrNoConfiguration: a file has no csta_socket.conf in it.
var ErrNoConfiguration = errors.New(`no <configuration name="csta_socket.conf"> found`)

// ParseXML reads a csta_socket.conf.xml file and parses its parameters. Unlike
// in FreeSWITCH, $${variables} are not expanded.
func ParseXML(file []byte) (Config, []Warning, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(file); err != nil {
		return Config{}, nil, fmt.Errorf("configuration file: %w", err)
	}
	for _, conf := range doc.FindElements("//configuration") {
		if conf.SelectAttrValue("name", "") != "csta_socket.conf" {
			continue
		}
		params, warnings := settings(conf)
		c, more, err := Parse(params)
		return c, append(warnings, more...), err
	}
	return Config{}, nil, ErrNoConfiguration
}

func settings(conf *etree.Element) ([]Param, []Warning) {
	var params []Param
	var warnings []Warning
	for _, e := range conf.FindElements("settings/param") {
		name := e.SelectAttr("name")
		if name == nil {
			warnings = append(warnings, Warning{Text: "a <param> without a name is ignored"})
			continue
		}
		params = append(params, Param{name.Value, e.SelectAttrValue("value", "")})
	}
	return params, warnings
}
